"""What is handed out: the notebooks in the learner's or the instructor's form, kernels to read."""

import platform
from pathlib import Path

from metacourse.course.files import Cell, Notebook, notebook_bytes, read_notebook
from metacourse.course.forms import tags

PACKAGE = Path(__file__).resolve().parents[1]
BESIDE = ("results.json", "glossary.csv")  # what the notebooks read, and flashcards
OPEN = "<details><summary>What came out: run the cells above first, then open this.</summary>"
PYTHON = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}  # as the kernel describes itself
TO_READ = b"# A copy to read beside the chapter. Editing it changes nothing.\n"


def ours() -> Path:
    """The folder of the course's notebooks: in the installed package, or beside it in a checkout.

    Raises FileNotFoundError if it is not there.
    """
    for folder in (PACKAGE / "notebooks", PACKAGE.parent / "notebooks"):
        if any(folder.glob("*.ipynb")):
            return folder
    raise FileNotFoundError("the notebooks of the course are missing: install metacourse again")


def chapters() -> dict[str, Path]:
    """The notebooks of the chapters in their order, each by its number: "02a"."""
    return {path.name.partition("_")[0]: path for path in sorted(ours().glob("[0-9]*.ipynb"))}


def edition(*, instructor: bool = False) -> dict[str, bytes]:
    """All files of the learner's edition, or of the instructor's full one: {name: content}."""
    source = ours()
    paths = sorted(source.glob("*.ipynb"))
    form = full if instructor else for_learners
    notebooks = {
        path.name: notebook_bytes(as_opened(form(read_notebook(path.read_bytes()))))
        for path in paths
    }
    beside = {name: (source / name).read_bytes() for name in BESIDE}
    return notebooks | beside | kernels()


def kernels() -> dict[str, bytes]:
    """Copies of the kernels, to be read beside the chapters; nothing imports them."""
    paths = sorted(path for path in PACKAGE.glob("*.py") if not path.name.startswith("__"))
    return {f"kernels/{path.name}": TO_READ + path.read_bytes() for path in paths}


def full(notebook: Notebook) -> Notebook:
    """With outputs and with the instructor's cells: as it is committed."""
    return notebook


def for_learners(notebook: Notebook) -> Notebook:
    """Without outputs, without the instructor's cells, with spoilers and `resume` cells folded."""
    cells = [cell for cell in notebook["cells"] if "instructor" not in tags(cell)]
    return notebook | {"cells": [folded(without_outputs(cell)) for cell in cells]}


def as_opened(notebook: Notebook) -> Notebook:
    """With what JupyterLab writes into a notebook that it opens, so that opening changes none."""
    return notebook | {"metadata": notebook["metadata"] | {"language_info": PYTHON}}


def without_outputs(cell: Cell) -> Cell:
    return cell | {"outputs": [], "execution_count": None} if "outputs" in cell else cell


def folded(cell: Cell) -> Cell:
    """The cell; if it is a spoiler, its text under a line to open it by, or its code folded; so is
    the code that makes what a section needs for those who start there.

    (JupyterLab unfolds a folded text when all cells are run, and shows its first line always.)
    """
    if not {"spoiler", "resume"} & {*tags(cell)}:
        return cell
    if cell["cell_type"] == "markdown":
        return cell | {"source": f"{OPEN}\n\n{cell['source']}\n\n</details>"}
    fold = cell["metadata"].get("jupyter", {}) | {"source_hidden": True}
    return cell | {"metadata": cell["metadata"] | {"jupyter": fold}}
