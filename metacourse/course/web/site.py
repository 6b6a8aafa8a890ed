"""The site: pages and recordings are written into a folder, of which Sphinx makes HTML."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import platformdirs

from metacourse.course.classroom import Unclear
from metacourse.course.edition import for_learners, ours
from metacourse.course.files import Cell, Notebook, notebook_bytes, read_notebook
from metacourse.course.web import (
    card,
    colab,
    contents,
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
from metacourse.places import named

HERE = Path(__file__).parent
REVEAL = HERE.parent / "classroom" / "reveal"
MATHJAX = "tex-svg-full.js", "LICENSE.MathJax"  # what of it draws formulas
NOT_NEEDED = "*.map", "objects.inv", ".buildinfo", "*webpack-macros.html"


class Wanted(NamedTuple):
    """What kind of site: with the instructor's cells, the address it will have, ways to run it."""

    instructor: bool = False
    base_url: str = ""
    doors: Doors = Doors()


LEARNERS = Wanted()


def cached() -> Path:
    """Where recordings are kept from one build to the next: METACOURSE_RECORDINGS, or the cache."""
    usual = platformdirs.user_cache_path("metacourse", appauthor=False) / "recordings"
    return named("METACOURSE_RECORDINGS", lambda: usual).resolve()


def build(
    target: Path,
    *,
    recorded: Path,
    wanted: Wanted = LEARNERS,
    names: set[str] | None = None,
    run: bool = True,
) -> Iterator[str]:
    """Build the site in `target`, with the recordings kept in `recorded`; yields what is done.

    Of the notebooks with these stems only, if `names` are given; then links may lead nowhere. With
    `run` off no notebook is run: a figure that has not been recorded stands still.
    Raises Unclear where `target` holds something else, an address is none, a notebook fails or
    Sphinx complains, and OSError where nothing can be written; an older site then stays.
    """
    doors.check(wanted.doors, wanted.base_url)
    if not may_be_replaced(target):
        raise Unclear(f"{target} holds something else than a web edition: choose another --folder")
    if target.is_mount():
        raise Unclear(f"a disk begins at {target}: choose a --folder inside, as {target / 'site'}")
    paths = contents.notebooks(names)
    target.parent.mkdir(parents=True, exist_ok=True)
    if run:
        yield from recordings.record_all(paths, recorded)
    with TemporaryDirectory(dir=target.parent, prefix=".metacourse-web-") as scratch:
        source, made = Path(scratch, "source"), Path(scratch, "made")
        write_source(source, paths, recorded, wanted)
        yield f"Pages of {len(paths)} notebooks are made, which takes half a minute"
        run_sphinx(source, made, strict=names is None)
        finish(made, paths, wanted.doors)
        if wanted.base_url:
            card.write(made)
        put(made, target, aside=Path(scratch, "older"))
    yield f"The web edition is in {target}: open {target / 'index.html'}"


def may_be_replaced(target: Path) -> bool:
    """Whether a folder is not there, empty, or an older site."""
    if not target.exists():
        return True
    return target.is_dir() and (not any(target.iterdir()) or (target / "_static/live.js").exists())


def put(made: Path, target: Path, *, aside: Path) -> None:
    """Put a site in the place of the older one, which is whole until then."""
    if target.exists():
        os.replace(target, aside)
    os.replace(made, target)


def write_source(source: Path, paths: list[Path], recorded: Path, wanted: Wanted) -> None:
    """Write all that Sphinx reads."""
    shutil.copytree(HERE / "sphinx", source)
    shutil.copytree(HERE / "static", source / "_static")
    (source / "_static" / "mathjax").mkdir()
    for name in MATHJAX:
        shutil.copy(REVEAL / name, source / "_static" / "mathjax")
    shutil.copytree(ours() / "images", source / "images")
    (source / "_static" / "strings.js").write_text(strings.script(), encoding="utf-8")
    (source / "wanted.json").write_text(json.dumps({"base_url": wanted.base_url}), "utf-8")
    linked: set[str] = set()
    for path in paths:
        write_page(path, source, recorded, wanted)
        linked |= links.programs(path.read_text(encoding="utf-8"))
    landing.write_programs(source, kernels.names(linked))
    landing.write_index(source, paths)


def run_sphinx(source: Path, made: Path, *, strict: bool) -> None:
    """Make HTML of the pages; with `strict`, a warning is an error."""
    command = [sys.executable, "-m", "sphinx", "-q", "-j", "auto", "-d", str(source / ".doctrees")]
    command += ["-W", "--keep-going"] if strict else []
    if subprocess.run([*command, str(source), str(made)]).returncode:
        raise Unclear("the pages could not be made: the lines above say which and why")


def finish(made: Path, paths: list[Path], ways: Doors) -> None:
    """Add the notebooks to download and those for Colab, take away what no page asks for."""
    files = {
        f"{doors.FOLDER}/{path.name}": notebook_bytes(
            for_learners(read_notebook(path.read_bytes()))
        )
        for path in paths
    }
    files |= {doors.FLASHCARDS: (ours() / doors.FLASHCARDS).read_bytes()}
    if ways.repository:
        files |= {f"{doors.COPIES}/{name}": data for name, data in colab.copies(ways).items()}
    for name, data in files.items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_bytes(data)
    for pattern in NOT_NEEDED:
        for path in made.rglob(pattern):
            path.unlink()
    for folder in ("_sources", "_static/locales"):
        shutil.rmtree(made / folder, ignore_errors=True)


def write_page(path: Path, source: Path, recorded: Path, wanted: Wanted) -> None:
    """Write a notebook's page, and a file for each of its recordings."""
    notebook = read_notebook(path.read_bytes())
    folder = recordings.folder_of(path, recorded)
    scripts = source / "_static" / "recordings"
    scripts.mkdir(exist_ok=True)

    def figure(cell: Cell) -> Cell:
        found = list(recordings.recordings(cell, folder)) if cell["cell_type"] == "code" else []
        blocks = []
        for recording in found:
            name = figures.name_of(recording)
            text = figures.script(recording, name)
            (scripts / f"{name}.js").write_text(text, encoding="utf-8")
            programs.write(recording, source / "_static" / "programs")
            blocks.append(figures.block(recording, name))
        return with_blocks(cell, blocks)

    if path.stem == "glossary":
        notebook = terms.with_targets(notebook)
    made: Notebook = page(notebook, instructor=wanted.instructor, figure=figure)
    title, *others = made["cells"]
    special = {
        "cheat_sheet": doors.to_print(),
        "glossary": doors.flashcards(),
    }  # nothing runs there
    below = special.get(path.stem) or doors.cell(path.name, wanted.doors)
    (source / path.name).write_bytes(notebook_bytes(made | {"cells": [title, below, *others]}))


def with_blocks(cell: Cell, blocks: list[str]) -> Cell:
    """The cell with recorded figures in the place of the static ones, in their order."""
    left, outputs = list(blocks), []
    for output in cell.get("outputs", []):
        if left and "text/html" in output.get("data", {}):
            output = output | {"data": output["data"] | {"text/html": left.pop(0)}}
        outputs.append(output)
    return cell | {"outputs": outputs} if blocks else cell
