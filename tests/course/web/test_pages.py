"""What a reader without a kernel sees of a notebook's cells."""

import pytest

from metacourse.course.forms import PROGRESS, tags
from tests.course.web.pages_of import NAMES, cell, cells, everything, shown


@pytest.mark.parametrize("name", NAMES)
def test_no_page_speaks_of_an_attempt_or_asks_to_run_a_cell(name):
    text = everything(name)
    assert "Not attempted yet" not in text
    assert "Run this cell" not in text
    assert "has not passed here yet" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_instructors_cells_are_left_out(name):
    assert not [each["id"] for each in cells(name) if "instructor" in tags(each)]


def test_in_the_instructors_edition_they_stand_in_a_box():
    source = cell("02a_the_factor", "instructor-opening", instructor=True)["source"]
    assert source.startswith("::::{admonition} For the instructor\n")
    assert "**Plan, 75 minutes.**" in source
    assert "**For the instructor.**" not in source


def test_what_tells_of_one_machine_is_left_out():
    assert cell("00_start_here", "machine-table")["outputs"] == []
    assert cell("00_start_here", "sign-of-life")["outputs"] == []


def test_imports_and_what_a_later_start_needs_are_folded():
    for name in ("imports", "resume-steps"):
        assert "hide-input" in tags(cell("02a_the_factor", name))


def test_a_text_that_reads_a_result_is_folded():
    source = cell("01b_learning_to_learn", "seeds-read")["source"]
    opening = '<details class="metacourse-fold"><summary>What it shows (look first)</summary>\n\n'
    assert source.startswith(opening)
    assert source.endswith("\n\n</details>")


def test_a_statement_does_not_say_how_to_call_for_a_hint():
    assert "hint(" not in cell("02a_the_factor", "exercise-gradient")["source"]
    assert "hint(" not in cell("02a_the_factor", "exercise-adapt")["source"]


@pytest.mark.parametrize("name", [name for name in NAMES if name[0].isdigit()])
def test_a_page_of_a_chapter_says_what_was_answered(name):
    tables = [each for each in cells(name) if PROGRESS.search(each["source"])]
    assert ["metacourse-progress" in shown(each) for each in tables] == [True]
