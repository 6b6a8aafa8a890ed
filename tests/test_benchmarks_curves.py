"""benchmarks.seeds.curves: rivals answer as in their own chapters, and are chosen fairly."""

from functools import partial

import pytest
import torch

from benchmarks.seeds import _curves, curves
from metacourse.experiments import sinusoids, solved
from metacourse.experiments.curves import errors
from metacourse.tasks.sinusoids import sample_sinusoids


@pytest.fixture
def tasks():
    return sample_sinusoids(6, n_shot=5, n_query=7, generator=_curves.seeded(0))


def test_steps_are_those_of_chapter_03(tasks):
    start = sinusoids.first_weights()
    expected = sinusoids.losses_by_step(start, tasks, n_steps=3)
    for k in (0, 3):
        found = errors(_curves.by_steps(start, tasks, n_steps=k), tasks)
        torch.testing.assert_close(found, expected[:, k])


def test_a_head_is_that_of_06c(tasks):
    params = curves.curves.doubled(solved.head_start())
    expected = solved.head_losses(params, tasks.to(torch.float64))
    found = errors(_curves.by_head(params, tasks), tasks)
    torch.testing.assert_close(found, expected.detach())


def test_the_learner_of_least_mean_error_is_chosen_and_never_one_that_ran_away(tasks):
    good, bad, lost = (
        lambda tasks, shift=shift: (tasks.y_query[..., 0] + shift, None)
        for shift in (0.1, 1.0, torch.nan)
    )
    assert _curves.among([lost, bad, good])(tasks) is good


def test_a_calibrated_scale_is_the_likeliest_and_leaves_the_means(tasks):
    grid = [partial(_curves.by_gp, kernel=_curves.rbf(2.0), noise=1e-2)]
    before, learner = grid[0](tasks), _curves.calibrated(grid, tasks)
    mean, variance = learner(tasks)
    torch.testing.assert_close(mean, before[0])

    def log_likelihood(factor):
        normal = torch.distributions.Normal(mean, (factor * variance).sqrt())
        return normal.log_prob(tasks.y_query[..., 0].double()).sum()

    assert log_likelihood(1.0) > max(log_likelihood(0.9), log_likelihood(1.1))


def test_a_task_that_ran_away_counts_as_far_as_can_be_told(tasks):
    answer = tasks.y_query[..., 0].clone(), None
    answer[0][0], answer[0][1] = torch.nan, torch.inf
    assert curves.told(answer, tasks).tolist() == [curves.RUNAWAY] * 2 + [0] * 4


def test_any_shots_are_one_to_ten_of_twenty_points():
    generator = _curves.seeded(0)
    shapes = {_curves.any_shots(generator).x_support.shape[1] for _ in range(60)}
    assert shapes == set(range(1, 11))
