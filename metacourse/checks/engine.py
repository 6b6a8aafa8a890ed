"""The core of every check: a learner's function beside the reference and the known mistakes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import torch

from metacourse.checks.catalogue import Exercise, call
from metacourse.checks.guard import before_running, explain, learners_line, quiet, time_limit
from metacourse.checks.report import Report
from metacourse.checks.values import (
    Difference,
    copy,
    difference,
    leaves,
    readable,
    shapes,
    tree_map,
)

N_CASES = 6
SECONDS = 10.0


class Outcome(NamedTuple):
    """All that a call did: the result, the arguments it changed, the gradients that flow back."""

    value: Any
    changed: tuple[str, ...]
    gradients: dict[str, Any] | None  # None: nothing flows


class Unusable(Exception):
    """The function returned something that `observe` could not read."""

    def __init__(self, returned: Any):
        super().__init__(returned)
        self.returned = returned


def diagnose(exercise: Exercise, function: Callable, *, seconds: float = SECONDS) -> Report:
    """Say whether a function is right, which known mistake it is, or where it first differs."""
    cases = [exercise.cases(torch.Generator().manual_seed(seed)) for seed in range(N_CASES)]
    if early := before_running(exercise.reference, function, cases[0]):
        return early
    remarks: list[str] = []
    got: list[Outcome] = []
    case = cases[0]
    try:
        with quiet(remarks), time_limit(seconds):
            for case in (*cases, cases[0]):  # the first one again: does it depend on chance?
                got.append(outcome(exercise, function, case))
    except KeyboardInterrupt:
        raise
    except Unusable as error:
        report = unusable(exercise, error.returned, case)
    except BaseException as error:
        line = learners_line(error, function)
        facts = ((line,) if line else ()) + (("called with", shapes(case)),)
        report = Report("failed", explain(error, seconds, line), facts)
    else:
        report = judge(exercise, cases, got[:-1], got[-1])
    return replace(report, remarks=(*report.remarks, *remarks))


def judge(exercise: Exercise, cases: list[dict], got: list[Outcome], again: Outcome) -> Report:
    """Compare what a function did with what the reference and the mistakes do."""
    needed = [outcome(exercise, exercise.reference, case) for case in cases]
    wrong = [i for i in range(N_CASES) if difference(got[i], needed[i])]
    if not wrong:
        gradients = ", gradients included" if exercise.differentiable else ""
        sentence = f"It agrees with the reference on {N_CASES} random cases{gradients}."
        return Report("passed", sentence, remarks=(exercise.remark,) if exercise.remark else ())
    if why := named_mistake(exercise, cases, got):
        return Report("failed", why)
    if difference(again, got[0]):
        sentence = "Two calls with the same arguments give different results: it depends on chance."
        return Report("failed", sentence)
    values_differ = (i for i in wrong if difference(got[i].value, needed[i].value))
    first = next(values_differ, wrong[0])
    return describe(exercise, cases[first], got[first], needed[first])


def outcome(exercise: Exercise, function: Callable, case: dict[str, Any]) -> Outcome:
    """Call a function on a copy of a case and see all that it does."""
    given = copy(case)
    sources = {}
    for name in exercise.differentiable:
        given[name] = tree_map(source, given[name])
        sources[name] = given[name]
        given[name] = tree_map(follow, given[name])
    returned: list[Any] = []

    def recorded(*args, **kwargs):
        returned.clear()
        returned.append(function(*args, **kwargs))
        return returned[0]

    try:
        value = exercise.observe(recorded, dict(given))
    except Exception as error:
        if returned:
            raise Unusable(returned[0]) from error
        raise
    changed = tuple(name for name in case if difference(given[name], case[name]))
    return Outcome(value, changed, gradients(value, sources))


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


def is_float(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor) and leaf.is_floating_point()


def gradients(value: Any, sources: dict[str, Any]) -> dict[str, Any] | None:
    """Gradients of a random projection of the result, the same for every function compared."""
    generator = torch.Generator().manual_seed(0)
    total = torch.zeros((), dtype=torch.float64)
    for leaf in filter(is_float, leaves(value, by_name=True)):
        weights = torch.randn(leaf.shape, generator=generator, dtype=torch.float64)
        total = total + (weights * leaf).sum()
    inputs = [leaf for leaf in leaves(sources) if is_float(leaf)]
    if not inputs or not total.requires_grad:
        return None
    try:
        found = torch.autograd.grad(total, inputs, allow_unused=True)
    except RuntimeError:  # a graph that backward() has already freed
        return None
    if all(gradient is None for gradient in found):
        return None
    flows = iter(
        torch.zeros_like(leaf) if gradient is None else gradient
        for leaf, gradient in zip(inputs, found, strict=True)
    )
    return tree_map(lambda leaf: next(flows) if is_float(leaf) else leaf, sources)


def named_mistake(exercise: Exercise, cases: list[dict], got: list[Outcome]) -> str | None:
    """The reason of the first mistake that does the same as the learner's function on all cases."""

    def same(function: Callable) -> bool:
        try:
            return not any(
                difference(mine, outcome(exercise, function, case))
                for case, mine in zip(cases, got, strict=True)
            )
        except Exception:  # a mistake that breaks is not what the learner wrote
            return False

    return next((mistake.why for mistake in exercise.mistakes if same(mistake.function)), None)


