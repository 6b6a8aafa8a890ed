"""The check of homework: it says what is right or wrong, and shows no solution.

At home it notes the try in the learner's own progress. When nbgrader runs it, it notes nothing, and
judges in a child process: on the course's cases and on others, drawn for this assignment; what the
answer prints, changes or never ends stays there. An answer that calls the course's own function is
not one.
"""

import hashlib
import os
import warnings
from collections.abc import Callable
from dataclasses import replace

from IPython.display import display

from metacourse.checks import joined, next_hint, own_function, panel, passed, store
from metacourse.checks.catalogue import find
from metacourse.checks.child import returned
from metacourse.checks.engine import SECONDS, diagnose
from metacourse.checks.exercise import Exercise
from metacourse.checks.own_work import changed_kernel, is_borrowed
from metacourse.checks.report import Report, noted
from metacourse.checks.tries import note_try

GRADED = "application/vnd.metacourse.graded+json"  # what `metacourse report` reads
LIMIT = "METACOURSE_GRADING_SECONDS"
USUAL_LIMIT = 120.0  # seconds for a whole check when graded; a call gets a twelfth of it
BORROWED = "This calls the course's own `{name}`; write it yourself."
CHANGED = (
    "`{name}` is not the course's own any more: a cell of this notebook has put something else in "
    "its place."
)
REFUSED = "{why} When it is graded, it earns no points so."
MOST_SKIPPED = 10_000  # random numbers that are passed over


class NotPassed(AssertionError):
    """Ends the cell of a check that was not passed; the report above it has said why."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class Points(float):
    """What a cell shows that earns part of its points; nbgrader reads it as a number."""

    def _repr_html_(self) -> str:
        return f"This mistake has a name, and earns {self:g} points."


def check(
    name: str, function: Callable, *, assignment: str, partial: float | None = None
) -> Points | None:
    """Check a learner's function and say what is right or wrong with it."""
    if store.grading():
        return graded(name, function, assignment=assignment, partial=partial)
    at_home(name, function)
    return None


def graded(
    name: str, function: Callable, *, assignment: str, partial: float | None = None
) -> Points | None:
    """The check as it decides on points, whatever the environment says by now.

    Raises NotPassed if the function did not pass; a named mistake returns `partial` points instead,
    if there are some.
    """
    report = replace(judged(name, function, assignment), title=name)
    display(bundle(name, report), raw=True)
    if report.mistakes and partial:
        return Points(partial)
    if report.state != "passed":
        raise NotPassed("no points; the report above says why")
    return None


def at_home(name: str, function: Callable) -> None:
    """The report, and a button for hints until the function has passed."""
    exercise = find("EXERCISES", name)
    report = replace(diagnose(exercise, function), title=name)
    if report.state == "passed":
        passed[name] = own_function(exercise, function)
        with warnings.catch_warnings(action="ignore"):
            why = changed() or borrowed(exercise, function)
        report = noted(report, why and REFUSED.format(why=why))
    _, remark = note_try(name, report)
    display(noted(report, remark))
    joined.tell(exercise=name, state=report.state, mistakes=report.mistakes)
    if report.state != "passed" and panel.in_notebook():
        display(panel.panel({"Hint": lambda: panel.page(next_hint(name, solution_follows=False))}))


def bundle(name: str, report: Report) -> dict:
    """A report as it is displayed, and as a program reads it."""
    told = {
        "exercise": name,
        "state": report.state,
        "mistakes": list(report.mistakes),
        "sentence": report.sentence,
    }
    return {"text/plain": str(report), "text/html": report._repr_html_(), GRADED: told}


def judged(name: str, function: Callable, assignment: str) -> Report:
    """What a child process says of a function, or that it did not end.

    Raises RuntimeError where processes cannot be forked, or cannot differentiate then.
    """
    limit = float(os.environ.get(LIMIT) or USUAL_LIMIT)

    def judge() -> Report:
        with warnings.catch_warnings(action="ignore"):
            return verdict(name, function, assignment, limit * SECONDS / USUAL_LIMIT)

    report = returned(judge, limit)
    return report if isinstance(report, Report) else Report("failed", report)


def verdict(name: str, function: Callable, assignment: str, seconds: float) -> Report:
    """The report on the course's cases; if all is well, on those of the assignment."""
    if why := changed():
        return Report("failed", why)
    exercise = find("EXERCISES", name)
    report = diagnose(exercise, function, seconds=seconds)
    if report.state == "passed":
        report = diagnose(exercise, function, seconds=seconds, skip=skipped(assignment))
    if report.state == "passed" and not validating() and (why := borrowed(exercise, function)):
        return Report("failed", why)
    return report


def changed() -> str:
    """That a function of the course is not its own any more, or nothing."""
    name = changed_kernel()
    return name and CHANGED.format(name=name)


def borrowed(exercise: Exercise, function: Callable) -> str:
    """That an answer calls the course's own function, or nothing."""
    if not is_borrowed(exercise, function):
        return ""
    return BORROWED.format(name=exercise.reference.__name__)


def skipped(assignment: str) -> int:
    """How many random numbers are passed over before the cases of an assignment."""
    digest = hashlib.sha256(assignment.encode()).digest()
    return 1 + int.from_bytes(digest[:8]) % MOST_SKIPPED


def validating() -> bool:
    """Whether somebody looks at a notebook before it is handed in or out; the key calls the
    course's functions, and has to pass."""
    return os.environ.get("NBGRADER_EXECUTION") == "validate"
