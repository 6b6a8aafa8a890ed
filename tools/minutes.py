"""How long a notebook takes somebody who reads all of it, section by section.

python -m tools.minutes notebooks/*.ipynb       say it in the headings, the list of sections and the
                                                opening of each; with --table, only print it

Prose takes a minute for 160 words, code seven seconds a line, an exercise as long as it says, a
prediction a minute and a half, a live figure two minutes, a picture one, printed numbers half a
minute, a question of a quiz 45 seconds. What instructors read, imports, and cells for those who
start in the middle count for nothing; an exercise's minutes hold what it
is given with (tag `given`).
"""

import argparse
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from metacourse.checks.quizzes import load
from metacourse.course.forms import STATEMENT

WORDS, LINE, PREDICTION, QUESTION = 1 / 160, 7 / 60, 1.5, 0.75  # minutes
LIVE, PICTURE, NUMBERS = 2.0, 1.0, 0.5
HEADING = re.compile(r"^## (.+?)(?: \((?:< )?\d+ min\))?$", re.MULTILINE)
ALONE = re.compile(r"(\*\*Time:?\*\*:?) \d+ minutes")
LIST = "sections"  # the id of the cell with the list of sections
OPENING = "Opening"


def sections(notebook: NotebookNode) -> dict[str, list[NotebookNode]]:
    """The learner's cells under each heading of the second level: {heading: cells}."""
    found: dict[str, list[NotebookNode]] = {OPENING: []}
    for cell in notebook.cells:
        if "instructor" in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown" and (heading := HEADING.search(cell.source)):
            found[heading[1]] = []
        found[list(found)[-1]].append(cell)
    return found


def minutes(cells: list[NotebookNode]) -> float:
    """How long these cells take."""
    return sum(prose(cell) if cell.cell_type == "markdown" else code(cell) for cell in cells)


def prose(cell: NotebookNode) -> float:
    if cell.id == LIST or "given" in cell.metadata.get("tags", []):
        return 0.0
    if stated := STATEMENT.match(cell.source):
        return float(stated["minutes"])
    return len(cell.source.split()) * WORDS


def code(cell: NotebookNode) -> float:
    if {"exercise", "resume"} & {*cell.metadata.get("tags", [])} or cell.id.startswith("imports"):
        return 0.0
    if asked := re.search(r"""^quiz\(["'](.+)["']\)""", cell.source, re.MULTILINE):
        return len(load(asked[1])) * QUESTION
    if "predict(" in cell.source:
        return PREDICTION
    lines = [line for line in cell.source.splitlines() if line.strip()]
    return len(lines) * LINE + looking(cell)


def looking(cell: NotebookNode) -> float:
    """The minutes for what a cell shows."""
    if "_widget(" in cell.source:
        return LIVE
    data = [output.get("data", {}) for output in cell.outputs]
    if any("image/png" in each or "<img" in each.get("text/html", "") for each in data):
        return PICTURE
    return NUMBERS * bool(cell.outputs)


def rounded(cells: list[NotebookNode]) -> int:
    return max(1, round(minutes(cells)))


def total(notebook: NotebookNode) -> int:
    """The minutes of a whole notebook, to the next five."""
    return 5 * -(-sum(map(rounded, sections(notebook).values())) // 5)


def with_minutes(notebook: NotebookNode) -> NotebookNode:
    """The notebook with its minutes in the headings, the list of sections and the opening."""
    notebook = nbformat.from_dict(notebook)
    found = {title: rounded(cells) for title, cells in sections(notebook).items()}
    for cell in notebook.cells:
        if cell.cell_type != "markdown" or "instructor" in cell.metadata.get("tags", []):
            continue
        if cell.id == LIST:
            cell.source = listed(found)
        else:
            cell.source = HEADING.sub(lambda h: f"## {h[1]} ({found[h[1]]} min)", cell.source)
    notebook.cells[0].source = ALONE.sub(
        rf"\1 {total(notebook)} minutes", notebook.cells[0].source, count=1
    )
    return notebook


def listed(found: dict[str, int]) -> str:
    """A list of sections to be clicked; JupyterLab makes a heading's anchor from its text."""
    rows = [
        f"- [{title}](<#{f'{title} ({n} min)'.replace(' ', '-')}>) · {n} min"
        for title, n in found.items()
        if title != OPENING
    ]
    return "\n".join(["**Sections**", "", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.minutes")
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--table", action="store_true", help="write nothing, print the minutes")
    arguments = parser.parse_args()
    for path in arguments.notebooks:
        notebook = nbformat.read(path, as_version=4)
        cells = [c for cells in sections(notebook).values() for c in cells]
        print(f"{path.name}: {total(notebook)} minutes, {len(cells)} cells")
        if arguments.table:
            for title, cells in sections(notebook).items():
                print(f"  {minutes(cells):5.1f}  {len(cells):3}  {title}")
        else:
            path.write_text(nbformat.writes(with_minutes(notebook)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
