"""The exercises of a notebook, with all that their cells say."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from metacourse.course.files import Cell, Notebook
from metacourse.course.forms import CHECK, STATEMENT, tags

SECTION = re.compile(r"^## (?P<title>.+?)(?: \(\d+ min\))?\n*$", re.MULTILINE)


class Exercise(NamedTuple):
    """An exercise of a notebook: its cells, and what stands in their texts."""

    name: str  # "chapter.name"
    function: str
    title: str
    minutes: int
    section: str
    given: tuple[Cell, ...]  # of its section, above it
    statement: Cell
    stub: Cell


def exercises(notebook: Notebook) -> Iterator[Exercise]:
    """The exercises of a notebook that a check judges, in order."""
    section, given, statement = "", [], None
    for cell, following in zip(notebook["cells"], notebook["cells"][1:], strict=False):
        if cell["cell_type"] == "markdown" and (heading := SECTION.search(cell["source"])):
            section, given = heading["title"], []
        if {"given", "needed"} & {*tags(cell)}:
            given.append(cell)
        elif "statement" in tags(cell):
            statement = cell
        elif "exercise" in tags(cell):
            call, told = CHECK.search(following["source"]), STATEMENT.match(statement["source"])
            title, minutes = (told["star"] or "") + told["title"], int(told["minutes"])
            yield Exercise(*call.groups(), title, minutes, section, (*given,), statement, cell)
