"""The notebooks as Colab opens them: a first cell installs the course, and links lead on."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from metacourse.course.edition import edition
from metacourse.course.files import Cell, Notebook, notebook_bytes, read_notebook
from metacourse.course.web.repository import Repository, archive, on_colab, program

FIRST = """\
# Colab lends a machine that does not know the course. Run this cell first, for half a minute.
%pip install -q {archive}
from metacourse.course.colab import ready

ready()"""
LINK = re.compile(r"\]\((?:<(?P<bracketed>[^>]+)>|(?P<bare>[^()\s]+))\)")
PROGRAM = re.compile(r"(?:kernels|\.\./metacourse)/(?P<path>[\w/]+\.py)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
Anchors = Mapping[str, Mapping[str, str]]


def copies(repository: Repository) -> dict[str, bytes]:
    """The learner's notebooks with what Colab needs: {name: content}."""
    notebooks = {
        name: read_notebook(data) for name, data in edition().items() if name.endswith(".ipynb")
    }
    anchors = {name: anchors_of(notebook) for name, notebook in notebooks.items()}
    return {
        name: notebook_bytes(copy(notebook, name, anchors, repository))
        for name, notebook in notebooks.items()
    }


def copy(notebook: Notebook, name: str, anchors: Anchors, repository: Repository) -> Notebook:
    """A notebook with the first cell, and with ids where Colab looks for them.

    anchors: {notebook: {heading as linked to: id of its cell}} of all notebooks.
    """
    cells = [first(repository), *notebook["cells"]]
    return notebook | {"cells": [as_on_colab(cell, name, anchors, repository) for cell in cells]}


def first(repository: Repository) -> Cell:
    """The cell that installs the course."""
    source = FIRST.format(archive=archive(repository))
    empty = {"execution_count": None, "metadata": {}, "outputs": []}
    return {"cell_type": "code", "id": "colab", "source": source} | empty


def as_on_colab(cell: Cell, name: str, anchors: Anchors, repository: Repository) -> Cell:
    cell = cell | {"metadata": cell["metadata"] | {"id": cell["id"]}}
    if cell["cell_type"] != "markdown":
        return cell

    def led_on(found: re.Match) -> str:
        target = found["bracketed"] or found["bare"]
        return f"]({address(target, name, anchors, repository)})"

    return cell | {"source": LINK.sub(led_on, cell["source"])}


def anchors_of(notebook: Notebook) -> dict[str, str]:
    """{heading as JupyterLab's links name it: id of the cell in which it stands}."""
    return {
        heading.replace(" ", "-"): cell["id"]
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for heading in HEADING.findall(cell["source"])
    }


def address(target: str, name: str, anchors: Anchors, repository: Repository) -> str:
    """Where a link of a notebook leads on Colab: programs to GitHub, headings to their cells."""
    if found := PROGRAM.fullmatch(target):
        return program(repository, found["path"])
    file, _, heading = target.partition("#")
    if (file or name) not in anchors:
        return target
    page = on_colab(repository, file) if file else ""
    cell = anchors[file or name].get(unquote(heading))
    return f"{page}#scrollTo={cell}" if cell else page
