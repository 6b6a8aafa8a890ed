"""More tasks in a step: gradients of single tasks, and the steps of a training."""

import torch
from torch import autograd

from metacourse.experiments import batch_sizes
from metacourse.experiments.sinusoids import first_weights, maml_objective
from metacourse.tasks.sinusoids import sample_sinusoids


def test_the_mean_of_the_gradients_of_tasks_is_that_of_the_batch():
    params = {n: t.requires_grad_() for n, t in first_weights().items()}
    tasks = sample_sinusoids(6, n_shot=10, generator=batch_sizes.seeded(0))
    found = batch_sizes.gradients_by_task(params, tasks)
    expected = autograd.grad(maml_objective(params, tasks), [*params.values()])
    flat = torch.cat([part.flatten() for part in expected])
    torch.testing.assert_close(found.mean(0), flat, rtol=1e-4, atol=1e-6)
    assert len(found) == 6


def test_a_start_after_no_step_is_the_random_one():
    found = batch_sizes.start_after(0)
    assert all(torch.equal(found[name], part) for name, part in first_weights().items())


def test_an_aim_that_is_reached_already_takes_no_step_and_one_out_of_reach_all(monkeypatch):
    monkeypatch.setattr(batch_sizes, "MOST_STEPS", 2)
    assert batch_sizes.steps_needed(4, lr=0.01, seed=0, aim=1e9) == 0
    assert batch_sizes.steps_needed(4, lr=0.01, seed=0, aim=0.0) == torch.inf


def test_steps_are_counted_until_the_aim_is_reached(monkeypatch):
    monkeypatch.setattr(batch_sizes, "CHECK_EVERY", 1)
    first = batch_sizes.steps_needed(16, lr=0.01, seed=0, aim=3.5)
    assert 0 < first < batch_sizes.steps_needed(16, lr=0.01, seed=0, aim=3.2) < 200
