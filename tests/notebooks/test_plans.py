"""What the notebooks say to instructors: one form, a plan each, and nothing that is not there."""

import re

import pytest

from metacourse.course import forms
from metacourse.course.classroom.plan import filled, weeks
from metacourse.course.classroom.plan_page import made
from metacourse.course.classroom.printed import formula
from metacourse.course.classroom.sittings import sittings
from metacourse.course.edition import ours
from metacourse.course.files import read_notebook
from metacourse.figures.start_here import CHAPTERS
from tools.plan import GUIDE, with_plans

IN_CLASS = {
    name: each.in_class for chapter in CHAPTERS.values() for name, each in chapter.sittings.items()
}
LEAD = re.compile(r"\*\*For the instructor\.\*\*")
SITTINGS = sittings()


def cells(name: str) -> list[dict]:
    (path,) = ours().glob(f"{name}_*.ipynb")
    return read_notebook(path.read_bytes())["cells"]


def told(name: str) -> list[str]:
    """The instructor's cells of a notebook."""
    return [cell["source"] for cell in cells(name) if "instructor" in forms.tags(cell)]


@pytest.fixture(params=SITTINGS, ids=lambda each: each.name)
def one(request):
    return request.param


def test_every_notebook_on_the_map_is_a_sitting():
    assert [each.name for each in SITTINGS] == [*IN_CLASS]


def test_a_notebook_has_one_plan_whose_parts_take_the_minutes_of_the_map(one):
    (plan,) = [plan for text in told(one.name) for plan in forms.PLAN.finditer(text)]
    assert one.minutes == int(plan["minutes"]) == IN_CLASS[one.name]


def test_every_paragraph_for_instructors_has_a_form(one):
    paragraphs = [each for text in told(one.name) for each in text.split("\n\n")]
    known = LEAD, forms.PLAN, forms.NOTE
    assert [p for p in paragraphs if not any(form.match(p) for form in known)] == []
    assert [p for p in paragraphs if "\n" in p] == []
    assert [text for text in told(one.name) if not LEAD.match(text)] == []


def test_each_exercise_is_in_class_or_at_home_once(one):
    in_class = [title for part in one.parts for title in forms.exercises_named(part.what)]
    assert sorted(in_class + forms.exercises_named(one.at_home)) == sorted(
        each.title for each in one.exercises
    )


def test_the_sections_that_a_plan_names_are_there(one):
    headings = [forms.HEADING.search(cell["source"]) for cell in cells(one.name)]
    numbers = {heading["number"] for heading in headings if heading}
    named = [section for part in one.parts for section in part.sections]
    assert {*named, *forms.sections_named(one.at_home)} <= numbers


def test_notes_on_votes_are_on_votes_that_are_there(one):
    noted = [n["vote"] for text in told(one.name) for n in forms.NOTE.finditer(text)]
    asked = [
        found["name"]
        for cell in cells(one.name)
        if cell["cell_type"] == "code" and (found := forms.PREDICT.search(cell["source"]))
    ]
    assert {*noted} - {None} <= {*asked}
    assert len(one.votes) == len(asked)


def test_a_vote_has_a_question_options_and_what_came_out(one):
    assert [
        vote for vote in one.votes if not (vote.question and vote.options and vote.answer)
    ] == []


def test_each_check_grades_one_exercise(one):
    code = [cell["source"] for cell in cells(one.name) if cell["cell_type"] == "code"]
    checks = [found["name"] for text in code if (found := forms.CHECK.search(text))]
    assert [each.check for each in one.exercises if each.check] == checks


def test_the_formulas_can_be_printed():
    text = made(99, None, 100, None)
    latex = re.findall(r"\$([^$\n]+)\$", text)
    assert [each for each in latex if not formula(each)] == []
    assert latex


def test_ten_weeks_of_an_hour_hold_the_core():
    assert weeks(10, 60, [each for each in SITTINGS if each.is_core])


def test_the_teachers_guide_has_todays_plans():
    text = GUIDE.read_text(encoding="utf-8")
    assert text == with_plans(text), "run python -m tools.plan"
    n_minutes, n_weeks = sum(each.minutes for each in SITTINGS), len(filled(SITTINGS, 60))
    assert f"{n_minutes:,} minutes in class, {n_weeks} weeks of an hour" in text


def test_a_guide_without_the_marks_of_a_plan_is_refused():
    with pytest.raises(ValueError, match="the marks of the plan of days are missing"):
        with_plans("<!-- plan: weeks -->\n<!-- end -->\n<!-- plan: days -->\n")
