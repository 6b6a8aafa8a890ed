"""All that one call does, and whether two calls did the same."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from metacourse.checks.differences import Difference, difference
from metacourse.checks.exercise import Exercise
from metacourse.checks.guard import Stopped
from metacourse.checks.readable import message_of
from metacourse.checks.trees import copy, is_float, leaves, tree_map


class Outcome(NamedTuple):
    """What a call did: the result, the arguments it changed, the gradients that flow back."""

    value: Any
    changed: tuple[str, ...]
    gradients: dict[str, Any] | None  # None: nothing flows, or nobody looked


class Failure(NamedTuple):
    """A call that raised, or whose result `observe` could not read: then that result, in a list."""

    error: BaseException
    returned: list


Done = Outcome | Failure


def outcome(
    exercise: Exercise, function: Callable, case: dict[str, Any], *, graph: bool = True
) -> Done:
    """Call a function on a copy of a case and see all that it does; the gradients if `graph`."""
    given, sources = copy(case), {}
    for name in exercise.differentiable:
        given[name] = sources[name] = tree_map(source, given[name])
        given[name] = tree_map(follow, given[name])
    returned: list[Any] = []

    def recorded(*args, **kwargs):
        returned[:] = []
        returned.append(function(*args, **kwargs))
        return returned[0]

    try:
        value = exercise.observe(recorded, dict(given))
    except (KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:
        return Failure(error, returned)
    changed = tuple(name for name in case if unlike(given[name], case[name]))
    return Outcome(value, changed, gradients(value, sources) if graph else None)


def unlike(now: Any, before: Any) -> bool:
    """Whether an argument is another one than before the call."""
    leaves_now, leaves_before = (list(leaves(tree, by_name=True)) for tree in (now, before))
    if len(leaves_now) != len(leaves_before):
        return True
    try:
        return not all(equal(a, b) for a, b in zip(leaves_now, leaves_before, strict=True))
    except Exception:  # they cannot even be compared any more
        return True


def equal(now: Any, before: Any) -> bool:
    """Whether a leaf is as it was; a generator may go on."""
    if isinstance(before, torch.Tensor):
        return torch.equal(now, before)
    return isinstance(before, torch.Generator) or now is before or now == before


def source(leaf: Any) -> Any:
    """A leaf of the graph, where a gradient can flow to it."""
    return leaf.requires_grad_() if is_float(leaf) else leaf


def follow(leaf: Any) -> Any:
    """What the function is given: it may be changed in place, has a `.grad` after backward, and a
    deep copy of it is a parameter of its own, as that of a leaf is."""
    if not is_float(leaf):
        return leaf
    child = leaf.clone()
    child.retain_grad()
    child.__deepcopy__ = lambda memo: child.detach().clone().requires_grad_()
    return child


def gradients(value: Any, sources: dict[str, Any]) -> dict[str, Any] | None:
    """Gradients of a random projection of the result, the same for every function compared."""
    inputs = [leaf for leaf in leaves(sources) if is_float(leaf)]
    if not inputs:
        return None
    generator = torch.Generator().manual_seed(0)
    total = torch.zeros((), dtype=torch.float64)
    try:
        for leaf in filter(is_float, leaves(value, by_name=True)):
            weights = torch.randn(leaf.shape, generator=generator, dtype=torch.float64)
            total = total + (weights.to(leaf.device) * leaf).sum().to(total.device)
        flowing = torch.autograd.grad(total, inputs, allow_unused=True)
    except (RuntimeError, NotImplementedError):  # a graph that is not there, or that backward freed
        return None
    if all(gradient is None for gradient in flowing):
        return None
    flows = iter(
        torch.zeros_like(leaf) if gradient is None else gradient
        for leaf, gradient in zip(inputs, flowing, strict=True)
    )
    return tree_map(lambda leaf: next(flows) if is_float(leaf) else leaf, sources)


def differ(mine: Done, theirs: Done) -> bool:
    """Whether two calls did something different."""
    if isinstance(mine, Failure) != isinstance(theirs, Failure):
        return True
    if isinstance(mine, Outcome):
        return first_difference(mine, theirs) is not None
    if mine.returned and theirs.returned:
        return first_difference(mine.returned[0], theirs.returned[0], form=True) is not None
    said = [(type(e), message_of(e), bool(returned)) for e, returned in (mine, theirs)]
    return said[0] != said[1]


def first_difference(got: Any, needed: Any, *, form: bool = False) -> Difference | None:
    """`difference`, also of results that cannot be compared."""
    try:
        return difference(got, needed, form=form)
    except Exception as error:
        told = f"The result cannot be compared with what is needed (`{type(error).__name__}`)."
        return Difference(told, got, needed)
