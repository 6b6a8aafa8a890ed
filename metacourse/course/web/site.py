"""The site: pages and recordings are written into a folder, of which Sphinx makes HTML."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from metacourse.course.edition import ours
from metacourse.course.files import Cell, Notebook, notebook_bytes, read_notebook
from metacourse.course.web import figures, recordings, strings
from metacourse.course.web.pages import page
from metacourse.places import named

HERE = Path(__file__).parent
MATHJAX = HERE.parent / "classroom" / "reveal" / "tex-svg-full.js"


def cached() -> Path:
    """Where recordings are kept from one build to the next: METACOURSE_RECORDINGS, or the cache."""
    usual = platformdirs.user_cache_path("metacourse", appauthor=False) / "recordings"
    return named("METACOURSE_RECORDINGS", lambda: usual).resolve()


def build(target: Path, *, recorded: Path, instructor: bool = False) -> Iterator[str]:
    """Build the site in `target`, with the recordings kept in `recorded`; yields what is done."""
    source = target.with_name(f"{target.name}-source")
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE / "sphinx", source)
    shutil.copytree(HERE / "static", source / "_static")
    (source / "_static" / "strings.js").write_text(strings.script(), encoding="utf-8")
    (source / "_static" / "mathjax").mkdir()
    shutil.copy(MATHJAX, source / "_static" / "mathjax")
    for path in sorted(ours().glob("*.ipynb")):
        yield f"{path.name}"
        recordings.record(path, recorded)
        write_page(path, source, recorded, instructor)
    shutil.copytree(ours() / "images", source / "images")
    names = "\n".join(path.stem for path in sorted(ours().glob("*.ipynb")))
    (source / "index.md").write_text(f"# metacourse\n\n```{{toctree}}\n{names}\n```\n", "utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "auto"]
    subprocess.run([*command, str(source), str(target)], check=True)
    yield f"The web edition is in {target}: open index.html."


def write_page(path: Path, source: Path, recorded: Path, instructor: bool) -> None:
    """Write a notebook's page, and a file for each of its recordings."""
    notebook = read_notebook(path.read_bytes())
    folder = recordings.folder_of(path, recorded)
    scripts = source / "_static" / "recordings"
    scripts.mkdir(exist_ok=True)

    def figure(cell: Cell) -> Cell:
        found = list(recordings.recordings(cell, folder)) if cell["cell_type"] == "code" else []
        blocks = []
        for n, recording in enumerate(found):
            name = f"{path.stem}-{cell['id']}-{n}"
            text = figures.script(recording, name)
            (scripts / f"{name}.js").write_text(text, encoding="utf-8")
            blocks.append(figures.block(recording, name))
        return with_blocks(cell, blocks)

    made: Notebook = page(notebook, instructor=instructor, figure=figure)
    (source / path.name).write_bytes(notebook_bytes(made))


def with_blocks(cell: Cell, blocks: list[str]) -> Cell:
    """The cell with recorded figures in the place of the static ones, in their order."""
    left, outputs = list(blocks), []
    for output in cell.get("outputs", []):
        if left and "text/html" in output.get("data", {}):
            output = output | {"data": output["data"] | {"text/html": left.pop(0)}}
        outputs.append(output)
    return cell | {"outputs": outputs} if blocks else cell
