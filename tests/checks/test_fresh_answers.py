"""Answers by somebody who had not seen the slips; `python -m benchmarks checks` counts how many
are told by name."""

import pytest

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find
from tests.checks.answers import load

ANSWERS = load()


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a.kind == "right"], ids=lambda a: a.name)
def test_a_right_answer_passes(answer):
    report = diagnose(find("EXERCISES", answer.name), answer.function)
    assert report.state == "passed", report


@pytest.mark.parametrize(
    "answer", [a for a in ANSWERS if a.kind != "right"], ids=lambda a: f"{a.name}: {a.what}"
)
def test_a_wrong_answer_is_rejected_in_25_lines_at_most(answer):
    report = diagnose(find("EXERCISES", answer.name), answer.function, patience=0)
    assert report.state == "failed"
    assert len(str(report).splitlines()) <= 25


@pytest.mark.parametrize(
    "answer", [a for a in ANSWERS if a.kind == "plain"], ids=lambda a: f"{a.name}: {a.what}"
)
def test_a_plain_slip_is_told_by_name(answer):
    exercise = find("EXERCISES", answer.name)
    report = diagnose(exercise, answer.function, patience=0)
    assert report.sentence in {slip.why for slip in exercise.text.slips}
