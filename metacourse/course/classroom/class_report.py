"""Where a class stands: what nbgrader's graded notebooks say, in counts and without names."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from metacourse.course.files import Cell, Notebook, read_notebook
from metacourse.course.forms import CHECK

STATES = {"passed": "passed", "failed": "failed", "unattempted": "untouched"}
NO_ANSWER = "no answer"
NAMELESS = "wrong in a way that has no name"
KINDS = {  # how a sentence about something that is no slip begins: what it is
    "It was stopped after": "stopped: it did not end in time",
    "It did not end within": "stopped: it did not end in time",
    "This calls the course's own": "an answer that calls the course's own function",
}
NAME = re.compile(r"\w{1,60}", re.ASCII)
BROKEN = ValueError, TypeError, KeyError, AttributeError, RecursionError, ArithmeticError
UNREADABLE = OSError, *BROKEN
NUMBERS = range(1000)  # of mistakes: no exercise has as many


class Answer(NamedTuple):
    """What one hand-in has for one exercise; `why` is the error that left it without an answer."""

    exercise: str
    worth: float
    points: float
    state: str
    mistakes: tuple[int | str, ...] = ()
    why: str = ""


@dataclass
class Exercise:
    """The counts of one exercise: states, mistakes, why no answer.

    A mistake is the number of a slip, one of KINDS, or None: without a name.
    """

    worth: float
    points: float = 0.0
    states: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[int | str | None] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)


@dataclass
class Assignment:
    """An assignment: its exercises, how many handed in, and what could not be read."""

    name: str
    exercises: dict[str, Exercise]
    n_hand_ins: int
    unreadable: list[Path]
    n_ungraded: int


def assignments(course: Path) -> list[Assignment]:
    """What nbgrader has graded in a course folder.

    Raises OSError if it holds no assignment, or nothing graded, with the command to call first.
    """
    names = sorted({path.name for path in course.glob("source/*") if path.is_dir()})
    if not names:
        raise OSError(f"{course} holds no assignment: `metacourse assignment` makes one")
    graded = [name for name in names if any(course.glob(f"autograded/*/{name}/*.ipynb"))]
    if not graded:
        handed_in = [name for name in names if any(course.glob(f"submitted/*/{name}/*.ipynb"))]
        first = f"autograde {handed_in[0]}" if handed_in else f"collect {names[0]}"
        raise OSError(f"nothing is graded yet: call `nbgrader {first}` in {course} first")
    return [assignment(course, name) for name in graded]


def assignment(course: Path, name: str) -> Assignment:
    """The counts of one assignment."""
    exercises: dict[str, Exercise] = {}
    unreadable = []
    paths = sorted(course.glob(f"autograded/*/{name}/*.ipynb"))
    for path in paths:
        try:
            found = answers(read_notebook(content(path)))
        except UNREADABLE:
            unreadable.append(path)
            continue
        for answer in found:
            count(exercises.setdefault(answer.exercise, Exercise(answer.worth)), answer)
    graded = {path.parents[1].name for path in paths}
    handed_in = {path.parents[1].name for path in course.glob(f"submitted/*/{name}/*.ipynb")}
    return Assignment(name, exercises, len(graded), unreadable, len(handed_in - graded))


def content(path: Path) -> bytes:
    """What is in a file. Raises OSError if it cannot be read, as what is none: a pipe may wait."""
    if not path.is_file():
        raise OSError(f"{path} is no file")
    return path.read_bytes()


def count(exercise: Exercise, answer: Answer) -> None:
    exercise.points += answer.points
    exercise.states[answer.state] += 1
    exercise.mistakes.update(answer.mistakes or [None] * (answer.state == "failed"))
    exercise.why.update([answer.why] if answer.why else [])


def answers(notebook: Notebook) -> list[Answer]:
    """What the graded cells of a notebook say. Raises ValueError and the like if it is broken."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [answer(cell) for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]


def answer(cell: Cell) -> Answer:
    from nbformat import from_dict
    from nbgrader.utils import determine_grade

    check = CHECK.search(cell["source"])
    grade_id = cell["metadata"]["nbgrader"]["grade_id"]
    name = check["name"] if check else re.sub(r"[^\w.-]", "?", grade_id)
    points, worth = determine_grade(from_dict(cell))
    if not 0 <= (points or 0) <= worth < float("inf"):
        raise ValueError(f"{points} of {worth} points")
    told = [said for output in cell["outputs"] if (said := result(output))]
    if told:
        return Answer(name, worth, points or 0, *told[-1])
    return Answer(name, worth, points or 0, NO_ANSWER, (), reason(cell))


def reason(cell: Cell) -> str:
    """The name of the error that a cell ended with; nothing else that a hand-in says is shown."""
    errors = [str(o.get("ename")) for o in cell["outputs"] if o["output_type"] == "error"]
    if not errors:
        return "nothing was shown"
    return errors[-1] if NAME.fullmatch(errors[-1]) else "an error"


def result(output: dict[str, Any]) -> tuple[str, tuple[int | str, ...]] | None:
    """State and mistakes, as the graded check shows them; None if it does not."""
    from metacourse.checks.grading import GRADED

    said = output.get("data", {}).get(GRADED)
    if not isinstance(said, dict) or said.get("state") not in STATES:
        return None
    mistakes = said.get("mistakes", [])
    if not isinstance(mistakes, list) or not all(map(is_number, mistakes)):
        return None
    kinds = [kind for start, kind in KINDS.items() if str(said.get("sentence")).startswith(start)]
    return STATES[said["state"]], tuple(sorted({*mistakes}) or kinds)


def is_number(mistake: object) -> bool:
    return type(mistake) is int and mistake in NUMBERS


def sentence(exercise: str, number: int | str | None) -> str:
    """What the course says of a mistake."""
    if number is None or isinstance(number, str):
        return number or NAMELESS
    from metacourse.checks.catalogue import find

    try:
        slips = find("EXERCISES", exercise).text.slips
    except LookupError:
        slips = ()
    known = 0 <= number < len(slips)
    return slips[number].why if known else "a mistake that this version of the course does not name"


def in_order(names: Iterable[str]) -> list[str]:
    """In the course's order; what it does not know comes last."""
    from metacourse.course.classroom.sittings import sittings

    order = [exercise.check for each in sittings() for exercise in each.exercises]
    return sorted(
        names, key=lambda name: (order.index(name) if name in order else len(order), name)
    )
