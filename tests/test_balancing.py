"""Poles on carts, through the interface of environments."""

import sys

import pytest
import torch

from metacourse.experiments.balancing import MOST, held, play, pole, sample_poles, step

pytest.importorskip("gymnasium")

NOTHING = torch.zeros(1, 4, dtype=torch.float64)
LEAN = torch.tensor([[0.0, 0.5, 20.0, 5.0]]).double()  # push to where the pole leans and falls


def test_a_pole_has_the_length_the_gravity_and_the_motor_that_were_asked_for():
    cart = pole(length=1.5, gravity=7.0, push=-3.0).unwrapped
    assert (cart.length, cart.gravity, cart.force_mag) == (1.5, 7.0, -3.0)
    assert cart.polemass_length == cart.masspole * 1.5


def test_families_differ_by_their_motors():
    pushes = [
        {env.unwrapped.force_mag for env in sample_poles(12, generator(), backwards=backwards)}
        for backwards in (False, True)
    ]
    assert pushes == [{10.0}, {-10.0, 10.0}]


def test_poles_of_a_family_differ():
    poles = [env.unwrapped for env in sample_poles(5, generator(), backwards=False)]
    assert len({(cart.length, cart.gravity) for cart in poles}) == 5


def test_after_the_fall_there_are_neither_rewards_nor_scores():
    seen = play(pole(), NOTHING, 4, seed=0)
    fallen = seen.rewards == 0
    assert fallen.any()
    assert (seen.rewards.diff(dim=-1) <= 0).all()
    assert (seen.scores[fallen] == 0).all()
    assert (seen.scores[~fallen] != 0).any(-1).all()


def test_scores_are_gradients_of_log_probabilities():
    """σ(−x) and σ(x) of the two actions: the score lies along the state, with (a − σ) before it."""
    scores = play(pole(), NOTHING, 3, seed=0).scores[:, 0, 0]  # at θ = 0: ± half the first state
    starts = torch.stack([torch.as_tensor(pole().reset(seed=k)[0]).double() for k in range(3)])
    torch.testing.assert_close(scores.abs(), starts.abs() / 2)


def test_the_same_seed_plays_the_same():
    one, other = (play(pole(), LEAN, 2, seed=5) for _ in range(2))
    assert torch.equal(one.scores, other.scores)


def test_a_motor_that_is_mounted_backwards_mirrors_the_policy():
    sure = 1e6 * LEAN  # leaves nothing to chance
    ahead, behind = play(pole(), sure, 3, seed=1), play(pole(push=-10.0), -sure, 3, seed=1)
    assert torch.equal(ahead.rewards, behind.rewards)


def test_who_pushes_to_where_the_pole_leans_holds_it():
    assert held(pole(), LEAN, 3, seed=0) == MOST
    assert held(pole(push=-10.0), LEAN, 3, seed=0) < 15


def test_a_step_has_the_length_that_was_asked_for():
    assert torch.isclose(
        step(pole(), NOTHING, 10, 0, lr_inner=3.0).norm(), torch.tensor(3.0).double()
    )


def test_who_holds_the_pole_each_time_has_nothing_to_learn():
    assert torch.equal(step(pole(), LEAN, 3, 0, lr_inner=3.0), LEAN)


def test_without_gymnasium_a_pole_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(ImportError, match="gymnasium"):
        pole()


def generator():
    return torch.Generator().manual_seed(0)
