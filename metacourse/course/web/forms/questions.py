"""The questions of a quiz on a page: a list of options until a script makes a form of it."""

import html
from collections.abc import Sequence

from metacourse.checks import quizzes
from metacourse.checks.questions import fallback
from metacourse.checks.report import inline
from metacourse.course.web import strings
from metacourse.course.web.forms.veil import data, digest, veiled


def quiz(name: str) -> str:
    """The HTML of a quiz, "chapter.name"."""
    asked = quizzes.load(name)
    listed = [fallback(one.text, [option.text for option in one.options]) for one in asked]
    answers = [
        [{"right": option.correct, "why": inline(option.why)} for option in one.options]
        for one in asked
    ]
    return form("quiz", identities(name), listed, answers)


def identities(name: str) -> list[str]:
    """The name under which the answer to each question of a quiz is kept."""
    return [digest(name, question.text) for question in quizzes.load(name)]


def form(
    kind: str, names: Sequence[str], listed: Sequence[str], answers: Sequence[list[dict]]
) -> str:
    """Questions as HTML, with what is told of each option ("right", "why") veiled beside them."""
    questions = "".join(
        f'<div class="metacourse-question" data-id="{name}">{question}</div>'
        for name, question in zip(names, listed, strict=True)
    )
    told = {name: veiled(each, name) for name, each in zip(names, answers, strict=True)}
    return f'<div class="metacourse-{kind}">{questions}{without_scripts()}{data(told)}</div>'


def without_scripts() -> str:
    """What is said where no script runs."""
    return f"<noscript><p>{html.escape(strings.load()['forms']['no_scripts'])}</p></noscript>"
