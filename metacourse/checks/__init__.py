"""Calls for the cells of a notebook; each shows its answer, outside JupyterLab as plain text. The
way of a function through the rooms of this package stands at the top of `engine`."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from IPython.display import Markdown, display

from metacourse.checks import joined, panel, store
from metacourse.checks.catalogue import find
from metacourse.checks.engine import diagnose, draw
from metacourse.checks.exercise import Exercise
from metacourse.checks.joined import join, leave
from metacourse.checks.memory import give_back_after_cells
from metacourse.checks.progress_table import table
from metacourse.checks.questions import prediction_form, quiz_form, revelation
from metacourse.checks.report import Report, noted, placed
from metacourse.checks.signature import by_its_own_names
from metacourse.checks.tries import helped, note_try

__all__ = [
    "Exercise",
    "check",
    "diagnose",
    "hint",
    "join",
    "leave",
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
hinted: Counter[str] = Counter()  # how many hints of an exercise this kernel has shown
give_back_after_cells()


def check(name: str, function: Callable, *, strict: bool = False) -> None:
    """Check a learner's function and say what is right or wrong with it.

    With `strict` or NBGRADER_EXECUTION it notes nothing, and raises AssertionError for a failure.
    """
    exercise = find("EXERCISES", name)
    graded = strict or store.grading()
    report = replace(diagnose(exercise, function), title=name)
    if report.state == "passed":
        passed[name] = own_function(exercise, function)
    if not graded:
        record, remark = note_try(name, report)
        patient = record.get("failed", 0) >= PATIENT_TRIES
        report = noted(placed(report) if patient else report, remark)
    display(report)
    if not graded:
        joined.tell(exercise=name, state=report.state, mistakes=report.mistakes)
    if graded and report.state != "passed":
        raise AssertionError(str(report))
    if not graded and panel.in_notebook():
        display(buttons(name, function, report.state))


def own_function(exercise: Exercise, function: Callable) -> Callable:
    """A learner's function, to be called as the course's own is."""
    return by_its_own_names(exercise.reference, function, draw(exercise)[0])


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
    """Show the next of the three hints, each stronger than the one before.

    It counts from the first try on until the function has passed.
    """
    display(next_hint(name))


def next_hint(name: str, *, solution_follows: bool = True) -> Report:
    hints = find("EXERCISES", name).text.hints
    record, remark = store.read("exercise", name)
    number = hinted[name] = min(max(hinted[name], record.get("hints", 0)) + 1, len(hints))
    if record.get("tries") and not record.get("passed"):
        _, remark = store.update("exercise", name, lambda record: helped(record, len(hints)))
    after = f'; `solution("{name}")` shows the solution' if solution_follows else ""
    last = f"That was the last hint{after}."
    report = Report("hint", hints[number - 1], title=f"{number}/{len(hints)} · {name}")
    return noted(noted(report, last if number == len(hints) else ""), remark)


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
    """Note that the solution was seen, unless all is done; a report if that cannot be kept."""
    record, remark = store.read("exercise", name)
    if not record.get("passed"):
        _, remark = store.update("exercise", name, lambda record: record | {"solution": True})
    return [Report("note", remark)] if remark else []


def reference(name: str) -> Callable:
    """The function that solves an exercise."""
    return find("EXERCISES", name).reference


def mine(name: str) -> Callable:
    """The learner's own function if it has passed in this kernel, else the course's; says which."""
    own = passed.get(name)
    whose = "your own, which has passed" if own else "the course's: yours has not passed here yet"
    display(Report("note", f"`{name}` is {whose}."))
    return own or reference(name)


def progress(chapter: str = "") -> None:
    """Show what has been done in every chapter, or in one: progress("maml")."""
    display(table(chapter))


def reset_progress() -> None:
    """Forget all progress."""
    hinted.clear()
    display(Report("note", store.reset() or "Your progress is empty again."))


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
