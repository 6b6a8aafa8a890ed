"""The notebooks as somebody leaves them who has solved everything, and went back, and started late.

python -m tools.solved notebooks/*.ipynb FOLDER    every stub replaced by its solution; all cells
                                                   again, backwards; each section alone
"""

import argparse
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from metacourse.course.forms import CHECK
from tools.minutes import LIST, sections
from tools.notebooks import has_tag


def solved(notebook: NotebookNode) -> NotebookNode:
    """The notebook without outputs, each `exercise` cell replaced by the exercise's solution."""
    notebook = nbformat.from_dict(notebook)
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if has_tag(cell, "exercise"):
            call = following and CHECK.search(following.source)
            if not call:
                raise ValueError(
                    f"the cell after the exercise {cell.id!r} must call check(name, function)"
                )
            exercise, function = call.groups()
            cell.source = (
                f'from metacourse.checks import reference\n\n{function} = reference("{exercise}")'
            )
    return notebook


def backwards(notebook: NotebookNode) -> list[NotebookNode]:
    """All code cells of a notebook once more, the last one first: learners go back to a cell, and
    no later one may have taken a name that it needs."""
    return [again(cell, "again") for cell in notebook.cells if cell.cell_type == "code"][::-1]


def section_by_section(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells of each section alone, after nothing but the imports: a learner starts any of
    them on another day, by its cell with the tag `resume` where it needs one. (A notebook without a
    list of sections is read in one go.)"""
    opening, *found = sections(notebook).values()
    if LIST not in {cell.id for cell in opening}:
        return []
    imports = [cell for cell in opening if cell.cell_type == "code"]
    cells = []
    for number, section in enumerate(found):
        own = [cell for cell in section if cell.cell_type == "code"]
        forget = v4.new_code_cell("%reset -f", id="forget")
        cells += [again(cell, f"alone-{number}") for cell in (forget, *imports, *own)]
    return cells


def again(cell: NotebookNode, how: str) -> NotebookNode:
    return v4.new_code_cell(cell.source, id=f"{how}-{cell.id}"[:64])


def complete(notebook: NotebookNode) -> NotebookNode:
    """The notebook solved, then backwards, then section by section."""
    notebook = solved(notebook)
    notebook.cells += backwards(notebook) + section_by_section(notebook)
    return notebook


def write_solved(paths: list[Path], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in paths:
        nbformat.write(complete(nbformat.read(path, as_version=4)), folder / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.solved")
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    write_solved(arguments.notebooks, arguments.folder)


if __name__ == "__main__":
    main()
