"""What a notebook says to somebody who runs it, as its page says it."""

import re

import pytest

from metacourse.course.edition import ours
from metacourse.course.files import read_notebook
from metacourse.course.forms import tags
from metacourse.course.web import strings, wording
from metacourse.course.web.contents import question_of
from tests.course.web.pages_of import NAMES, cell, cells

FOR_WHO_RUNS_IT = re.compile(
    r"run the cell|[Rr]un the last cell|Run All|Shift \+|if it has passed|if you have passed"
    r"|cell says so|as soon as it has passed|file browser|on this machine, without"
)
CAPSTONE = strings.load()["forms"]["capstone"]


def texts(name):
    notebook = read_notebook((ours() / f"{name}.ipynb").read_bytes())
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def test_all_words_that_pages_change_stand_in_one_text():
    all_texts = [text for name in NAMES for text in texts(name)]
    for words, _ in wording.changes():
        assert sum(bool(words.search(text)) for text in all_texts) == 1, words.pattern


@pytest.mark.parametrize("name", NAMES)
def test_no_page_asks_for_what_only_a_notebook_can_do(name):
    for each in cells(name):
        if each["cell_type"] == "markdown":
            assert not FOR_WHO_RUNS_IT.search(each["source"]), each["id"]


def test_words_are_changed_however_their_lines_are_broken():
    source = cell("01a_tasks", "game-bar")["source"]
    assert source.endswith("the line under the game counts yours.")


def test_the_landing_page_asks_what_the_page_of_a_notebook_asks():
    notebook = read_notebook((ours() / "00_start_here.ipynb").read_bytes())
    assert question_of(notebook) == "How is this course used?"


def test_a_capstone_without_lines_to_choose_says_where_it_can_be_tried():
    assert cell("09c_a_leg_breaks", "statement-capstone")["source"].endswith(f"\n\n{CAPSTONE}")
    assert CAPSTONE not in cell("02b_two_optima", "statement-maml")["source"]


def test_the_program_of_our_own_try_at_a_capstone_is_folded():
    assert "hide-cell" in tags(cell("10a_one_person_one_task", "capstone-ours"))


def test_all_imports_of_a_page_stand_in_one_program():
    found = [each for each in cells("05c_the_course_on_one_page") if "imports" in each["id"]]
    assert [each["id"] for each in found] == ["imports"]
    assert "import torch" in found[0]["source"]
    assert "from metacourse.trained" in found[0]["source"]
