"""The exercises on the pages."""

import html
import json
import re

import pytest

from metacourse.checks import diagnose, slips
from metacourse.checks.catalogue import all_names, find
from metacourse.course.web.forms import lines
from metacourse.course.web.forms.exercises import exercise
from metacourse.course.web.forms.veil import unveiled
from tests.course.web.pages_of import DATA, NAMES, cell, cells, shown

EXERCISES = all_names("EXERCISES")


def words(page: str) -> str:
    """What is plain to read in HTML."""
    return html.unescape(re.sub(r"<.*?>", "", DATA.sub("", page)))


def options(name):
    text = slips.load(name)
    return [
        (lines.filled(text, one, option), option.slip)
        for one in lines.lines(text)
        for option in one.options
    ]


def test_every_exercise_is_on_a_page():
    pages = "".join(shown(cell) for name in NAMES for cell in cells(name))
    assert [name for name in EXERCISES if exercise(name) not in pages] == []


@pytest.mark.parametrize("name", EXERCISES)
def test_a_wrong_program_to_choose_fails_its_check_by_its_sentence(name):
    task = find("EXERCISES", name)
    wrong, sentence = next(pair for pair in options(name) if pair[1])
    report = diagnose(task, slips.build(wrong, task.namespace), patience=0)
    assert (report.state, report.sentence) == ("failed", sentence)


@pytest.mark.parametrize("name", EXERCISES)
def test_all_programs_to_choose_are_the_right_one_or_have_one_slip(name):
    text = slips.load(name)
    told = {slip.apply(text.program): slip.why for slip in text.slips} | {text.program: ""}
    assert [sentence for _, sentence in options(name)] == [told[one] for one, _ in options(name)]


@pytest.mark.parametrize("name", EXERCISES)
def test_a_line_can_be_chosen_right_in_one_way_and_wrong_in_some(name):
    for one in lines.lines(slips.load(name)):
        assert [option.slip for option in one.options].count("") == 1
        assert len({option.text for option in one.options}) == len(one.options) > 1


@pytest.mark.parametrize("name", EXERCISES)
def test_the_hints_come_in_order_and_the_solution_behind_them(name):
    page, text = words(exercise(name)), slips.load(name)
    plain = [hint.replace("`", "") for hint in text.hints]
    places = [page.index(each) for each in [*plain, "The solution", text.program]]
    assert places == sorted(places)
    assert exercise(name).split("The solution")[0].count("<details>") == len(plain) + 1


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_wrong_is_not_plain_and_has_no_gaps(name):
    page, text = exercise(name), slips.load(name)
    told = [
        option["why"]
        for key, veil in json.loads(DATA.search(page)[1]).items()
        for option in unveiled(veil, key)
    ]
    assert told
    assert not [why for why in told if re.search(r"\{[A-Z_]+\}", why)]
    assert not [slip.why for slip in text.slips if slip.why.replace("`", "") in words(page)]


def test_the_lines_to_choose_are_gaps_in_the_program():
    page = words(exercise("linear_regression.adapt"))
    assert "    for _ in ①" not in page
    assert page.count("①") == page.count("②") == 2  # in the program, and above the options


def test_an_exercise_on_the_way_to_another_stands_below_it():
    page = shown(cell("03a_maml", "check-train-maml"))
    assert page == exercise("maml.train_maml") + exercise("maml.maml_loss")


def test_a_line_keeps_what_its_slips_have_indented():
    patch = ("    return y", "        return y", False)
    program = "def f(x):\n    for i in x:\n        y = i\n    return y"
    text = slips.Text(program, slips=(slips.Slip((patch,), "Too early."),))
    (one,) = lines.lines(text)
    assert sorted(option.text for option in one.options) == ["    return y", "return y"]
    assert one.margin == 4
    early = next(option for option in one.options if option.slip)
    assert lines.filled(text, one, early).splitlines()[-1] == "        return y"
