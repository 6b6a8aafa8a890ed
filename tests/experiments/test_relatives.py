"""MAML's relatives are trained for what their names say."""

import pytest
import torch
from torch.func import grad

from metacourse.experiments import relatives
from metacourse.experiments.relatives import (
    HEAD,
    LR_INNER,
    RELATIVES,
    objectives,
    train_relative,
    with_rates,
    without_rates,
)
from metacourse.experiments.sinusoids import first_weights, mse, sample_tasks, train_start
from metacourse.maml import reptile_step


@pytest.fixture
def episodes(generator):
    return sample_tasks(generator)


@pytest.fixture
def short(monkeypatch):
    """Trainings of three outer steps."""

    def train(*arguments, **settings):
        return train_start(*arguments, **settings, n_outer=3)

    monkeypatch.setattr(relatives, "train_start", train)


def test_reptile_hands_its_move_to_the_optimiser_as_a_gradient(episodes):
    params = first_weights()
    steps = {"lr_inner": LR_INNER, "n_steps": 5}
    gradient = grad(lambda p: objectives()["Reptile"](p, episodes))(params)
    moved = reptile_step(mse, params, episodes, lr_outer=1.0, **steps)
    for name, value in params.items():
        torch.testing.assert_close(gradient[name], value - moved[name])


def test_what_reptile_shows_while_it_trains_is_an_error(episodes):
    params = first_weights()
    shown = objectives()["Reptile"](params, episodes)
    torch.testing.assert_close(shown, mse(params, episodes.x_query, episodes.y_query))


def test_rates_are_put_beside_the_parameters_and_taken_away_again():
    params, rates = without_rates(with_rates(first_weights()), 0.02)
    assert params.keys() == rates.keys() == first_weights().keys()
    assert all((rate == 0.02).all() for rate in rates.values())


def test_meta_sgd_begins_as_maml(episodes):
    begun = objectives()["Meta-SGD"](with_rates(first_weights()), episodes)
    torch.testing.assert_close(begun, objectives()["MAML"](first_weights(), episodes))


@pytest.mark.parametrize("name", RELATIVES)
def test_each_is_trained_and_comes_with_the_rates_it_adapts_with(name, short):
    trained = train_relative(name)
    assert trained.params.keys() == first_weights().keys()
    moved = {n for n, value in first_weights().items() if not torch.equal(value, trained.params[n])}
    assert moved == {*first_weights()}
    if name == "ANIL":
        assert {n for n, rate in trained.lr_inner.items() if rate} == {*HEAD}
    if name == "Meta-SGD":
        assert trained.lr_inner.keys() == trained.params.keys()


def test_another_seed_sees_other_tasks(short):
    one, again, other = (train_relative("ANIL", seed=seed) for seed in (3, 3, 4))
    assert torch.equal(one.params["layer0.weight"], again.params["layer0.weight"])
    assert not torch.equal(one.params["layer0.weight"], other.params["layer0.weight"])
