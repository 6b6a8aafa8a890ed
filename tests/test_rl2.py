"""RL² against loops, histories that are walked one by one, and differences."""

import itertools
import math

import pytest
import torch
from torch.autograd import gradcheck
from torch.func import grad, vmap
from torch.nn import functional as F

from metacourse import bandits, lstm, nets, rl2
from metacourse.bandits import success, success_of_opposites
from metacourse.nets import flatten, unflatten

EXACT = {"rtol": 1e-9, "atol": 1e-9}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def params():
    """A small memory whose answers depend much on what it reads."""
    drawn = lstm.init_lstm(3, 4, 1, seeded())
    return {name: 3 * tensor.double() for name, tensor in drawn.items()}


@pytest.fixture
def play(params):
    chances = torch.rand(64, 2, generator=seeded(1)).double()
    return rl2.rl2_play(params, chances, 5, seeded(2))


# ---- reading -------------------------------------------------------------------------------------


def test_a_pull_is_read_as_its_arm_and_its_reward():
    arm, reward = torch.tensor([0, 1]), torch.tensor([1.0, 0.0])
    assert rl2.as_input(arm, reward).tolist() == [[1, 0, 1], [0, 1, 0]]


def test_what_is_read_goes_through_the_cell_and_the_head_of_chapter_05(params):
    pull, state = torch.eye(3).double(), lstm.start_state(params, 3)
    logit, after = rl2.read_pull(params, pull, state)
    h, needed = lstm.cell(params, pull, state)
    torch.testing.assert_close(logit, lstm.head(params, h)[:, 0])
    torch.testing.assert_close(after, needed)


def test_a_batch_of_readers_is_each_of_them(params):
    pull, state = torch.eye(3).double(), lstm.start_state(params, 3)
    together = rl2.read_pull(params, pull, state)
    one = vmap(rl2.read_pull, in_dims=(None, 0, 0))(params, pull, state)
    torch.testing.assert_close(together, one)


# ---- playing -------------------------------------------------------------------------------------


def test_what_was_done_can_be_read_again_and_has_the_same_chances(params, play):
    pulls = F.pad(rl2.as_input(play.arms, play.rewards)[:, :-1], (0, 0, 1, 0))
    h, _ = lstm.memory_states(params, pulls[..., :2], F.pad(pulls[..., 2:], (0, 0, 0, 1))[:, 1:])
    logit = lstm.head(params, h[:, 1:]).squeeze(-1)
    sign = 1 - 2 * play.arms
    torch.testing.assert_close(play.log_probs, F.logsigmoid(sign * logit))
    entropies = torch.distributions.Bernoulli(logits=logit).entropy()
    torch.testing.assert_close(play.entropies, entropies)


def test_an_arm_pays_as_often_as_it_should(params):
    chances = torch.tensor([0.9, 0.2]).double().expand(20_000, 2)
    play = rl2.rl2_play(params, chances, 3, seeded())
    for arm, chance in enumerate((0.9, 0.2)):
        rewards = play.rewards[play.arms == arm]
        error = math.sqrt(chance * (1 - chance) / len(rewards))
        assert abs(rewards.mean().item() - chance) < 4 * error


def test_an_arm_is_pulled_as_often_as_the_network_says(params):
    chances = torch.full((40_000, 2), 0.5).double()
    play = rl2.rl2_play(params, chances, 1, seeded())
    share = (play.arms == 0).double().mean().item()
    logit, *_ = rl2.read_pull(params, torch.zeros(3).double(), lstm.start_state(params))
    assert share == pytest.approx(logit.sigmoid().item(), abs=4 * 0.5 / 200)


def test_the_generator_decides_what_is_played(params):
    chances = torch.rand(8, 2, generator=seeded()).double()
    first, again, other = (rl2.rl2_play(params, chances, 6, seeded(s)) for s in (3, 3, 4))
    assert torch.equal(first.rewards, again.rewards)
    assert not torch.equal(first.rewards, other.rewards)


def test_it_is_played_on_the_device_of_the_generator(device):
    params = nets.to_device(lstm.init_lstm(3, 4, 1, seeded()), device)
    chances = torch.rand(8, 2, device=device)
    play = rl2.rl2_play(params, chances, 3, torch.Generator(device).manual_seed(0))
    assert {part.device.type for part in play} == {device.type}


