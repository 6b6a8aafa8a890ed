"""The pages that no notebook is the source of: the landing page, progress, programs."""

from collections.abc import Iterator
from pathlib import Path

from metacourse.course.files import Cell, notebook_bytes, read_notebook
from metacourse.course.web import contents, kernels, strings
from metacourse.course.web.forms.progress import progress

FIRST_FIGURE = "02a_the_factor", "descent"  # that a reader meets: notebook and cell


def write_programs(source: Path, names: list[str]) -> None:
    for name in names:
        path = source / "kernels" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(kernels.page(name), encoding="utf-8")
    (source / "kernels" / "index.md").write_text(kernels.contents(names), encoding="utf-8")


def write_index(source: Path, paths: list[Path]) -> None:
    """Write the landing page, which has a live figure, and the page of the reader's progress."""
    answered = strings.prose("progress").replace("%progress%", progress())
    (source / "progress.md").write_text(answered, encoding="utf-8")
    stems = [path.stem for path in paths]
    beside = [name for name in contents.BESIDE if name in stems]
    text = strings.prose("index").replace("%table%", contents.table(paths))
    text = text.replace("%trees%", contents.trees(paths, [*beside, "progress", "kernels/index"]))
    before, after = text.split("%figure%")
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    cells = [written("before", before), *landing_figure(source), written("after", after)]
    (source / "index.ipynb").write_bytes(notebook_bytes(notebook | {"cells": cells}))


def written(name: str, text: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def landing_figure(source: Path) -> Iterator[Cell]:
    """The cell of the first figure as its page has it, without its program."""
    stem, name = FIRST_FIGURE
    path = source / f"{stem}.ipynb"
    for cell in read_notebook(path.read_bytes())["cells"] if path.exists() else ():
        if cell["id"] == name:
            yield cell | {"metadata": {"tags": ["remove-input"]}}
