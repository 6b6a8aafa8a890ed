"""What Sphinx reads: a page of each notebook, its recordings, and the files of the site."""

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from metacourse.course.edition import ours
from metacourse.course.files import Cell, Notebook, notebook_bytes, read_notebook
from metacourse.course.web import (
    card,
    doors,
    figures,
    kernels,
    landing,
    links,
    programs,
    recordings,
    strings,
    terms,
)
from metacourse.course.web.doors import Doors
from metacourse.course.web.pages import page

HERE = Path(__file__).parent
REVEAL = HERE.parent / "classroom" / "reveal"
MATHJAX = "tex-svg-full.js", "LICENSE.MathJax"  # what of it draws formulas


class Wanted(NamedTuple):
    """What kind of site: with the instructor's cells, the address it will have, ways to run it."""

    instructor: bool = False
    base_url: str = ""
    doors: Doors = Doors()


def write_source(source: Path, paths: list[Path], recorded: Path, wanted: Wanted) -> None:
    """Write all that Sphinx reads."""
    shutil.copytree(HERE / "sphinx", source)
    shutil.copytree(HERE / "static", source / "_static")
    (source / "_static" / "mathjax").mkdir()
    for name in MATHJAX:
        shutil.copy(REVEAL / name, source / "_static" / "mathjax")
    shutil.copytree(ours() / "images", source / "images")
    (source / "_static" / "strings.js").write_text(strings.script(), encoding="utf-8")
    if wanted.base_url:
        card.write(source / "_static")
    (source / "wanted.json").write_text(json.dumps({"base_url": wanted.base_url}), "utf-8")
    linked: set[str] = set()
    for path in paths:
        write_page(path, source, recorded, wanted)
        linked |= links.programs(path.read_text(encoding="utf-8"))
    landing.write_programs(source, kernels.names(linked))
    landing.write_index(source, paths)


def write_page(path: Path, source: Path, recorded: Path, wanted: Wanted) -> None:
    """Write a notebook's page, and a file for each of its recordings."""
    notebook, name = read_notebook(path.read_bytes()), path.stem
    folder = recordings.folder_of(path, recorded)

    def figure(cell: Cell) -> Cell:
        found = recordings.recordings(cell, folder) if cell["cell_type"] == "code" else ()
        return with_blocks(cell, list(blocks(found, source / "_static")))

    if name == "glossary":
        notebook = terms.with_targets(notebook)
    made: Notebook = page(notebook, instructor=wanted.instructor, figure=figure)
    title, *others = made["cells"]
    nothing_runs = {"cheat_sheet": doors.to_print(), "glossary": doors.flashcards()}
    below = nothing_runs.get(name) or doors.cell(path.name, wanted.doors)
    (source / path.name).write_bytes(notebook_bytes(made | {"cells": [title, below, *others]}))


def blocks(found: Iterable[dict], static: Path) -> Iterator[str]:
    """The HTML of each recorded figure of a cell, the rest of which is written into `static`."""
    for recording in found:
        path = static / "recordings" / f"{figures.name_of(recording)}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(figures.script(recording, path.stem), encoding="utf-8")
        programs.write(recording, static / "programs")
        yield figures.block(recording, path.stem)


def with_blocks(cell: Cell, blocks: list[str]) -> Cell:
    """The cell with recorded figures in the place of the static ones, in their order."""
    left, outputs = list(blocks), []
    for output in cell.get("outputs", []):
        if left and "text/html" in output.get("data", {}):
            output = output | {"data": output["data"] | {"text/html": left.pop(0)}}
        outputs.append(output)
    return cell | {"outputs": outputs} if blocks else cell
