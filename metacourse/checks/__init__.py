"""Exercises whose checks say what went wrong; predictions, quizzes and the learner's progress.

Each call shows its answer: as HTML in JupyterLab, as plain text elsewhere.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from IPython.display import Markdown, display

from metacourse.checks import panel, store
from metacourse.checks.catalogue import Exercise, find
from metacourse.checks.engine import diagnose, draw
from metacourse.checks.questions import prediction_form, quiz_form, revelation
from metacourse.checks.report import Report
from metacourse.checks.signature import by_its_own_names

__all__ = [
    "Exercise",
    "check",
    "diagnose",
    "hint",
    "mine",
    "predict",
    "progress",
    "quiz",
    "reference",
    "reset_progress",
    "reveal",
    "solution",
]
PATIENT_TRIES = 3  # failed tries after which a named slip is also shown in the program
passed: dict[str, Callable] = {}  # the learner's functions that have passed in this kernel


def check(name: str, function: Callable, *, strict: bool = False) -> None:
    """Check a learner's function and say what is right or wrong with it.

    For grading, with `strict` or NBGRADER_EXECUTION set, it raises AssertionError if the function
    did not pass.
    """
    exercise = find("EXERCISES", name)
    graded = bool(strict or os.environ.get("NBGRADER_EXECUTION"))
    report = replace(diagnose(exercise, function), title=name)
    if report.state == "passed":
        passed[name] = own_function(exercise, function)
    if report.state != "unattempted":
        record, remark = store.update("exercise", name, lambda record: tried(record, report))
        patient = not graded and record.get("failed", 0) >= PATIENT_TRIES
        report = noted(placed(report) if patient else report, remark)
    display(report)
    if graded and report.state != "passed":
        raise AssertionError(str(report))
    if not graded and panel.in_notebook():
        display(buttons(name, function, report.state))


def own_function(exercise: Exercise, function: Callable) -> Callable:
    """A learner's function, to be called as the course's own is."""
    return by_its_own_names(exercise.reference, function, draw(exercise)[0])


def tried(record: dict, report: Report) -> dict:
    """A record after one more try."""
    ok = report.state == "passed"
    failed = record.get("failed", 0) + (not ok)
    counts = {"tries": record.get("tries", 0) + 1, "failed": failed}
    return record | counts | {"passed": record.get("passed", False) or ok}


def placed(report: Report) -> Report:
    """A report that also shows where in the right program the slip is."""
    lines = [(("right", right), ("what yours does", wrong)) for right, wrong in report.where]
    return replace(report, facts=(*report.facts, *(fact for pair in lines for fact in pair)))


def noted(report: Report, remark: str) -> Report:
    return replace(report, remarks=(*report.remarks, remark)) if remark else report


def buttons(name: str, function: Callable, state: str) -> panel.widgets.VBox:
    """Buttons for what `hint` and `solution` show, and for the learner's program beside ours."""

    def compared() -> str:
        report = solved(name)
        return panel.beside(panel.source_of(function), program(name)) + panel.page(*report)

    def shown() -> str:
        report = solved(name)
        return panel.code(program(name)) + panel.page(*report)

    actions = {"Compare with mine": compared} if state != "unattempted" else {}
    if state != "passed":
        actions = {"Hint": lambda: panel.page(next_hint(name)), "Solution": shown} | actions
    return panel.panel(actions)


def hint(name: str) -> None:
    """Show the next of the three hints, each stronger than the one before."""
    display(next_hint(name))


def next_hint(name: str) -> Report:
    hints = find("EXERCISES", name).text.hints

    def change(record: dict) -> dict:
        return record | {"hints": min(record.get("hints", 0) + 1, len(hints))}

    record, remark = store.update("exercise", name, change)
    used = record["hints"]
    last = f'That was the last hint; `solution("{name}")` shows the solution.'
    report = Report("hint", hints[used - 1], title=f"{used}/{len(hints)} · {name}")
    return noted(noted(report, last if used == len(hints) else ""), remark)


def solution(name: str) -> None:
    """Show a program that solves an exercise."""
    source = program(name)
    display(Markdown(f"```python\n{source}\n```"))
    for report in solved(name):
        display(report)


def program(name: str) -> str:
    """The right program of an exercise, and where the course's own stands."""
    exercise = find("EXERCISES", name)
    function = exercise.reference
    return (
        f"{exercise.text.program}\n\n# the course's own: {function.__module__}.{function.__name__}"
    )


def solved(name: str) -> list[Report]:
    """Note that the solution was seen; a report if that cannot be kept."""
    _, remark = store.update("exercise", name, lambda record: record | {"solution": True})
    return [Report("note", remark)] if remark else []


def reference(name: str) -> Callable:
    """The function that solves an exercise."""
    return find("EXERCISES", name).reference


def mine(name: str) -> Callable:
    """The learner's own function if it has passed its check in this kernel, else the course's; it
    says which. It is called as the course's is."""
    own = passed.get(name)
    whose = "your own, which has passed" if own else "the course's: yours has not passed here yet"
    display(Report("note", f"`{name}` is {whose}."))
    return own or reference(name)


def progress() -> None:
    """Show what has been done in every chapter."""
    display(store.table())


def reset_progress() -> None:
    """Forget all progress."""
    try:
        store.unsaved.clear()
        store.save(store.empty())
        display(Report("note", "Your progress is empty again."))
    except OSError as error:
        display(Report("note", store.trouble(error)))


def predict(
    name: str,
    question: str,
    *,
    options: Sequence[str] | dict[str, float] | None = None,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
) -> None:
    """Ask for a prediction: one of the options, or a number between low and high.

    Options may be a dict from each to the largest number that it stands for, in ascending order;
    `reveal` then takes the number.
    """
    find("PREDICTIONS", name)
    display(prediction_form(name, question, options=options, low=low, high=high, unit=unit))


def reveal(name: str, answer: str | float) -> None:
    """Show the learner's prediction beside the computed answer."""
    find("PREDICTIONS", name)
    display(replace(revelation(name, answer), title=name))


def quiz(name: str) -> None:
    """Ask the questions of a quiz."""
    display(quiz_form(name, find("QUIZZES", name)))
