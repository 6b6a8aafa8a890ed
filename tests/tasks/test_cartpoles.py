"""Carts with poles, in gymnasium's environment."""

import math
import sys

import pytest
import torch

from metacourse.tasks import cartpoles
from tests.lstm_problems import seeded

needs_gymnasium = pytest.mark.skipif(
    not cartpoles.installed(), reason='gymnasium is missing: pip install -e ".[gym]"'
)
GOOD = torch.tensor([0.0, 2.0, 20.0, 15.0]).double()  # keeps almost any pole up
EARTH = cartpoles.Carts(*(torch.tensor([value]) for value in (0.5, 9.8, 10.0)))


def push(carts=EARTH, weights=GOOD, seed=0):
    return cartpoles.push(carts, weights, seeded(seed))


def test_lengths_and_gravities_are_within_their_ranges_and_motors_of_both_kinds():
    carts = cartpoles.sample_carts(2000, seeded(), reversed_motors=True)
    for part, (low, high) in zip(carts, (cartpoles.LENGTHS, cartpoles.GRAVITIES), strict=False):
        assert low <= part.min() < 1.05 * low
        assert 0.95 * high < part.max() <= high * 1.0001
    assert set(carts.force.tolist()) == {-10.0, 10.0}
    assert set(cartpoles.sample_carts(9, seeded()).force.tolist()) == {10.0}


@needs_gymnasium
def test_a_good_policy_keeps_the_pole_up_and_a_bad_one_does_not():
    assert push().rewards.sum() == cartpoles.N_PUSHES
    assert push(weights=-GOOD).rewards.sum() < 20


@needs_gymnasium
def test_a_cart_alone_is_the_one_of_gymnasium():
    """Its own environment, pushed by the same actions from the same state."""
    import gymnasium

    states, actions, rewards = push(weights=0.1 * GOOD)
    one = gymnasium.make("CartPole-v1").unwrapped
    one.reset(seed=0)
    one.state = states[0, 0].numpy()
    fallen = False
    for t in range(int(rewards.sum())):
        assert states[0, t].tolist() == pytest.approx(one.state.tolist(), abs=1e-6)
        fallen = one.step(int(actions[0, t]))[2]
    assert fallen


@needs_gymnasium
def test_after_the_fall_there_is_nothing():
    states, actions, rewards = push(weights=-GOOD)
    n = int(rewards.sum())
    assert rewards[0].tolist() == [1.0] * n + [0.0] * (cartpoles.N_PUSHES - n)
    assert states[0, n:].abs().max() == 0
    assert actions[0, n:].abs().max() == 0


@needs_gymnasium
def test_a_reversed_motor_pushes_the_other_way():
    both = cartpoles.Carts(
        torch.tensor([0.5, 0.5]), torch.tensor([9.8, 9.8]), torch.tensor([10.0, -10.0])
    )
    forced = torch.tensor([[0.0, 0.0, 0.0, 0.0]]).double()
    states, actions, _ = push(both, forced)
    speed = states[:, 1, 1] - states[:, 0, 1]
    direction = (2 * actions[:, 0] - 1) * both.force.double()
    assert torch.equal(speed.sign(), direction.sign())


@needs_gymnasium
def test_a_longer_pole_falls_more_slowly():
    carts = cartpoles.Carts(
        torch.tensor([0.125, 2.0]).repeat_interleave(50),
        *(torch.full((100,), v) for v in (9.8, 10.0)),
    )
    up = push(carts, torch.zeros(4).double()).rewards.sum(-1)
    assert up[:50].mean() < up[50:].mean()


@needs_gymnasium
def test_the_same_generator_gives_the_same_episode():
    first, second, other = (
        push(weights=0 * GOOD),
        push(weights=0 * GOOD),
        push(weights=0 * GOOD, seed=1),
    )
    assert torch.equal(first.states, second.states)
    assert not torch.equal(first.states, other.states)


@needs_gymnasium
def test_weights_without_bounds_are_no_error():
    assert math.isfinite(push(weights=1e6 * GOOD).rewards.sum().item())


def test_without_gymnasium_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(ImportError, match=r'pip install "metacourse\[gym\]"'):
        push()
