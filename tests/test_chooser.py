"""The rules of thumb of notebook 11b."""

import itertools
from pathlib import Path

import nbformat
import pytest

from metacourse.chooser import QUESTIONS, RULES, advise, alternatives, conditions

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SITUATIONS = [
    dict(zip(QUESTIONS, answers, strict=True))
    for answers in itertools.product(*(options for _, options in QUESTIONS.values()))
]


def test_every_situation_has_an_advice_and_every_rule_a_situation():
    reached = {RULES.index(advise(situation)) for situation in SITUATIONS}
    assert reached == {*range(len(RULES))}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.method)
def test_each_advice_leads_to_a_cell_of_a_notebook(rule):
    notebook = nbformat.read(NOTEBOOKS / rule.notebook, as_version=4)
    assert rule.cell in [cell.id for cell in notebook.cells]
    assert rule.first
    assert rule.reason


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.method)
def test_a_rule_asks_for_answers_that_there_are(rule):
    for question, allowed in rule.when.items():
        assert {*allowed} <= {*QUESTIONS[question][1]}


def test_conditions_are_read_as_they_stand():
    assert conditions("a: x; b: y / z") == {"a": ("x",), "b": ("y", "z")}


def test_an_alternative_is_the_advice_for_one_other_answer():
    found = alternatives(SITUATIONS[0])
    assert {question: [*ways] for question, ways in found.items()} == {
        question: [*options] for question, (_, options) in QUESTIONS.items()
    }
    changed = SITUATIONS[0] | {"shots": "more"}
    assert found["shots"]["more"] == advise(changed).method


@pytest.mark.parametrize("asked", ["a class", "a number"])
def test_fewer_than_thirty_tasks_are_never_meta_trained_on(asked):
    trained = {"prototypes", "solved head, or MAML", "network that reads points"}
    trained |= {"pretraining, then a head"}
    for situation in SITUATIONS:
        if situation["asked"] == asked and situation["tasks"] == "fewer than 30":
            assert advise(situation).method not in trained


@pytest.mark.parametrize(
    ("answers", "method"),
    [
        # a network from scratch errs ten times as often at ten images a class (01b)
        ({"asked": "a class", "shots": "more"}, "pretraining, then a head"),
        # prototypes are ahead of a transformer, or level with it (08b, 05c)
        ({"asked": "a class", "change": "sums alone", "compute": "many GPUs"}, "prototypes"),
        # a head solved in closed form is far ahead of MAML (06c)
        ({"asked": "a number", "change": "gradients"}, "solved head, or MAML"),
        # with a hundred trajectories two rates are worth more than MAML's start (09b)
        ({"asked": "reward", "shots": "more"}, "plain learner in each task"),
        ({"asked": "reward", "shots": "6 to 50"}, "MAML on the return"),
    ],
)
def test_an_advice_agrees_with_what_a_notebook_measured(answers, method):
    many_alike = {"frozen": "no", "tasks": "more", "alike": "yes"}
    situation = SITUATIONS[0] | many_alike | answers
    assert advise(situation).method == method


def test_what_is_asked_for_and_a_trained_network_alone_decide_about_half_of_the_situations():
    away = {"tuned Adam", "frozen network, fine-tuned", "frozen network, class means"}
    away |= {"frozen network, ridge head"}
    share = sum(advise(situation).method in away for situation in SITUATIONS) / len(SITUATIONS)
    assert 0.4 < share < 0.6


def test_the_questions_by_how_often_their_answer_changes_the_advice():
    turns = {
        name: sum(len({*alternatives(each)[name].values()}) > 1 for each in SITUATIONS)
        for name in QUESTIONS
    }
    order = sorted(turns, key=turns.get, reverse=True)
    assert order[:4] == ["asked", "frozen", "shots", "tasks"]
    assert order[-1] == "compute"
    assert turns["compute"] < len(SITUATIONS) / 10
