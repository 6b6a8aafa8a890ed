"""The pages of the course's notebooks, and what of a page is plain to read."""

import re
from functools import cache

from metacourse.course.edition import ours
from metacourse.course.files import Cell, read_notebook
from metacourse.course.web.pages import page

NAMES = sorted(path.stem for path in ours().glob("*.ipynb"))
DATA = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


@cache
def cells(name: str, *, instructor: bool = False) -> list[Cell]:
    """The cells of a page, no figure of which is recorded."""
    notebook = read_notebook((ours() / f"{name}.ipynb").read_bytes())
    return page(notebook, instructor=instructor, figure=lambda cell: cell)["cells"]


def shown(cell: Cell) -> str:
    """All that a cell brings into the page: its text or its outputs, without pictures."""
    if cell["cell_type"] != "code":
        return cell["source"]
    outputs = ["".join(output.get("text", "")) for output in cell["outputs"]]
    pages = [output.get("data", {}).get("text/html", "") for output in cell["outputs"]]
    return re.sub(
        r'src="data:[^"]*"', "", "\n".join(filter(None, [*outputs, *map("".join, pages)]))
    )


def everything(name: str) -> str:
    return "\n".join(cell["source"] + "\n" + shown(cell) for cell in cells(name))


def cell(name: str, identity: str, **kind) -> Cell:
    return next(each for each in cells(name, **kind) if each["id"] == identity)
