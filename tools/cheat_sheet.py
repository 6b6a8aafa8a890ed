"""The cards of all notebooks, what to keep of each, on one page to print.

python -m tools.cheat_sheet    write notebooks/cheat_sheet.ipynb
"""

import re

import nbformat
from nbformat import NotebookNode, v4

from tools.notebooks import METADATA, REPOSITORY, has_tag

NOTEBOOKS = REPOSITORY / "notebooks"
PAGE = NOTEBOOKS / "cheat_sheet.ipynb"
OPENING = """# Cheat-sheet

What to keep of each notebook, in the order of the course. The words are those of the
[glossary](glossary.ipynb)."""


def sheet() -> NotebookNode:
    """One markdown cell a card, under the title of its notebook."""
    cells = [v4.new_markdown_cell(OPENING, id="title")]
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
        for cell in notebook.cells:
            if has_tag(cell, "card"):
                body = re.sub(r"^## .*\n+", "", cell.source)
                number = path.name.partition("_")[0]
                cells.append(v4.new_markdown_cell(f"## {title}\n\n{body}", id=f"card-{number}"))
    return v4.new_notebook(cells=cells, metadata=METADATA)


def main() -> None:
    PAGE.write_text(nbformat.writes(sheet()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
