"""experiments.asking: which point to ask for next."""

import pytest
import torch

from metacourse import bayes
from metacourse.experiments import asking
from metacourse.experiments.asking import PLACES, PRIORS, WEIGHTS


def in_the_middle(belief, places, generator):
    return len(places) // 2


def test_what_is_left_open_is_the_error_to_expect():
    errors = asking.play(in_the_middle, n_questions=2, n_tasks=1500, seed=0)
    needed = asking.left_open(in_the_middle, PRIORS["slanted"], n_questions=2)
    assert abs(errors.mean() - needed) < 4 * errors.std() / len(errors) ** 0.5


def test_the_weights_are_the_means_over_the_interval():
    theta, x = torch.tensor([0.7, -0.4]).double(), torch.linspace(-1, 1, 100_001).double()
    error = (theta[0] * x + theta[1]).square().mean()
    assert (WEIGHTS @ theta.square()).item() == pytest.approx(error.item(), rel=1e-4)


@pytest.mark.parametrize("family", PRIORS)
def test_one_question_by_the_rule_that_looks_ahead_is_the_best_of_all_places(family):
    prior = PRIORS[family]
    chosen = asking.left_open(asking.least_left, prior, n_questions=1)
    for row in range(len(PLACES)):
        at_row = asking.left_open(lambda *_, row=row: row, prior, n_questions=1)
        assert chosen <= at_row + 1e-12


def test_a_rule_is_told_what_is_believed_so_far():
    seen = []

    def watching(belief, places, generator):
        seen.append(belief.cov.trace().item())
        return 0

    asking.play(watching, n_questions=3, n_tasks=1, seed=0)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] == pytest.approx(PRIORS["slanted"].cov.trace().item())


def test_random_places_are_all_places():
    generator, belief = torch.Generator().manual_seed(0), bayes.Gaussian(None, None)
    drawn = {asking.at_random(belief, PLACES, generator) for _ in range(500)}
    assert drawn == set(range(21))
