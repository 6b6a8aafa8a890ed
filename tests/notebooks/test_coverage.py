"""docs/coverage.md names cells that there are."""

import re
from pathlib import Path

import nbformat
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| [\d.–, ]+ \|", line)]


def cells(name):
    (path,) = (REPOSITORY / "notebooks").glob(f"{name}_*.ipynb")
    return {cell.id for cell in nbformat.read(path, as_version=4).cells}


def places(row):
    """(notebook, cell) of the third column; a cell without a notebook is in the last one named."""
    where, notebook = row.split(" | ")[2], None
    for found in re.finditer(r"(\d\d[a-d]?) `([\w-]+)`|`([\w-]+)`", where):
        notebook = found[1] or notebook
        yield notebook, found[2] or found[3]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_says_where_or_what_is_open(row):
    where = row.split(" | ")[2]
    assert [*places(row)] or re.fullmatch(r"open: \d\d(, \d\d)*", where)


@pytest.mark.parametrize(("notebook", "cell"), [place for row in ROWS for place in places(row)])
def test_a_named_cell_is_in_its_notebook(notebook, cell):
    assert cell in cells(notebook)
