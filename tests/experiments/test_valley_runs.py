"""The learned optimiser on valleys, its rivals, its own gradients."""

from functools import partial

import pytest
import torch

from metacourse.experiments import valley_runs as valleys
from metacourse.learned_optimisers import learned_update, optimise, preprocess
from metacourse.lstm import init_lstm
from metacourse.tasks.quadratics import quadratic_loss, sample_quadratics


@pytest.fixture
def params(generator):
    return init_lstm(2, valleys.N_UNITS, 1, generator)


@pytest.fixture
def tasks(generator):
    return sample_quadratics(5, n_dims=2, generator=generator)


def test_the_losses_are_those_of_the_kernel_task_by_task(params, tasks):
    losses = valleys.losses_on(params, tasks, n_steps=3)
    for row, (hessian, minimum, start) in zip(losses, zip(*tasks, strict=True), strict=True):
        loss_fn = partial(quadratic_loss, hessian=hessian, minimum=minimum)
        torch.testing.assert_close(row, optimise(params, loss_fn, start, n_steps=3)[1])


def test_a_training_lowers_the_mean_loss_and_a_seed_repeats_it(params):
    trained = valleys.train_on_valleys(n_steps=20)
    again = valleys.train_on_valleys(n_steps=20)
    untrained = valleys.train_on_valleys(n_steps=0)
    assert all(torch.equal(trained[name], again[name]) for name in trained)
    before, after = (
        valleys.mean_loss(each, torch.Generator().manual_seed(5)) for each in (untrained, trained)
    )
    assert after < before


def test_all_methods_are_compared_on_the_same_valleys_the_learned_one_first(params, tasks):
    losses = valleys.compare(params, tasks, n_steps=4)
    assert list(losses) == ["learned", "SGD", "momentum", "RMSprop", "Adam"]
    for values in losses.values():
        torch.testing.assert_close(values[:, 0], losses["SGD"][:, 0])


def test_reading_the_course_s_own_features_is_the_learned_update(params):
    gradient, state = torch.tensor([0.5, -2.0]), (torch.zeros(2, 20), torch.zeros(2, 20))
    found = valleys.reading(preprocess)(params, gradient, state)
    torch.testing.assert_close(found, learned_update(params, gradient, state))


@pytest.mark.parametrize(("name", "most"), [("slopes ≤ 10", 10.0), ("slopes ≤ 1", 1.0)])
def test_no_slope_of_the_features_is_greater_than_their_name_says(name, most):
    values = torch.linspace(-3, 3, 2001, dtype=torch.float64).requires_grad_()
    for column in valleys.FEATURES[name](values).unbind(-1):
        (slopes,) = torch.autograd.grad(column.sum(), values, retain_graph=True)
        assert slopes.min() >= 0
        assert slopes.max() <= most + 1e-9


def test_batch_gradients_are_those_of_the_mean_loss(params):
    found = valleys.batch_gradients(params, n_batches=2)
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    first = valleys.mean_loss(leaves, torch.Generator().manual_seed(56))
    expected = torch.autograd.grad(first, list(leaves.values()))
    torch.testing.assert_close(found[0], torch.cat([part.flatten() for part in expected]))
    assert not torch.equal(found[0], found[1])


def test_gradients_agree_fully_or_not_at_all():
    alike, crossed = torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.eye(2)
    assert valleys.agreement(alike) == pytest.approx(1.0)
    assert valleys.agreement(crossed) == pytest.approx(0.0)
