"""What a learner and an instructor are handed out."""

import pytest

from metacourse.course import edition as module
from metacourse.course.edition import edition, folded, for_learners, ours
from metacourse.course.files import read_notebook
from tests.course.small import code, notebook, packed, text, with_output

CHAPTER = "02a_the_factor.ipynb"


def tagged(cell, *tags, **metadata):
    return cell | {"metadata": {"tags": list(tags)} | metadata}


@pytest.fixture(scope="module")
def learners():
    return edition()


def test_a_checkout_has_the_notebooks_beside_the_package():
    assert ours() == module.PACKAGE.parent / "notebooks"


def test_an_installed_package_has_them_inside(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PACKAGE", tmp_path / "metacourse")
    for folder in (tmp_path / "metacourse" / "notebooks", tmp_path / "notebooks"):
        folder.mkdir(parents=True)
        (folder / CHAPTER).write_bytes(packed())
    assert ours() == tmp_path / "metacourse" / "notebooks"


def test_without_notebooks_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    with pytest.raises(FileNotFoundError, match="install metacourse again"):
        ours()


def test_all_that_the_notebooks_need_is_there(learners):
    names = {path.name for path in ours().glob("*.ipynb")}
    others = {name for name in learners if not name.startswith("kernels/")}
    assert others == names | {"results.json", "glossary.csv"}


def test_learners_get_no_outputs_and_no_instructors_cells(learners):
    for name in learners:
        for cell in read_notebook(learners[name])["cells"] if name.endswith(".ipynb") else ():
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None
            assert "instructor" not in cell["metadata"].get("tags", ())


def test_cells_keep_their_order_and_their_tags():
    cells = [
        text("a", "A"),
        tagged(text("b", "B"), "instructor"),
        tagged(code("c", "C"), "exercise"),
    ]
    assert for_learners(notebook(*cells)) == notebook(cells[0], cells[2])


def test_outputs_go_and_the_notebook_itself_stays_as_it_was():
    full = notebook(with_output(code("a", "1"), "1"))
    assert for_learners(full) == notebook(code("a", "1"))
    assert full == notebook(with_output(code("a", "1"), "1"))


@pytest.mark.parametrize("tag", ["spoiler", "resume"])
def test_the_code_of_a_spoiler_and_of_a_cell_to_start_by_is_folded(tag):
    cell = folded(tagged(code("a", "7"), tag, jupyter={"outputs_hidden": True}))
    assert cell["metadata"]["jupyter"] == {"outputs_hidden": True, "source_hidden": True}


def test_the_text_of_a_spoiler_has_to_be_opened():
    cell = folded(tagged(text("a", "It is *7*."), "spoiler"))
    assert cell["source"].startswith("<details><summary>")
    assert cell["source"].endswith("</summary>\n\nIt is *7*.\n\n</details>")


def test_other_cells_are_not_folded():
    assert folded(tagged(code("a", "1"), "exercise")) == tagged(code("a", "1"), "exercise")


def test_the_instructor_gets_all_cells_with_their_outputs():
    full = edition(instructor=True)
    for path in ours().glob("*.ipynb"):
        committed = read_notebook(path.read_bytes())
        assert read_notebook(full[path.name])["cells"] == committed["cells"]


def test_the_kernels_can_be_read_beside_the_notebooks(learners):
    first, _, rest = learners["kernels/linear_regression.py"].partition(b"\n")
    assert first == b"# A copy to read beside the chapter. Editing it changes nothing."
    assert rest == (module.PACKAGE / "linear_regression.py").read_bytes()


def test_nothing_in_the_folder_hides_the_installed_package(learners):
    beside = {name.partition("/")[0] for name in learners}
    assert {name for name in beside if name.startswith("metacourse")} == set()
    assert "kernels/__init__.py" not in learners
