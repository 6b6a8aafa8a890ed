"""experiments.shifted: a family that has moved away from its prior."""

import pytest
import torch

from metacourse.bayes import Prior
from metacourse.experiments import floor, shifted

TRUE = Prior(torch.zeros(2).double(), floor.SLANTED, torch.tensor(floor.VARIANCE).double())


def test_the_narrow_axis_is_an_eigenvector_of_the_family_with_its_deviation():
    narrow = shifted.NARROW
    torch.testing.assert_close(floor.SLANTED @ narrow, shifted.DEVIATION**2 * narrow)
    torch.testing.assert_close(shifted.DEVIATION**2, torch.linalg.eigvalsh(floor.SLANTED).min())


@pytest.mark.parametrize("n_shot", [1, 3, 10])
def test_at_home_every_band_holds_what_it_should(n_shot):
    tasks = shifted.sample_tasks(0.0, 4000, n_shot, seed=0)
    mean, variance = shifted.answers(TRUE, tasks)
    held = shifted.shares(mean, variance, tasks.y_query)
    assert held == pytest.approx(shifted.LEVELS, abs=0.02)


def test_the_further_the_family_has_moved_the_less_the_bands_hold():
    held = []
    for shift in (0.0, 2.0, 4.0, 6.0):
        tasks = shifted.sample_tasks(shift, 1000, 3, seed=0)
        mean, variance = shifted.answers(TRUE, tasks)
        held.append(shifted.shares(mean, variance, tasks.y_query)[-2])
    assert held == sorted(held, reverse=True)
    assert held[-1] < 0.75


def test_a_wide_prior_keeps_the_noise_and_says_little_else():
    wide = shifted.as_wide(TRUE)
    assert wide.noise == TRUE.noise
    assert (wide.cov.diagonal() == shifted.WIDTH**2).all()
