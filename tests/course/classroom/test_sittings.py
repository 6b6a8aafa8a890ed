"""What a notebook says to who teaches it is read from its cells."""

import pytest

from metacourse.course.classroom.sittings import Exercise, Note, Part, Vote, sitting
from tests.course.small import code, notebook, text

PLAN = (
    "**For the instructor.**\n\n**Plan, 30 minutes.** 10 recall · 20 sections 1 and 2 with a vote"
)


def told(source: str) -> dict:
    return text("told", source) | {"metadata": {"tags": ["instructor"]}}


def stated(source: str) -> dict:
    return text("stated", source) | {"metadata": {"tags": ["statement"]}}


def showing(source: str, **data: str) -> dict:
    forms = {
        {"html": "text/html", "plain": "text/plain"}[name]: said for name, said in data.items()
    }
    output = {"output_type": "display_data", "metadata": {}, "data": forms}
    return code("shows", source) | {"outputs": [output]}


def read(*cells: dict):
    return sitting("09a", notebook(text("title", "# 09a · A title\n\nWhy?"), *cells))


def test_a_plan_is_its_parts_with_the_sections_that_they_name():
    found = read(told(PLAN))
    assert (found.title, found.minutes) == ("A title", 30)
    assert found.parts == (
        Part(10, "recall", ()),
        Part(20, "sections 1 and 2 with a vote", ("1", "2")),
    )


def test_a_notebook_without_a_plan_is_refused():
    with pytest.raises(ValueError, match="09a has no plan"):
        read(told("**In class:** ask."), text("a", "**Plan, 5 minutes.** 5 recall"))


def test_notes_know_their_section():
    found = read(
        told(f"{PLAN}\n\n**At home:** exercise 2.\n\n**Core:** why."),
        text("one", "## 1 · One (3 min)"),
        told("**Goes wrong:** it falls.\n\nMore.\n\n**In class:** ask."),
        text("end", "## What you now know (1 min)"),
        told("**Prepare:** a pen."),
    )
    assert found.notes == (
        Note("At home", "exercise 2.", ""),
        Note("Core", "why.", ""),
        Note("Goes wrong", "it falls.", "1"),
        Note("In class", "ask.", "1"),
        Note("Prepare", "a pen.", ""),
    )
    assert found.at_home == "exercise 2."
    assert found.is_core


def test_an_exercise_has_a_point_a_minute_if_a_check_grades_it():
    found = read(
        told(PLAN),
        text("one", "## 1 · One (3 min)"),
        stated("**★ Exercise 1 · `slope`** (7 minutes). What?"),
        code("stub", "def slope():\n    ..."),
        code("check", 'check("lines.slope", slope)'),
        text("two", "## 2 · Two (3 min)"),
        stated("**Capstone · beat this** (9 minutes). How?"),
        code("mine", "x = 1"),
    )
    assert found.exercises == (
        Exercise("Exercise 1", "`slope`", 7, "1", "lines.slope"),
        Exercise("Capstone", "beat this", 9, "2", ""),
    )
    assert [each.points for each in found.exercises] == [7, 0]


def test_a_vote_is_what_its_cell_shows_with_what_is_expected_and_what_came_out():
    found = read(
        told(PLAN),
        text("one", "## 1 · One (3 min)"),
        showing(
            'predict("lines.slope", question, options=options)',
            html="<div><strong>Is <code>a &lt; b</code>?</strong><ul><li>yes</li><li>no</li></ul>",
        ),
        showing('reveal("lines.slope", s)', plain="· Note\n  Alone.\n    computed     “no”"),
        told("**Vote `lines.slope`:** most say yes."),
    )
    assert found.votes == (Vote("Is `a < b`?", ("yes", "no"), "most say yes.", "“no”", "1"),)
    assert found.notes == ()


def test_a_vote_that_nobody_has_noted_anything_on_is_a_vote():
    cell = showing(
        'predict("a.b", "?", low=0, high=9)', html="<div>?<ul><li>0 to 9</li></ul></div>"
    )
    assert read(told(PLAN), cell).votes == (Vote("?", ("0 to 9",), "", "", ""),)
