"""One policy for all carts, and one that is adapted to each."""

import pytest
import torch
from torch.func import grad

from metacourse.experiments import balancing
from metacourse.tasks import cartpoles
from tests.lstm_problems import assert_same, randn, seeded

needs_gymnasium = pytest.mark.skipif(
    not cartpoles.installed(), reason='gymnasium is missing: pip install -e ".[gym]"'
)


def test_scores_are_the_gradients_of_the_log_probability_of_a_push():
    weights, states = randn(4), randn(2, 3, 4, seed=1)
    actions = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]).double()

    def log_prob(each, i, t):
        chance = (states[i, t] @ each).sigmoid()
        return torch.where(actions[i, t] == 1, chance, 1 - chance).log()

    found = balancing.push_scores(weights, states, actions)
    for i, t in [(0, 0), (0, 1), (1, 2)]:
        assert_same(found[i, t, 0], grad(log_prob)(weights, i, t))


@needs_gymnasium
def test_a_short_joint_training_keeps_poles_up_for_longer():
    carts = cartpoles.sample_carts(40, seeded(5))
    start = torch.zeros(4).double()
    trained = balancing.trained_jointly(n_steps=8)
    before, after = (balancing.steps_up(each, carts, n=2).mean() for each in (start, trained))
    assert after > 3 * before


@needs_gymnasium
def test_steps_inside_a_cart_find_out_which_way_its_motor_turns():
    carts = cartpoles.sample_carts(40, seeded(6), reversed_motors=True)
    start = torch.zeros(4).double()
    found = balancing.adapted(start, carts, lr_inner=300.0, n=20, n_steps=2, seed=0)
    assert found.shape == (40, 4)
    agrees = (found[:, 2] > 0) == (carts.force > 0)
    assert agrees.double().mean() > 0.8
    up = [balancing.steps_up(each, carts, n=2).mean() for each in (start, found)]
    assert up[1] > 2 * up[0]
