"""Predictions on a page, what came out beside them, and what is held back until then."""

import html
import re
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from metacourse.checks.questions import fineness, plain
from metacourse.course.classroom import asked, sittings
from metacourse.course.files import Cell
from metacourse.course.forms import CHECK, PREDICT, QUIZ, REVEAL, tags
from metacourse.course.web.forms.questions import without_scripts
from metacourse.course.web.forms.veil import data, digest

OPTION = re.compile(r"“(.+)”$")
SECTION = re.compile(r"##? ")
NUMBER = re.compile(r"-?[\d.]+(?:e[-+]\d+)?")


class Slider(NamedTuple):
    """The range of a predicted number; its steps, and the digits after the point that show them."""

    low: float
    high: float
    step: float
    digits: int
    unit: str


def slider(cell: Cell) -> Slider | None:
    """What a `predict` cell asks for, if it is a number."""
    known = asked.asked(cell["source"]).get(PREDICT.search(cell["source"])["name"])
    if known is None or known.high is None:
        return None
    return Slider(known.low, known.high, *fineness(known.low, known.high), known.unit)


def prediction(cell: Cell) -> str:
    """The HTML of a `predict` cell: what it shows without a kernel, and what a slider needs."""
    name = digest(PREDICT.search(cell["source"])["name"])
    found = slider(cell)
    return (
        f'<div class="metacourse-prediction" data-id="{name}">'
        f"{sittings.shown(cell, 'text/html')}{without_scripts()}"
        f"{data(found._asdict() if found else {})}</div>"
    )


def revelation(cell: Cell, unit: str) -> str:
    """The HTML of what a `reveal` cell shows: what was computed, and to what it is compared."""
    name = digest(REVEAL.search(cell["source"])["name"])
    computed = sittings.computed(cell)
    lines = sittings.shown(cell, "text/plain").splitlines()
    said = next(lines[i - 1] for i, line in enumerate(lines) if line.startswith("    computed"))
    return (
        f'<div class="metacourse-reveal" data-id="{name}"><p role="status">{html.escape(said)}</p>'
        f"<dl><div><dt>computed</dt><dd>{html.escape(computed)}</dd></div></dl>"
        f"{data({'answer': answer(computed), 'unit': unit})}</div>"
    )


def answer(computed: str) -> str | float:
    """The answer as it is compared: the option, where there is one, or the number."""
    if option := OPTION.search(computed):
        return plain(option[1])
    return float(NUMBER.match(computed)[0])


def held(cells: list[Cell]) -> dict[str, str]:
    """Which cells would give a prediction away: {id of a cell: name of the prediction}."""
    return {cell["id"]: name for name, group in groups(cells) for cell in group}


def groups(cells: list[Cell]) -> Iterator[tuple[str, list[Cell]]]:
    """The programs that lead up to a `reveal` cell, it, and what follows up to the text that reads
    it. Live pictures are no part of it: what they show is up to the reader."""
    for place, cell in enumerate(cells):
        if cell["cell_type"] == "code" and (call := REVEAL.search(cell["source"])):
            before = [*takewhile(is_program, reversed(cells[:place]))]
            group = [*before, cell, *read(cells[place + 1 :])]
            yield call["name"], [each for each in group if not is_live(each)]


def read(cells: list[Cell]) -> list[Cell]:
    """The programs up to the spoilers that follow, and these; none if a section or another question
    comes first."""
    first = [*takewhile(lambda cell: not is_spoiler(cell) and goes_on(cell), cells)]
    spoilers = [*takewhile(is_spoiler, cells[len(first) :])]
    return [cell for cell in first if cell["cell_type"] == "code"] + spoilers if spoilers else []


def is_spoiler(cell: Cell) -> bool:
    return cell["cell_type"] == "markdown" and "spoiler" in tags(cell)


def goes_on(cell: Cell) -> bool:
    """Whether neither a section begins nor something is asked."""
    if cell["cell_type"] == "markdown":
        return not SECTION.match(cell["source"])
    return not any(call.search(cell["source"]) for call in (PREDICT, REVEAL, QUIZ, CHECK))


def is_program(cell: Cell) -> bool:
    return cell["cell_type"] == "code" and goes_on(cell)


def is_live(cell: Cell) -> bool:
    return any(output["output_type"] == "execute_result" for output in cell.get("outputs", []))