# ---- the loss ------------------------------------------------------------------------------------


def test_the_loss_is_its_formula():
    log_probs, rewards, values = (torch.rand(3, 4, generator=seeded(s)).double() for s in range(3))
    total = 0.0
    for b, t in itertools.product(range(3), range(4)):
        more = rewards[b, t:].sum() - values[b, t]
        total -= log_probs[b, t] * more
    found = rl2.policy_gradient_loss(log_probs, rewards, values)
    torch.testing.assert_close(found, total / 3)


def test_nothing_flows_back_through_what_was_expected():
    log_probs, rewards, values = (torch.rand(3, 4, generator=seeded(s)).double() for s in range(3))
    found = grad(rl2.policy_gradient_loss, argnums=2)(log_probs, rewards, values)
    assert not found.any()


@pytest.mark.parametrize("values", [0.0, 7.0])
def test_on_average_its_gradient_is_that_of_the_exact_return(params, values):
    """Whatever was expected; over 50 batches of 500 plays, within 4 standard errors."""

    def exact(weight):
        return rl2.history_return(*rl2.rl2_policy(params | {"head.weight": weight}), 4)

    def of_plays(weight, seed):
        chances = torch.rand(500, 2, generator=seeded(seed)).double()
        play = rl2.rl2_play(params | {"head.weight": weight}, chances, 4, seeded(100 + seed))
        return -rl2.policy_gradient_loss(play.log_probs, play.rewards, values * torch.ones(4))

    weight = params["head.weight"]
    needed = grad(exact)(weight)[0]
    batches = torch.stack([grad(of_plays)(weight, seed)[0] for seed in range(50)])
    error = batches.std(0) / len(batches) ** 0.5
    assert ((batches.mean(0) - needed).abs() < 4 * error).all()


# ---- exactly -------------------------------------------------------------------------------------


@pytest.mark.parametrize("chances", [success, success_of_opposites])
def test_a_policy_on_beliefs_earns_as_much_when_all_histories_are_walked(chances):
    n_pulls = 5
    values = torch.rand(len(bandits.beliefs(n_pulls)), generator=seeded()).double()
    table = bandits.beliefs(n_pulls).view(-1, 4).tolist()
    known = {tuple(b): v for b, v in zip(table, values, strict=True)}

    def policy(pull, state):
        (belief,) = state
        arm = pull[:, 1].long()
        if pull.any():
            belief = bandits.belief_update(belief, arm, pull[:, 2])
        return torch.stack([known[tuple(b)] for b in belief.view(-1, 4).tolist()]), (belief,)

    found = rl2.history_return(policy, (torch.zeros(1, 2, 2).double(),), n_pulls, chances)
    torch.testing.assert_close(found, bandits.belief_return(values, n_pulls, chances), **EXACT)


def test_before_each_pull_some_history_has_happened(params):
    for t, (likely, pi, _) in enumerate(rl2.histories(*rl2.rl2_policy(params), 5)):
        assert likely.shape == (4**t,)
        torch.testing.assert_close(likely.sum(), torch.ones(()).double(), **EXACT)
        torch.testing.assert_close(pi.sum(-1), torch.ones(4**t).double(), **EXACT)


def test_a_memory_earns_in_many_plays_what_it_earns_exactly(params):
    chances = torch.rand(100_000, 2, generator=seeded(7)).double()
    earned = rl2.rl2_play(params, chances, 6, seeded(8)).rewards.sum(1)
    exact = rl2.history_return(*rl2.rl2_policy(params), 6)
    assert abs(earned.mean() - exact) < 4 * earned.std() / len(earned) ** 0.5


def test_the_gradient_of_the_exact_return_is_that_of_finite_differences(params):
    def exact(weights):
        return rl2.history_return(*rl2.rl2_policy(unflatten(weights, params)), 3)

    assert gradcheck(exact, flatten(params).requires_grad_())


def test_without_a_pull_there_is_nothing_to_walk(params):
    with pytest.raises(ValueError, match="n_pulls must be 1 or more, got 0"):
        rl2.history_return(*rl2.rl2_policy(params), 0)
