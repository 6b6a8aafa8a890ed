"""Written-down optimisers on many tasks at once."""

from functools import partial

import pytest
import torch

from metacourse.rivals import RATES, RULES, descend, tuned_rate
from metacourse.tasks.quadratics import quadratic_loss, sample_quadratics


@pytest.fixture
def tasks(generator):
    return sample_quadratics(6, n_dims=3, generator=generator)


@pytest.fixture
def loss_fn(tasks):
    return partial(quadratic_loss, hessian=tasks.hessian, minimum=tasks.minimum)


@pytest.mark.parametrize("name", RULES)
def test_all_tasks_at_once_are_as_each_alone(tasks, loss_fn, name):
    points, losses = descend(RULES[name], 0.05, loss_fn, tasks.start, n_steps=4)
    assert points.shape == (6, 5, 3)
    for number in range(6):
        task = [part[number : number + 1] for part in tasks]
        alone = partial(quadratic_loss, hessian=task[0], minimum=task[1])
        found, loss = descend(RULES[name], 0.05, alone, task[2], n_steps=4)
        torch.testing.assert_close(found[0], points[number])
        torch.testing.assert_close(loss[0], losses[number])


def test_the_losses_are_those_of_the_points_and_begin_at_the_start(tasks, loss_fn):
    points, losses = descend(RULES["SGD"], 0.05, loss_fn, tasks.start, n_steps=4)
    assert torch.equal(points[:, 0], tasks.start)
    for step in range(5):
        torch.testing.assert_close(losses[:, step], loss_fn(points[:, step]))


def test_sgd_steps_down_the_gradient(tasks, loss_fn):
    points, _ = descend(RULES["SGD"], 0.05, loss_fn, tasks.start, n_steps=1)
    slope = (tasks.hessian @ (tasks.start - tasks.minimum)[..., None])[..., 0]
    torch.testing.assert_close(points[:, 1], tasks.start - 0.05 * slope)


def test_starts_without_a_task_axis_are_refused():
    with pytest.raises(ValueError, match=r"starts must be \(B, n\), got \(3,\)"):
        descend(RULES["SGD"], 0.1, torch.sum, torch.zeros(3), n_steps=1)


def test_the_tuned_rate_has_the_least_mean_loss(tasks, loss_fn):
    rate = tuned_rate(RULES["SGD"], loss_fn, tasks.start, n_steps=10)
    means = {
        r.item(): descend(RULES["SGD"], r.item(), loss_fn, tasks.start, n_steps=10)[1].mean()
        for r in RATES
    }
    assert rate == min(means, key=means.get)


def test_a_rate_that_runs_away_is_never_chosen(tasks, loss_fn):
    rates = torch.tensor([1e20, 1e-3])
    rate = tuned_rate(RULES["SGD"], loss_fn, tasks.start, n_steps=60, rates=rates)
    assert rate == pytest.approx(1e-3)
