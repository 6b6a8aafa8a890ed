"""Tests that adapt: beliefs about an ability, and questions that are learned and chosen."""

import math
from itertools import product

import pytest
import torch
from torch.func import vmap

from metacourse import item_response as irt
from metacourse.item_response import Items
from tests.lstm_problems import assert_same, randn, seeded

ITEMS = Items(*(torch.tensor(v).double() for v in ([1.0, 2.0, 0.5], [0.0, 1.0, -1.5])))
YES = torch.tensor([1.0, 0.0, 1.0]).double()
ALL, NONE = torch.ones(3).double(), torch.zeros(3).double()


def weighed(function):
    """The mean of a function of θ over N(0, 1), on a grid of our own that is much finer."""
    theta = torch.linspace(-4, 4, 80 * 50 + 1, dtype=torch.float64)
    weights = torch.exp(-theta.square() / 2)
    return (weights * function(theta)).sum() / weights.sum()


def likelihood(theta):
    p = irt.chances(theta, ITEMS)
    return (p * YES + (1 - p) * (1 - YES)).prod(-1)


def test_a_chance_is_half_where_ability_meets_difficulty_and_grows_with_the_slope():
    p = irt.chances(torch.tensor([1.0]).double(), ITEMS)
    assert p[0].tolist() == pytest.approx(
        [1 / (1 + math.exp(-1)), 0.5, 1 / (1 + math.exp(-0.5 * 2.5))]
    )


def test_a_belief_is_the_posterior_on_a_finer_grid():
    weights = irt.belief(YES, ALL, ITEMS)
    mean = weights @ irt.grid(YES)
    expected = weighed(lambda t: t * likelihood(t)) / weighed(likelihood)
    assert weights.sum().item() == pytest.approx(1)
    assert mean.item() == pytest.approx(expected.item(), abs=1e-3)


def test_the_evidence_of_all_possible_answers_sums_to_one():
    every = torch.tensor(list(product([0.0, 1.0], repeat=3))).double()
    told = irt.log_evidence(every, torch.ones_like(every), ITEMS)
    assert told.exp().sum().item() == pytest.approx(1)
    assert told[5].exp().item() == pytest.approx(weighed(likelihood).item(), abs=1e-3)


def test_what_was_not_asked_counts_nothing():
    asked = torch.tensor([1.0, 0.0, 0.0]).double()
    other = torch.tensor([1.0, 1.0, 0.0]).double()
    assert_same(irt.belief(YES, asked, ITEMS), irt.belief(other, asked, ITEMS))
    assert_same(irt.belief(YES, NONE, ITEMS), irt.belief(other, NONE, ITEMS))


def test_one_person_after_the_other_is_all_at_once():
    answers = (randn(5, 3) > 0).double()
    asked = (randn(5, 3, seed=1) > 0).double()
    assert_same(
        vmap(lambda a, b: irt.belief(a, b, ITEMS))(answers, asked),
        irt.belief(answers, asked, ITEMS),
    )


def test_what_is_foretold_is_the_mean_chance():
    weights = irt.belief(YES, ALL, ITEMS)
    expected = sum(w * irt.chances(t, ITEMS) for w, t in zip(weights, irt.grid(YES), strict=True))
    assert_same(irt.foretell(weights, ITEMS), expected)


def test_information_is_fishers_the_mean_square_of_the_score():
    theta = torch.tensor(0.3, dtype=torch.float64)
    place = torch.zeros(81).double()
    place[43] = 1  # θ = 0.3
    assert irt.grid(YES)[43].item() == pytest.approx(0.3)

    def log_chance(t, answer):
        p = irt.chances(t, ITEMS)
        return torch.log(p if answer else 1 - p)

    p = irt.chances(theta, ITEMS)
    scores = [torch.func.jacrev(lambda t, y=y: log_chance(t, y))(theta) for y in (1, 0)]
    expected = p * scores[0].square() + (1 - p) * scores[1].square()
    torch.testing.assert_close(irt.information(place, ITEMS), expected, rtol=1e-9, atol=1e-9)


def test_the_next_question_tells_most_of_those_not_yet_asked():
    weights = irt.belief(YES, NONE, ITEMS)
    order = irt.information(weights, ITEMS).argsort(descending=True).tolist()
    asked = NONE.clone()
    for expected in order:
        chosen = irt.next_question(weights, asked, ITEMS)
        assert int(chosen) == expected
        asked[chosen] = 1


@pytest.fixture(scope="module")
def learned():
    true = Items(
        torch.tensor([0.6, 1.0, 2.2, 1.4]).double(), torch.tensor([-1, 0, 0.5, 1]).double()
    )
    ability = torch.randn(4000, generator=seeded(), dtype=torch.float64)
    luck = torch.rand(4000, 4, generator=seeded(1), dtype=torch.float64)
    answers = (luck < irt.chances(ability, true)).double()
    return true, answers, irt.learn_items(answers, own_slopes=True)


def test_questions_are_found_from_many_people(learned):
    true, _, found = learned
    assert (found.difficulty - true.difficulty).abs().max() < 0.25
    assert (found.slope.log() - true.slope.log()).abs().max() < 0.3


def test_learning_ends_where_the_evidence_is_flat(learned):
    _, answers, found = learned
    moved = found.difficulty.clone().requires_grad_()
    items = found._replace(difficulty=moved)
    irt.log_evidence(answers, torch.ones_like(answers), items).mean().backward()
    assert moved.grad.abs().max() < 1e-4


def test_one_slope_is_one_for_all(learned):
    _, answers, _ = learned
    assert len(irt.learn_items(answers, own_slopes=False).slope.unique()) == 1
