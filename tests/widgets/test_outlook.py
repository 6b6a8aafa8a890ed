"""The live picture of notebook 11b."""

import pytest

from metacourse.chooser import QUESTIONS, RULES, advise
from metacourse.widgets.outlook import chooser_widget, turning
from tests.widgets.sweep import sweep


@pytest.fixture(scope="module")
def made():
    return chooser_widget()


@pytest.fixture
def live(made):
    made.reset()
    return made


def answers(live):
    return {name: control.value for name, control in live.controls.items()}


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_it_begins_with_an_advice_of_the_rules(live):
    rule = advise(answers(live))
    assert rule.method == "prototypes"
    assert live.readout.startswith(f"{rule.method}: {rule.reason} (04b). First run: {rule.first}")


@pytest.mark.parametrize("asked", QUESTIONS["asked"][1])
def test_what_is_advised_follows_the_answers(live, asked):
    live.controls["asked"].value = asked
    rule = advise(answers(live))
    assert rule in RULES
    assert live.readout.startswith(rule.method)


def test_it_says_which_questions_could_change_the_advice(live):
    assert "for: A task asks for; A network trained" in live.readout
    assert "To train with" not in live.readout


def test_where_no_answer_changes_it_it_says_so():
    assert turning({"asked": {"a class": "A"}}, "A").endswith("for: none.")
