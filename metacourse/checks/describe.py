"""Reports on answers: passed, stopped, raised, or different in no way that has a name."""

from collections.abc import Callable
from typing import Any

from metacourse.checks.catalogue import N_CASES, Exercise, call
from metacourse.checks.guard import explain, learners_line
from metacourse.checks.outcomes import Failure, Outcome, found
from metacourse.checks.readable import both, capped, inputs, shapes
from metacourse.checks.report import Report
from metacourse.checks.trees import copy
from metacourse.checks.values import Difference


def passed(exercise: Exercise) -> Report:
    gradients = ", gradients included" if exercise.differentiable else ""
    sentence = f"It agrees with the reference on {N_CASES} random cases{gradients}."
    remark = exercise.text.remark
    return Report("passed", sentence, remarks=(remark,) if remark else ())


def chance() -> Report:
    sentence = "Two calls with the same arguments give different results: it depends on chance."
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
        form = found(got.returned[0], results[-1], form=True)
        return Report("failed", form.sentence if form else "The result cannot be read.")
    line = learners_line(got.error, function)
    facts = ((line,) if line else ()) + (("called with", shapes(case)),)
    return Report("failed", explain(got.error, line), facts)


def differing(exercise: Exercise, case: dict, got: Outcome, difference: Difference) -> Report:
    """A result that is another one, on one case."""
    place = difference.path[0] if difference.path else "the result"
    fact = f"This is not as it should be: {place}."
    sentence = difference.sentence if exercise.observe is call else fact
    facts = capped((*both(difference.got, difference.needed), *inputs(case)))
    return Report("failed", sentence, facts, (in_place(got.changed),) if got.changed else ())


def in_place(names: tuple[str, ...]) -> str:
    return (
        f"It changes its argument `{', '.join(names)}` in place; "
        "the caller still needs the old value. Make a new tensor instead."
    )


def wrong(exercise: Exercise, case: dict, got: Outcome, needed: Outcome) -> Report:
    """The first difference on one case: of the values, the arguments, or the gradients."""
    if difference := found(got.value, needed.value):
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
    difference = found(got.gradients, needed.gradients)
    sentence = (
        f"The values are right, but the gradient with respect to `{difference.path[0]}` is not: "
        "part of the graph is cut or detached."
    )
    facts = capped((*both(difference.got, difference.needed), *inputs(case)))
    return Report("failed", sentence, facts)
