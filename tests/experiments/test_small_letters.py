"""Starts, rates and gates on small letters, here made-up ones."""

from functools import partial

import pytest
import torch

from metacourse.experiments import small_letters as small
from metacourse.learned_optimisers import meta_lstm_step
from metacourse.maml import inner_adapt
from metacourse.nets import flatten, mlp


@pytest.fixture
def letters(monkeypatch):
    """12 characters that 14 × 14 pixels tell apart, 20 noisy images of each."""
    generator = torch.Generator().manual_seed(0)
    centres = (torch.rand(12, 1, 196, generator=generator) > 0.6).float()
    images = centres + 0.1 * torch.rand(12, 20, 196, generator=generator)
    monkeypatch.setattr(small, "shrunken", lambda split: images)
    return images


@pytest.fixture
def task(letters):
    return letters[:5, 0], torch.arange(5)


def test_before_any_step_all_labels_are_alike(task):
    assert (mlp(small.small_start(), task[0]) == 0).all()


def test_prefixes_come_and_go():
    params = {"weight": torch.ones(2)}
    assert list(small.prefixed(params, "start.")) == ["start.weight"]
    assert small.part(small.prefixed(params, "start.") | {"gates.x": 0}, "start.") == params


@pytest.mark.parametrize("name", small.METHODS)
def test_every_method_has_what_it_says_and_adapts(name, task):
    method = small.METHODS[name]
    params = small.before_training(method)
    assert {key.split(".")[0] for key in params} == {"start", *filter(None, [method.beside])}
    adapted = method.adapt(params, *task)
    assert small.small_loss(adapted, *task) < small.small_loss(small.part(params, "start."), *task)


def test_new_rates_of_one_half_are_maml_s(task):
    rates = small.before_training(small.METHODS["Meta-SGD"])
    start = small.before_training(small.METHODS["MAML"])
    adapted = small.by_descent(rates, *task)
    torch.testing.assert_close(adapted, small.by_descent(start, *task, lr_inner=0.5))
    expected = inner_adapt(small.small_loss, small.part(start, "start."), *task, **STEPS)
    torch.testing.assert_close(adapted, expected)


STEPS = {"lr_inner": 0.5, "n_steps": small.N_INNER}


def test_the_gates_along_the_way_lead_to_the_adapted_weights(task):
    params = small.before_training(small.METHODS["meta-LSTM"])
    params |= {"gates.write.weight": 0.1 * torch.ones(6)}
    forget, write, slope = small.gates_along(params, *task)
    theta = flatten(small.part(params, "start."))
    for step in range(small.N_INNER):
        theta = forget[step] * theta - write[step] * slope[step]
    torch.testing.assert_close(theta, flatten(small.by_gates(params, *task)))
    state = torch.ones_like(theta), torch.zeros_like(theta)
    start = flatten(small.part(params, "start."))
    loss = torch.tensor(5.0).log()
    gates = small.part(params, "gates.")
    _, first = meta_lstm_step(gates, start, slope[0], loss, state)
    torch.testing.assert_close(first, (forget[0], write[0]))


@pytest.mark.parametrize("name", ["MAML, first order", "meta-LSTM"])
def test_a_short_training_helps_and_a_seed_repeats_it(letters, name):
    method, before = small.METHODS[name], small.before_training(small.METHODS[name])
    trained, again = (small.train_method(name, n_steps=15) for _ in range(2))
    assert all(torch.equal(trained[key], again[key]) for key in trained)
    loss = small.adapted_loss(method.adapt)
    seeded = partial(torch.Generator().manual_seed, 9)
    assert loss(trained, seeded()) < loss(before, torch.Generator().manual_seed(9))


def test_accuracies_are_those_of_the_adapted_network(letters):
    start = small.before_training(small.METHODS["MAML"])
    found = small.accuracies(small.by_descent, start)
    assert found.shape == (600,)
    assert found.mean() > 0.9


def test_fine_tuning_takes_the_rate_that_does_best_on_validation_letters(letters, monkeypatch):
    monkeypatch.setattr(small, "FINE_TUNING_RATES", (-0.1, 0.1))
    adapt, params = small.fine_tuned(n_steps=15)
    assert adapt.keywords == {"lr_inner": 0.1}
    assert small.accuracies(adapt, params).mean() > 0.5
