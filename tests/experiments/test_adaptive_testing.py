"""A test that adapts, played on answers."""

import pytest
import torch

from metacourse import item_response as irt
from metacourse.experiments import adaptive_testing
from tests.lstm_problems import seeded


@pytest.fixture(scope="module")
def answered():
    """Items, answers of forty people, what is hidden, luck."""
    items = irt.Items(0.6 + 2 * torch.rand(24, generator=seeded()), torch.linspace(-2, 2, 24))
    items = irt.Items(*(part.double() for part in items))
    ability = torch.randn(40, generator=seeded(1), dtype=torch.float64)
    luck = torch.rand(40, 24, generator=seeded(2))
    answers = (torch.rand(40, 24, generator=seeded(3)) < irt.chances(ability, items)).double()
    hidden = torch.zeros(40, 24).double().scatter_(1, luck.topk(8).indices, 1.0)
    return items, answers, hidden, luck


def asked_by(rule, answered, n_questions):
    """The questions that a rule asks, by what it is called with: (P, n_questions)."""
    items, answers, hidden, luck = answered
    chosen = []

    def watched(*args):
        chosen.append(rule(*args))
        return chosen[-1]

    list(adaptive_testing.play(watched, answers, hidden, items, luck, n_questions))
    return torch.stack(chosen, 1)


@pytest.mark.parametrize("name", adaptive_testing.RULES)
def test_a_rule_asks_each_question_once_and_none_that_is_hidden(name, answered):
    chosen = asked_by(adaptive_testing.RULES[name], answered, 16)
    assert all(len(row.unique()) == 16 for row in chosen)
    assert answered[2].gather(1, chosen).sum() == 0


def test_one_order_for_all_does_not_look_at_answers_and_the_adaptive_one_does(answered):
    items, answers, hidden, luck = answered
    nothing_hidden = items, answers, torch.zeros_like(hidden), luck
    fixed = asked_by(adaptive_testing.fixed_order, nothing_hidden, 5)
    assert len(fixed.unique(dim=0)) == 1
    adaptive = asked_by(adaptive_testing.adaptive, nothing_hidden, 5)
    assert len(adaptive.unique(dim=0)) > 3
    assert torch.equal(adaptive[:, 0], fixed[:, 0])


def test_the_adaptive_one_comes_nearer_to_what_all_answers_say(answered):
    items, answers, hidden, luck = answered
    found = {}
    for name, rule in adaptive_testing.RULES.items():
        *_, last = adaptive_testing.play(rule, answers, torch.zeros_like(hidden), items, luck, 4)
        found[name] = adaptive_testing.away(last, answers, items).mean().item()
    assert found["adaptive"] < found["at random"]


def test_log_loss_is_that_of_the_hidden_answers_alone():
    chances = torch.tensor([0.5, 0.9, 0.2]).double()
    answers, hidden = torch.tensor([[1.0, 0, 1]]).double(), torch.tensor([[1.0, 0, 1]]).double()
    expected = -(chances[0].log() + chances[2].log()) / 2
    assert adaptive_testing.log_loss(chances, answers, hidden).item() == pytest.approx(
        expected.item()
    )


def test_after_all_sixteen_every_rule_knows_the_same(answered):
    _, answers, _, _ = answered
    found = adaptive_testing.compared(answers, seed=0)
    for slopes in ("one slope", "own slopes"):
        last = [found["log loss", f"{name}, {slopes}", 16] for name in adaptive_testing.RULES]
        torch.testing.assert_close(last[0], last[1])
        torch.testing.assert_close(last[0], last[2])
    assert all(len(values) == 40 for values in found.values())
