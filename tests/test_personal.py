"""One person's ratings: splits, what is shared, what is believed, and what has leaked."""

import math

import pytest
import torch
from torch.func import vmap

from metacourse import bayes, personal
from metacourse.bayes import Prior
from tests.lstm_problems import assert_same, randn, seeded

PERSON = torch.tensor([7, 3, 7, 11, 3, 20, 7, 20])
PEOPLE = {"mean": 0.3, "spread": 0.5, "noise": 1.5}


def test_all_rows_of_a_person_stand_in_one_part():
    for seed in range(20):
        test = personal.split_by_person(PERSON, n_test=2, generator=seeded(seed))
        tested = {*PERSON[test].tolist()}
        assert len(tested) == 2
        assert not tested & {*PERSON[~test].tolist()}


def test_everybody_is_tested_as_often_as_everybody_else():
    draws = seeded()
    masks = [personal.split_by_person(PERSON, n_test=1, generator=draws) for _ in range(400)]
    often = torch.stack(masks).double().mean(0)
    assert (often - 0.25).abs().max() < 0.1


@pytest.mark.parametrize("n_test", [0, 4, 5])
def test_somebody_is_tested_and_somebody_left(n_test):
    with pytest.raises(ValueError, match=rf"n_test must be 1 to 3 of 4, got {n_test}"):
        personal.split_by_person(PERSON, n_test=n_test, generator=seeded())


def test_a_films_mean_is_that_of_its_ratings_and_of_others_like_the_mean_of_all():
    values = torch.tensor([[4.0, 2.0, 0.0], [5.0, 0.0, 0.0]]).double()
    seen = (values > 0).double()
    overall = 11 / 3
    expected = [(9 + 2 * overall) / 4, (2 + 2 * overall) / 3, overall]
    found = personal.film_means(values, seen, strength=2.0)
    assert found.tolist() == pytest.approx(expected)


def test_where_everybody_has_as_many_values_the_prior_is_that_of_empirical_bayes():
    features, values = randn(4, 2), randn(9, 4, seed=1)
    found = personal.learned_prior(features, values, torch.ones(9, 4).double(), n_steps=7)
    expected = bayes.empirical_bayes(features.expand(9, -1, -1), values, n_steps=7)
    for ours, theirs in zip(found, expected, strict=True):
        assert_same(ours, theirs)


def test_a_step_raises_the_evidence_of_what_is_there_and_what_is_missing_counts_nothing():
    features, values = randn(6, 1), 0.4 + randn(12, 6, seed=1)
    seen = (torch.rand(12, 6, generator=seeded(2)) < 0.6).double()
    seen[:, 0] = 1

    def evidence(prior):
        rows = ((seen[i] > 0).nonzero()[:, 0] for i in range(12))
        return sum(
            bayes.log_evidence(features[where], values[i, where], prior)
            for i, where in enumerate(rows)
        )

    found = [personal.learned_prior(features, values, seen, n_steps=n) for n in (1, 2, 5, 40)]
    told = [evidence(prior).item() for prior in found]
    assert told == sorted(told)
    elsewhere = personal.learned_prior(features, values + 9 * (1 - seen), seen, n_steps=5)
    assert_same(elsewhere.noise, found[2].noise)


def test_a_shrunk_mean_is_the_posterior_mean_of_a_line_without_slope():
    values = randn(3, 5)
    prior = Prior(*(torch.tensor(v, dtype=torch.float64) for v in ([0.3], [[0.5]], 1.5)))
    expected = bayes.posterior(torch.ones(3, 5, 1).double(), values, prior).mean[:, 0]
    torch.testing.assert_close(
        personal.shrunk_mean(values, **PEOPLE), expected, rtol=1e-9, atol=1e-9
    )


def test_a_shrunk_mean_is_found_on_a_grid():
    values = randn(4)
    theta = torch.linspace(-12, 12, 24001, dtype=torch.float64)
    logs = -((theta - 0.3) ** 2) / (2 * 0.5) - ((values[:, None] - theta) ** 2).sum(0) / (2 * 1.5)
    expected = torch.softmax(logs, 0) @ theta
    assert personal.shrunk_mean(values, **PEOPLE).item() == pytest.approx(expected.item(), abs=1e-9)


def test_nothing_told_leaves_the_prior_and_much_told_the_own_mean():
    assert personal.shrunk_mean(torch.zeros(0).double(), **PEOPLE).item() == pytest.approx(0.3)
    many = torch.full((10**6,), 2.0).double()
    assert personal.shrunk_mean(many, **PEOPLE).item() == pytest.approx(2.0, abs=1e-5)


def test_one_person_after_the_other_is_all_at_once():
    values = randn(4, 3)
    assert_same(
        vmap(lambda each: personal.shrunk_mean(each, **PEOPLE))(values),
        personal.shrunk_mean(values, **PEOPLE),
    )


def test_the_gradient_of_a_shrunk_mean_is_the_share_of_one_value():
    values = randn(4).requires_grad_()
    personal.shrunk_mean(values, **PEOPLE).backward()
    share = 1 / (4 + PEOPLE["noise"] / PEOPLE["spread"])
    assert values.grad.tolist() == pytest.approx([share] * 4)
    assert torch.autograd.gradcheck(lambda v: personal.shrunk_mean(v, **PEOPLE), values)


@pytest.fixture
def ratings():
    values = 0.5 * torch.randint(1, 11, (5, 4), generator=seeded()).double()
    hidden = torch.zeros(5, 4, dtype=torch.bool)
    hidden[0, 1] = hidden[3, 2] = True
    return values, hidden


def test_who_learns_from_what_is_seen_has_no_leak(ratings):
    values, hidden = ratings
    seen = (~hidden).double()

    def answer(given):
        return personal.film_means(given, seen, strength=1.0)

    assert personal.leak_audit(answer, values, hidden) == 0


def test_a_leak_is_as_large_as_the_answer_that_moves_most(ratings):
    values, hidden = ratings
    told = personal.leak_audit(lambda given: given.mean(0), values, hidden)
    moved = (5.5 - 2 * values[hidden]).abs().max() / 5
    assert told.item() == pytest.approx(moved.item())


def test_an_audit_leaves_the_ratings_as_they_are(ratings):
    values, hidden = ratings
    before = values.clone()
    personal.leak_audit(torch.sum, values, hidden)
    assert torch.equal(values, before)
    assert math.isclose(personal.LEAST + personal.MOST, 5.5)
