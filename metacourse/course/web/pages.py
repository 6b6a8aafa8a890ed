"""A notebook as a page of the web edition: what a reader without a kernel should see of it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from metacourse.course.classroom import sittings
from metacourse.course.files import Cell, Notebook
from metacourse.course.forms import CHECK, PREDICT, PROGRESS, QUIZ, REVEAL, tags
from metacourse.course.web import folds
from metacourse.course.web.forms import exercises, predictions, progress, questions

OF_ONE_MACHINE = re.compile(r"^(?:MachineTable|SignOfLife)\(", re.MULTILINE)
WHOSE = re.compile(r"^· Note\n")  # which function `mine` hands out
TO_REVIVE = re.compile(r"<p><em>Run this cell [^<]*</em></p>")


class Around(NamedTuple):
    """What a page says of a cell beside the cell itself."""

    held: dict[str, str]  # {id of a cell: the prediction that it would give away}
    units: dict[str, str]  # of the predicted numbers, by the prediction
    statements: dict[str, str]  # of the exercises, by the id of the cell with the check


def page(
    notebook: Notebook, *, instructor: bool = False, figure: Callable[[Cell], Cell]
) -> Notebook:
    """The notebook's cells as the page has them; `figure` puts in what was recorded of a cell."""
    cells = [cell for cell in notebook["cells"] if instructor or "instructor" not in tags(cell)]
    cells = with_one_start(cells)
    around = Around(predictions.held(cells), units(cells), statements(cells))
    return notebook | {"cells": [on_page(cell, around, figure) for cell in cells]}


def with_one_start(cells: list[Cell]) -> list[Cell]:
    """The cells with all imports in the first of those that import."""
    imports = [cell for cell in cells if cell["cell_type"] == "code" and folds.is_imports(cell)]
    if not imports:
        return cells
    outputs = [output for cell in imports for output in cell["outputs"]]
    first = imports[0] | {"source": "\n".join(cell["source"] for cell in imports)}
    first |= {"outputs": outputs}
    return [first if cell is imports[0] else cell for cell in cells if cell not in imports[1:]]


def units(cells: list[Cell]) -> dict[str, str]:
    asked = [cell for cell in cells if cell["cell_type"] == "code"]
    calls = [(PREDICT.search(cell["source"]), cell) for cell in asked]
    sliders = {call["name"]: predictions.slider(cell) for call, cell in calls if call}
    return {name: slider.unit for name, slider in sliders.items() if slider}


def statements(cells: list[Cell]) -> dict[str, str]:
    """The statement of each exercise, by the id of the cell with its check."""
    found, said = {}, ""
    for cell in cells:
        if "statement" in tags(cell):
            said = cell["source"]
        elif cell["cell_type"] == "code" and CHECK.search(cell["source"]):
            found[cell["id"]] = said
    return found


def on_page(cell: Cell, around: Around, figure: Callable[[Cell], Cell]) -> Cell:
    """One cell as the page has it."""
    prediction = around.held.get(cell["id"])
    if cell["cell_type"] != "code":
        return folds.text(cell, prediction)
    if asks := form(cell, around):
        return alone(cell, asks)
    made = folds.program(revealed(figure(without_learner(cell)), around.units))
    return folds.held_back(made, prediction) if prediction and made["outputs"] else made


def form(cell: Cell, around: Around) -> str:
    """The HTML of what stands in the place of a program that asks something, "" for all others."""
    source = cell["source"]
    if call := QUIZ.search(source):
        return questions.quiz(call["name"])
    if CHECK.search(source):
        names = dict(CHECK.findall(source + around.statements[cell["id"]]))
        return "".join(map(exercises.exercise, names))
    if call := PROGRESS.search(source):
        return progress.progress(call["chapter"] or "")
    return predictions.prediction(cell) if PREDICT.search(source) else ""


def alone(cell: Cell, content: str) -> Cell:
    """A cell that shows this alone, without its program."""
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": content}}
    return folds.marked(cell, "remove-input") | {"outputs": [output]}


def without_learner(cell: Cell) -> Cell:
    """The cell without outputs that are about one learner or one machine, and without what is said
    on running it."""
    if OF_ONE_MACHINE.search(cell["source"]):
        return cell | {"outputs": []}
    kept = [output for output in cell["outputs"] if not WHOSE.search(plain(output))]
    return cell | {"outputs": [without_advice(output) for output in kept]}


def plain(output: dict) -> str:
    return "".join(output.get("data", {}).get("text/plain", ""))


def without_advice(output: dict) -> dict:
    page = "".join(output.get("data", {}).get("text/html", ""))
    if not page:
        return output
    return output | {"data": output["data"] | {"text/html": TO_REVIVE.sub("", page)}}


def revealed(cell: Cell, units: dict[str, str]) -> Cell:
    """The cell with what it reveals, if it does, in a form that takes the reader's prediction."""
    if not (call := REVEAL.search(cell["source"])):
        return cell
    page = {"text/html": predictions.revelation(cell, units.get(call["name"], ""))}

    def shown(output: dict) -> dict:
        return output | {"data": page} if sittings.COMPUTED.search(plain(output)) else output

    return cell | {"outputs": [shown(output) for output in cell["outputs"]]}
