"""Reports on answers: passed, stopped, raised, or different in no way that has a name."""

import inspect
import linecache
import traceback
from collections.abc import Callable
from typing import Any

from torch import Tensor

from metacourse.checks.differences import Difference
from metacourse.checks.exercise import N_CASES, Exercise, call
from metacourse.checks.outcomes import Failure, Outcome, first_difference
from metacourse.checks.readable import both, capped, inputs, message_of, shapes
from metacourse.checks.report import Report
from metacourse.checks.trees import copy


def passed(exercise: Exercise) -> Report:
    """All is right."""
    gradients = ", gradients included" if exercise.differentiable else ""
    sentence = f"It agrees with the reference on {N_CASES} random cases{gradients}."
    remark = exercise.text.remark
    return Report("passed", sentence, remarks=(remark,) if remark else ())


def chance() -> Report:
    """The same call twice, with two results."""
    sentence = (
        "Two calls with the same arguments give different results: it depends on chance, or on "
        "what an earlier call left behind."
    )
    return Report("failed", sentence)


def stopped(case: dict, seconds: float, longest: float) -> Report:
    """A call that took too long; the calls before it say whether it is slow or endless."""
    sentence = f"It was stopped after {seconds:g} s: does a loop never end?"
    if longest > seconds / 5:
        sentence = (
            f"It is too slow: another call took {longest:.1f} s, and this one was stopped after "
            f"{seconds:g} s. The cases are small; does it do the same work again and again?"
        )
    return Report("failed", sentence, (("called with", shapes(case)),))


def raised(exercise: Exercise, function: Callable, case: dict, got: Failure) -> Report:
    """An exception of the learner's function, or a result that cannot be read."""
    if got.returned:
        results: list[Any] = []

        def recorded(*args, **kwargs):
            results.append(exercise.reference(*args, **kwargs))
            return results[-1]

        exercise.observe(recorded, copy(case))
        form = first_difference(got.returned[0], results[-1], form=True)
        return Report("failed", form.sentence if form else "The result cannot be read.")
    line = learners_line(got.error, function)
    facts = ((line,) if line else ()) + (("called with", shapes(case)),)
    return Report("failed", explain(got.error, line), facts)


def differing(
    exercise: Exercise, case: dict, got: Outcome, difference: Difference, *, form: bool = False
) -> Report:
    """A result that is another one, on one case; the numbers of the case, unless it is `form`."""
    place = difference.path[0] if difference.path else "the result"
    fact = f"This is not as it should be: {place}."
    sentence = difference.sentence if exercise.observe is call else fact
    of_case = (("called with", shapes(case)),) if form else inputs(case)
    facts = capped((*both(difference.got, difference.needed), *of_case))
    return Report("failed", sentence, facts, (in_place(got.changed),) if got.changed else ())


def in_place(names: tuple[str, ...]) -> str:
    return (
        f"It changes its argument `{', '.join(names)}` in place; "
        "the caller still needs the old value. Make a new one instead."
    )


def wrong(exercise: Exercise, case: dict, got: Outcome, needed: Outcome) -> Report:
    """The first difference on one case: of the values, the arguments, or the gradients."""
    if difference := first_difference(got.value, needed.value):
        return differing(exercise, case, got, difference)
    if changed := tuple(name for name in got.changed if name not in needed.changed):
        return Report("failed", in_place(changed))
    if got.gradients is None:
        sentence = (
            f"The values are right, but no gradient flows from the result to "
            f"`{', '.join(exercise.differentiable)}`: the graph is cut. Look for `.detach()`, "
            "`.item()`, `torch.no_grad()`, or a `torch.autograd.grad` without `create_graph=True`."
        )
        return Report("failed", sentence)
    difference = first_difference(got.gradients, needed.gradients)
    sentence = (
        f"The values are right, but the gradient with respect to `{difference.path[0]}` is not"
        f"{reason(difference.got)}."
    )
    facts = capped((*both(difference.got, difference.needed), *inputs(case)))
    return Report("failed", sentence, facts)


def reason(gradient: Any) -> str:
    """What can be seen of a wrong gradient."""
    if isinstance(gradient, Tensor) and not gradient.any():
        return ": it is zero, as where the graph is cut or detached"
    return ""


def explain(error: BaseException, line: tuple[str, str] | None) -> str:
    """A sentence or two about an exception that a learner's function raised in this line of it."""
    match error:
        case RecursionError():
            return "It calls itself again and again without an end (`RecursionError`)."
        case SystemExit():
            return "It ends the whole program (`SystemExit`); a function should `return` instead."
    message = message_of(error)
    told = f"It raised `{type(error).__name__}`: {message}" + ("" if message[-1:] in ".?" else ".")
    if "NoneType" in message and line and ".grad" in line[1]:
        told += (
            " `.grad` is None: `backward()` fills it only for tensors that were made with "
            "`requires_grad_()`, not for results of a computation. `torch.autograd.grad` returns "
            "the gradient of any tensor."
        )
    if "Boolean value of Tensor" in message:
        told += (
            " Python's `max`, `min`, `if` and `and` compare single numbers: for tensors there are "
            "`torch.relu`, `.clamp(min=0)` and `torch.where`."
        )
    return told


def learners_line(error: BaseException, function: Callable) -> tuple[str, str] | None:
    """The last line of the learner's own file or cell that an exception came through."""
    try:
        code = getattr(inspect.unwrap(function), "__code__", None)
    except ValueError:  # wrapped around itself
        return None
    frames = traceback.walk_tb(error.__traceback__)
    lines = [n for frame, n in frames if code and frame.f_code.co_filename == code.co_filename]
    if not lines:
        return None
    return f"line {lines[-1]}", linecache.getline(code.co_filename, lines[-1]).strip()
