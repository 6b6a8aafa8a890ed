"""The notebooks as Colab opens them: a first cell installs the course, and links lead on."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from metacourse.course.edition import edition
from metacourse.course.files import Cell, Notebook, notebook_bytes, read_notebook
from metacourse.course.web.doors import Doors, archive, on_colab, program
from metacourse.course.web.links import anchor

FIRST = """\
# Colab lends a machine that does not know the course. Run this cell first, for half a minute.
%pip install -q {archive}
from metacourse.course.colab import ready

ready()"""
LINK = re.compile(r"\]\((?:<(?P<bracketed>[^>]+)>|(?P<bare>[^()\s]+))\)")
PROGRAM = re.compile(r"(?:kernels|\.\./metacourse)/(?P<path>[\w/]+\.py)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
Anchors = Mapping[str, Mapping[str, str]]


def copies(doors: Doors) -> dict[str, bytes]:
    """The learner's notebooks with what Colab needs: {name: content}."""
    notebooks = {
        name: read_notebook(data) for name, data in edition().items() if name.endswith(".ipynb")
    }
    anchors = {name: anchors_of(notebook) for name, notebook in notebooks.items()}
    return {
        name: notebook_bytes(copy(notebook, name, anchors, doors))
        for name, notebook in notebooks.items()
    }


def copy(notebook: Notebook, name: str, anchors: Anchors, doors: Doors) -> Notebook:
    """A notebook with the first cell if it has programs, and with ids where Colab looks for them.

    anchors: {notebook: {name of a heading: id of its cell}} of all notebooks.
    """
    runs = any(cell["cell_type"] == "code" for cell in notebook["cells"])
    cells = [*([first(doors)] if runs else []), *notebook["cells"]]
    return notebook | {"cells": [as_on_colab(cell, name, anchors, doors) for cell in cells]}


def first(doors: Doors) -> Cell:
    """The cell that installs the course."""
    source = FIRST.format(archive=archive(doors))
    empty = {"execution_count": None, "metadata": {}, "outputs": []}
    return {"cell_type": "code", "id": "colab", "source": source} | empty


def as_on_colab(cell: Cell, name: str, anchors: Anchors, doors: Doors) -> Cell:
    cell = cell | {"metadata": cell["metadata"] | {"id": cell["id"]}}
    if cell["cell_type"] != "markdown":
        return cell

    def led_on(found: re.Match) -> str:
        target = found["bracketed"] or found["bare"]
        return f"]({address(target, name, anchors, doors)})"

    return cell | {"source": LINK.sub(led_on, cell["source"])}


def anchors_of(notebook: Notebook) -> dict[str, str]:
    """{name of a heading in links: id of the cell in which it stands}."""
    return {
        anchor(heading): cell["id"]
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for heading in HEADING.findall(cell["source"])
    }


def address(target: str, name: str, anchors: Anchors, doors: Doors) -> str:
    """Where a link of a notebook leads on Colab: programs to GitHub, headings to their cells."""
    if found := PROGRAM.fullmatch(target):
        return program(doors, found["path"])
    file, _, heading = target.partition("#")
    if (file or name) not in anchors:
        return target
    page = on_colab(doors, file) if file else ""
    cell = anchors[file or name].get(anchor(unquote(heading)))
    return f"{page}#scrollTo={cell}" if cell else page
