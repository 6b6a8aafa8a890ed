"""The report on a class as a page and as a table: counts with pictures, and nobody's name."""

import csv
import re

import pytest

from metacourse.course.classroom.class_report import NAMELESS, Exercise, assignments, sentence
from metacourse.course.classroom.report_page import WIDTH, bars, mistakes, page, table
from metacourse.course.command import main
from tests.course.classroom.graded import error, failed, graded, hand_in, passed

ADAPT, GRADIENT = "linear_regression.adapt", "linear_regression.gradient"


@pytest.fixture
def course(tmp_path):
    """Three hand-ins, one of which cannot be read."""
    hand_in(tmp_path, "ann-lee", passed(ADAPT), failed(GRADIENT, 1))
    hand_in(tmp_path, "bob", failed(ADAPT, 0), graded(GRADIENT, error("NameError")))
    hand_in(tmp_path, "carol").write_text("{", encoding="utf-8")
    return tmp_path


def test_the_command_writes_page_and_table_and_says_what_is_missing(course, capsys):
    assert main(["report", str(course)]) == 0
    said = capsys.readouterr().out
    assert "hw1: 3 hand-ins" in said
    assert f"not counted: {course / 'autograded' / 'carol' / 'hw1' / '02a.ipynb'}" in said
    assert (course / "report.html").read_text(encoding="utf-8") == page(assignments(course))
    assert (course / "report.csv").read_text(encoding="utf-8") == table(assignments(course))


def test_a_folder_with_nothing_to_report_gets_a_sentence(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"metacourse: {tmp_path} holds no assignment")


def test_a_bar_has_a_piece_for_each_state_as_wide_as_its_share():
    exercise = Exercise(10)
    exercise.states.update(passed=3, failed=1)
    assert [(bar.state, bar.left, bar.width) for bar in bars(exercise)] == [
        ("passed", 0, WIDTH * 3 / 4),
        ("failed", WIDTH * 3 / 4, WIDTH / 4),
    ]


def test_every_bar_has_its_counts_as_alternative_text(course):
    labels = re.findall(r'role="img" aria-label="([^"]+)"', page(assignments(course)))
    assert labels == [f"{GRADIENT}: 1 failed, 1 no answer", f"{ADAPT}: 1 passed, 1 failed"]


def test_mistakes_are_ranked_and_slips_with_one_sentence_are_one_mistake():
    exercise = Exercise(10)
    exercise.mistakes.update({None: 9, 0: 1, 3: 2, 5000: 2, 6000: 2})
    unknown = sentence(ADAPT, 5000)
    assert mistakes(ADAPT, exercise) == [
        (4, unknown),
        (2, sentence(ADAPT, 3)),
        (1, sentence(ADAPT, 0)),
        (9, NAMELESS),
    ]


def test_neither_page_nor_table_names_a_learner(course):
    for text in (page(assignments(course)), table(assignments(course))):
        assert not re.search("ann-lee|bob|carol", text)


def test_the_page_needs_nothing_but_itself(course):
    assert not re.search(r"https?:|src=|@import|<script|<link", page(assignments(course)))


def test_what_an_instructor_has_called_an_assignment_is_escaped(tmp_path):
    hand_in(tmp_path, "ann", passed(ADAPT), assignment="<script>")
    text = page(assignments(tmp_path))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_table_has_a_line_for_each_count(course):
    first, *rows = csv.reader(table(assignments(course)).splitlines())
    assert first == ["assignment", "exercise", "points", "kind", "number", "text", "count"]
    adapt = [row[3:] for row in rows if row[1] == ADAPT]
    assert adapt == [
        ["passed", "", "", "1"],
        ["failed", "", "", "1"],
        ["untouched", "", "", "0"],
        ["no answer", "", "", "0"],
        ["mean points", "", "", "5"],
        ["mistake", "0", sentence(ADAPT, 0), "1"],
    ]
