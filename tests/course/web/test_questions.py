"""The quizzes on the pages."""

import html
import json
import re

import pytest

from metacourse.checks import quizzes
from metacourse.checks.catalogue import all_names
from metacourse.checks.report import inline
from metacourse.course.forms import QUIZ
from metacourse.course.web.forms.questions import identities, quiz
from metacourse.course.web.forms.veil import unveiled
from tests.course.web.pages_of import DATA, NAMES, cells, everything, shown

QUIZZES = all_names("QUIZZES")


def told(name):
    """What a quiz tells of each option, question by question."""
    (text,) = DATA.findall(quiz(name))
    return [unveiled(veil, key) for key, veil in json.loads(text).items()]


def test_every_quiz_of_the_notebooks_is_a_form():
    found = [
        (QUIZ.search(cell["source"])["name"], shown(cell))
        for name in NAMES
        for cell in cells(name)
        if QUIZ.search(cell["source"])
    ]
    assert sorted(name for name, _ in found) == sorted(QUIZZES)
    assert all(text == quiz(name) for name, text in found)


@pytest.mark.parametrize("name", QUIZZES)
def test_all_options_are_listed_in_their_order(name):
    listed = re.findall(r"<li>(.*?)</li>", quiz(name))
    options = [option.text for question in quizzes.load(name) for option in question.options]
    assert listed == [inline(option) for option in options]


@pytest.mark.parametrize("name", QUIZZES)
def test_one_option_of_each_question_is_told_to_be_right_and_each_has_its_reason(name):
    for question, options in zip(quizzes.load(name), told(name), strict=True):
        assert [each["right"] for each in options] == [each.correct for each in question.options]
        assert [each["why"] for each in options] == [inline(each.why) for each in question.options]


@pytest.mark.parametrize("page", NAMES)
def test_no_reason_is_plain_in_a_page(page):
    text = html.unescape(everything(page))
    asked = [QUIZ.search(cell["source"]) for cell in cells(page)]
    reasons = [
        option.why
        for call in asked
        if call
        for question in quizzes.load(call["name"])
        for option in question.options
        if option.why
    ]
    assert [why for why in reasons if re.sub(r"<.*?>|`", "", why) in text] == []


def test_all_questions_have_names_of_their_own():
    names = [one for name in QUIZZES for one in identities(name)]
    assert len(names) == len(set(names))


def test_a_question_without_scripts_says_that_it_needs_them():
    assert "<noscript>" in quiz(QUIZZES[0])