def describe(exercise: Exercise, case: dict, got: Outcome, needed: Outcome) -> Report:
    """The first difference on one case: of the values, the arguments, or the gradients."""
    inputs = tuple((f"`{name}`", readable(value)) for name, value in case.items())
    changed = [name for name in got.changed if name not in needed.changed]
    in_place = (
        f"It changes its argument `{', '.join(changed)}` in place; "
        "the caller still needs the old value. Make a new tensor instead."
    )
    if found := difference(got.value, needed.value):
        sentence = found.sentence if exercise.observe is call else fact_sentence(found)
        return Report("failed", sentence, (*inputs, *both(found)), (in_place,) if changed else ())
    if changed:
        return Report("failed", in_place)
    if got.gradients is None:
        sentence = (
            f"The values are right, but no gradient flows from the result to "
            f"`{', '.join(exercise.differentiable)}`: the graph is cut. Look for `.detach()`, "
            "`.item()`, `torch.no_grad()`, or a `torch.autograd.grad` without `create_graph=True`."
        )
        return Report("failed", sentence)
    found = difference(got.gradients, needed.gradients)
    sentence = (
        f"The values are right, but the gradient with respect to `{found.path[0]}` is not: "
        "part of the graph is cut or detached."
    )
    return Report("failed", sentence, (*inputs, *both(found)))


def fact_sentence(found: Difference) -> str:
    """A fact about a random result that does not hold."""
    return f"This is not as it should be: {found.path[0] if found.path else 'the result'}."


def both(found: Difference) -> tuple[tuple[str, str], ...]:
    """Both values, with as many digits as it takes to tell them apart."""
    texts = [(readable(found.got, d), readable(found.needed, d)) for d in (4, 8, 12)]
    got, needed = next((pair for pair in texts if pair[0] != pair[1]), texts[0])
    return (("yours", got), ("needed", needed))


def unusable(exercise: Exercise, returned: Any, case: dict[str, Any]) -> Report:
    """Explain a result of the wrong form by comparing it with the reference's."""
    results: list[Any] = []

    def recorded(*args, **kwargs):
        results.append(exercise.reference(*args, **kwargs))
        return results[-1]

    exercise.observe(recorded, copy(case))
    found = difference(returned, results[-1], form=True)
    if found is None:
        return Report("failed", "The result cannot be read.", (("yours", readable(returned)),))
    return Report("failed", found.sentence)
