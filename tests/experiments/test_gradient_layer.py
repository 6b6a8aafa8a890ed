"""A layer of linear attention that is trained from random weights."""

import pytest
import torch

from metacourse.attention import gradient_step_weights
from metacourse.experiments import gradient_layer as layer


@pytest.fixture
def tasks(generator):
    return layer.sample_tasks(2, 40_000, generator, n_query=2)


def test_the_best_rate_is_the_best_of_many(tasks):
    rates = torch.linspace(0.2, 0.6, 41).tolist()
    found = [layer.errors(layer.one_step(tasks, rate), tasks).mean().item() for rate in rates]
    assert rates[found.index(min(found))] == pytest.approx(layer.best_rate(2), abs=0.03)
    assert min(found) == pytest.approx(layer.least_error(2), rel=0.03)


def test_a_layer_with_the_weights_of_a_step_says_what_the_step_says(tasks):
    params = gradient_step_weights(2, 0.3)
    torch.testing.assert_close(layer.answers(params, tasks), layer.one_step(tasks, 0.3))
    torch.testing.assert_close(layer.found_step(params), 0.3 * torch.eye(2).double())


def test_training_makes_a_layer_better_than_no_step(monkeypatch, generator):
    monkeypatch.setattr(layer, "N_STEPS", 150)
    test = layer.sample_tasks(2, 500, generator)
    errors = layer.errors(layer.answers(layer.trained(2, seed=1), test), test)
    assert errors.mean() < test.y_query.square().mean()
