"""A notebook as a page of the web edition: what a reader without a kernel should see of it."""

from collections.abc import Callable

from metacourse.course.files import Cell, Notebook
from metacourse.course.forms import tags
from metacourse.course.web.links import of_pages


def page(
    notebook: Notebook, *, instructor: bool = False, figure: Callable[[Cell], Cell]
) -> Notebook:
    """The notebook's cells as the page has them; `figure` puts in what was recorded of a cell."""
    cells = [cell for cell in notebook["cells"] if instructor or "instructor" not in tags(cell)]
    return notebook | {"cells": [figure(text(cell)) for cell in cells]}


def text(cell: Cell) -> Cell:
    """A text with the links of a page; any other cell as it is."""
    if cell["cell_type"] != "markdown":
        return cell
    return cell | {"source": of_pages(cell["source"])}
