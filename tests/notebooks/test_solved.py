"""tools.solved: solutions put in for exercises, cells run again, sections run alone."""

import nbformat
import pytest
from nbformat import v4

from tests.notebooks.small import exercise_notebook, small_notebook, write
from tools.solved import backwards, complete, section_by_section, solved, write_solved


def in_sections(*parts: str, listed: bool = True):
    """A notebook of an import, and of sections with a cell each; instructors have one as well."""
    cells = [v4.new_markdown_cell("# Title", id="title")]
    cells += [v4.new_markdown_cell("", id="sections")] * listed
    cells.append(v4.new_code_cell("import math", id="imports"))
    for number, source in enumerate(parts):
        cells.append(v4.new_markdown_cell(f"## {number}", id=f"heading-{number}"))
        cells.append(v4.new_code_cell(source, id=f"part-{number}"))
    return v4.new_notebook(cells=cells)


def test_a_stub_is_replaced_by_its_solution():
    cell = solved(exercise_notebook()).cells[0]
    assert cell.source.splitlines()[-1] == 'slope = reference("lines.slope")'
    compile(cell.source, "solution", "exec")


def test_a_cell_that_is_no_exercise_is_left_alone():
    notebook = exercise_notebook()
    assert solved(notebook).cells[1].source == notebook.cells[1].source


def test_an_exercise_without_a_check_is_refused():
    with pytest.raises(ValueError, match="cell-0"):
        solved(exercise_notebook(after="slope(1, 2)"))


def test_after_its_cells_a_notebook_has_them_once_more_the_last_one_first():
    assert [cell.source for cell in backwards(small_notebook("1", "2", "3"))] == ["3", "2", "1"]


def test_solved_notebooks_replace_what_lay_in_their_folder(tmp_path):
    path = write(exercise_notebook(), tmp_path / "chapter.ipynb")
    folder = tmp_path / "solved"
    folder.mkdir()
    (folder / "old.ipynb").touch()
    write_solved([path], folder)
    assert [entry.name for entry in folder.iterdir()] == ["chapter.ipynb"]


def test_each_section_is_run_alone_after_nothing_but_the_imports():
    alone = [cell.source for cell in section_by_section(in_sections("x = 1", "print(x)"))]
    once = ["%reset -f", "import math"]
    assert alone == [*once, "x = 1", *once, "print(x)"]


def test_a_notebook_without_a_list_of_sections_is_read_in_one_go():
    assert section_by_section(in_sections("x = 1", listed=False)) == []


def test_all_of_it_is_one_notebook_with_an_id_for_each_cell():
    whole = complete(in_sections("x = 1", "print(2)"))
    sources = [cell.source for cell in whole.cells if cell.cell_type == "code"]
    assert sources[:6] == ["import math", "x = 1", "print(2)", "print(2)", "x = 1", "import math"]
    assert len(sources) == 12
    assert len({cell.id for cell in whole.cells}) == len(whole.cells)
    nbformat.validate(whole)
