"""Where a class stands as a page with pictures, and as a table of counts."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from metacourse.course.classroom import counted
from metacourse.course.classroom.class_report import (
    NAMELESS,
    NO_ANSWER,
    Assignment,
    Exercise,
    assignments,
    in_order,
    sentence,
)
from metacourse.course.files import write
from metacourse.places import expanded

TEMPLATE = Path(__file__).with_name("report.html")
LOOKS = {  # state: sign, colour of the bar, colour of its number
    "passed": ("✓", "#0072B2", "white"),
    "failed": ("✗", "#D55E00", "white"),
    "untouched": ("○", "#d9d9d9", "black"),
    NO_ANSWER: ("–", "white", "black"),
}
WIDTH = 640  # of a bar, in pixels
COLUMNS = "assignment", "exercise", "points", "kind", "number", "text", "count"


class Bar(NamedTuple):
    """A piece of a bar: where it begins and how wide it is, in pixels."""

    state: str
    count: int
    left: float
    width: float
    sign: str
    colour: str
    ink: str


def write_report(folder: str) -> Iterator[str]:
    """Write report.html and report.csv into a course folder; yield what there is to say.

    Raises OSError if there is nothing to report, or if it cannot be written.
    """
    yield "Reading what nbgrader has graded …"
    course = expanded(folder)
    found = assignments(course)
    for each in found:
        yield from remarks(each)
    for name, text in (("report.html", page(found)), ("report.csv", table(found))):
        write(course / name, text.encode())
        yield f"written: {course / name}"


def remarks(assignment: Assignment) -> Iterator[str]:
    """What is missing from the counts; these lines, unlike the page, name whose it is."""
    yield f"{assignment.name}: {counted(assignment.n_hand_ins, 'hand-in')}"
    for path in assignment.unreadable:
        yield f"  could not be read, and is not counted: {path}"
    if assignment.n_ungraded:
        yield (
            f"  handed in and not graded: {assignment.n_ungraded}; "
            f"`nbgrader autograde {assignment.name}` says why"
        )


def page(found: list[Assignment]) -> str:
    """One HTML file that needs nothing else, and names nobody."""
    from jinja2 import Environment
    from markupsafe import Markup

    from metacourse.checks.report import inline

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["inline"] = lambda text: Markup(inline(text))
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        assignments=found,
        in_order=in_order,
        bars=bars,
        told=told,
        mistakes=mistakes,
        counted=counted,
        looks=LOOKS,
        width=WIDTH,
    )


def bars(exercise: Exercise) -> list[Bar]:
    """The pieces of a bar, one beside the other, as wide as their shares."""
    left, found = 0.0, []
    for state, look in LOOKS.items():
        if n := exercise.states[state]:
            width = WIDTH * n / exercise.states.total()
            found.append(Bar(state, n, left, width, *look))
            left += width
    return found


def told(exercise: Exercise) -> str:
    """The bar in words."""
    return ", ".join(f"{bar.count} {bar.state}" for bar in bars(exercise))


def mistakes(name: str, exercise: Exercise) -> list[tuple[int, str]]:
    """How many made a mistake, and its sentence; the most frequent first, the nameless last."""
    merged: Counter[str] = Counter()  # several slips may share a sentence
    for number, n in exercise.mistakes.items():
        merged[sentence(name, number)] += n
    ranked = sorted(merged.items(), key=lambda item: (item[0] == NAMELESS, -item[1], item[0]))
    return [(n, text) for text, n in ranked]


def table(found: list[Assignment]) -> str:
    """The counts as CSV: a line for each state, mistake, and reason of having no answer."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for assignment in found:
        for name in in_order(assignment.exercises):
            exercise = assignment.exercises[name]
            for kind, number, text, count in counts(name, exercise):
                start = assignment.name, name, f"{exercise.worth:g}"
                writer.writerow([*start, kind, number, text, count])
    return file.getvalue()


def counts(name: str, exercise: Exercise) -> Iterator[tuple[str, object, str, object]]:
    for state in LOOKS:
        yield state, "", "", exercise.states[state]
    yield "mean points", "", "", f"{exercise.points / exercise.states.total():.3g}"
    for number, count in sorted(exercise.mistakes.items(), key=str):
        shown = "" if number is None else number
        yield "mistake", shown, sentence(name, number), count
    for why, count in sorted(exercise.why.items()):
        yield "why no answer", "", why, count
