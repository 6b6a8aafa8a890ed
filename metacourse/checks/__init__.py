"""Exercises whose checks say what went wrong; predictions, quizzes and the learner's progress.

Each call shows its answer: as HTML in JupyterLab, as plain text elsewhere.
"""

import dataclasses
import inspect
import os
from collections.abc import Callable, Sequence

from IPython.display import Markdown, display

from metacourse.checks import store
from metacourse.checks.catalogue import Exercise, Mistake, Option, Question, find
from metacourse.checks.engine import diagnose
from metacourse.checks.questions import prediction_form, quiz_form, revelation
from metacourse.checks.report import Report

__all__ = [
    "Exercise",
    "Mistake",
    "Option",
    "Question",
    "check",
    "diagnose",
    "hint",
    "predict",
    "progress",
    "quiz",
    "reference",
    "reset_progress",
    "reveal",
    "solution",
]


def check(name: str, function: Callable, *, strict: bool = False) -> None:
    """Check a learner's function and say what is right or wrong with it.

    Raises AssertionError if it did not pass and `strict` or NBGRADER_EXECUTION is set.
    """
    report = dataclasses.replace(diagnose(find("EXERCISES", name), function), title=name)

    def change(record: dict) -> dict:
        passed = record.get("passed", False) or report.state == "passed"
        return record | {"tries": record.get("tries", 0) + 1, "passed": passed}

    if report.state != "unattempted":
        report = noted(report, store.update("exercise", name, change)[1])
    display(report)
    if report.state != "passed" and (strict or os.environ.get("NBGRADER_EXECUTION")):
        raise AssertionError(str(report))


def noted(report: Report, remark: str) -> Report:
    return dataclasses.replace(report, remarks=(*report.remarks, remark)) if remark else report


def hint(name: str) -> None:
    """Show the next of the three hints, each stronger than the one before."""
    hints = find("EXERCISES", name).hints

    def change(record: dict) -> dict:
        return record | {"hints": min(record.get("hints", 0) + 1, len(hints))}

    record, remark = store.update("exercise", name, change)
    used = record["hints"]
    last = f'That was the last hint; `solution("{name}")` shows the solution.'
    report = Report("hint", hints[used - 1], title=f"{used}/{len(hints)} · {name}")
    display(noted(noted(report, last if used == len(hints) else ""), remark))


def solution(name: str) -> None:
    """Show the source of the reference."""
    source = inspect.getsource(reference(name))
    _, remark = store.update("exercise", name, lambda record: record | {"solution": True})
    display(Markdown(f"```python\n{source}\n```"))
    if remark:
        display(Report("note", remark))


def reference(name: str) -> Callable:
    """The function that solves an exercise."""
    return find("EXERCISES", name).reference


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
    display(dataclasses.replace(revelation(name, answer), title=name))


def quiz(name: str) -> None:
    """Ask the questions of a quiz."""
    display(quiz_form(name, find("QUIZZES", name)))
