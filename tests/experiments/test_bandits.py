"""experiments.bandits, wrong_bandits: what RL² is trained on, and with what mistakes."""

import pytest
import torch

from metacourse import bandits, rl2
from metacourse.experiments import bandits as ours
from metacourse.experiments import wrong_bandits


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def play():
    chances = ours.sample_chances("independent", 20_000, seeded(1))
    with torch.no_grad():
        return rl2.rl2_play(ours.new_memory(), chances, 4, seeded(2)), chances


# ---- by one line ---------------------------------------------------------------------------------


def test_who_stays_after_a_reward_earns_what_the_two_chances_say():
    """Of a known bandit: x_t, the chance of arm 0, is x p + (1 − x)(1 − q) one pull later."""
    p, q, first, needed = 0.7, 0.4, 0.5, 0.0
    for _ in range(6):
        needed += first * p + (1 - first) * q
        first = first * p + (1 - first) * (1 - q)
    chances = torch.tensor([p, q]).double()
    found = rl2.history_return(
        ours.win_stay, (), 6, lambda belief: chances.expand(*belief.shape[:-1])
    )
    assert found.item() == pytest.approx(needed)


def test_who_lets_the_first_pull_decide_never_changes_again():
    """½ for the first, then 2/3 of an arm that has paid and ½ of one that is not known."""
    for n_pulls in (1, 2, 6, 8):
        found = rl2.history_return(ours.first_decides, (), n_pulls)
        assert found.item() == pytest.approx(1 / 2 + (n_pulls - 1) * (2 / 3 + 1 / 2) / 2)


# ---- what a pull is judged by --------------------------------------------------------------------


@pytest.mark.parametrize("signal", ours.SIGNALS)
def test_whatever_a_pull_is_judged_by_on_average_it_is_the_same_gradient(signal, play):
    """Of each pull's logit, where it does not depend on what was read: within 4 standard errors."""
    played, chances = play
    pushes = (1 - 2 * played.arms) * (1 - played.log_probs.exp())  # d log π / d logit of arm 0

    def gradients(name):
        rewards, values = ours.SIGNALS[name](played, chances)
        to_go = rewards.flip(1).cumsum(1).flip(1)
        return pushes * (to_go - values)

    away = gradients(signal) - gradients("rewards")
    error = away.std(0) / len(away) ** 0.5
    assert (away.mean(0).abs() <= 4 * error).all()


def test_the_less_chance_is_in_the_signal_the_less_it_varies(play):
    played, chances = play
    deviations = []
    for signal in ours.SIGNALS.values():
        rewards, values = signal(played, chances)
        deviations.append((rewards.sum(1) - values.expand_as(rewards)[:, 0]).square().mean().item())
    assert deviations == sorted(deviations, reverse=True)
    assert deviations[-1] < 0.1 * deviations[0]


# ---- training ------------------------------------------------------------------------------------


def test_what_training_shows_is_how_many_pulls_do_not_pay():
    training = ours.trained(n_steps=3)
    assert len(training.losses) == 3
    assert all(4 < missed < 6 for missed in training.losses)  # at random: 5 of 10


def test_a_short_training_explores_better_than_at_random():
    params = ours.trained(n_steps=60).params
    assert ours.exact_return(params, n_pulls=5) > 2.6  # at random 2.5, the optimum 2.89


def test_a_network_that_is_given_the_counts_is_trained_alike():
    training = ours.trained(start=ours.new_counter, player=ours.counting_play, n_steps=60)
    assert ours.counting_return(training.params) > 5.3


def test_along_the_exact_gradient_the_return_rises():
    params = ours.trained_exactly(4, bonus=0.05, n_steps=60)
    value, _ = bandits.bandit_optimum(4)
    assert 2.1 < ours.exact_return(params, n_pulls=4) <= value


def test_in_the_other_family_a_memory_earns_something_else():
    params = ours.trained("opposites", n_steps=60).params
    assert ours.exact_return(params, "opposites", 5) > ours.exact_return(params, n_pulls=5)


# ---- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", wrong_bandits.WRONG)
def test_each_mistake_trains_and_is_gone_afterwards(name, monkeypatch):
    monkeypatch.setattr(ours, "exact_return", lambda params: 5.0)
    before = rl2.as_input, rl2.read_pull, rl2.policy_gradient_loss, ours.sample_chances
    training, earned = wrong_bandits.trained_wrong(name, n_steps=2)
    assert len(training.losses) == 2
    assert earned == 5.0
    assert before == (rl2.as_input, rl2.read_pull, rl2.policy_gradient_loss, ours.sample_chances)


def test_without_rewards_a_memory_cannot_tell_the_arms_apart():
    with wrong_bandits.patched("no reward is read"):
        earned = rl2.history_return(*rl2.rl2_policy(ours.new_memory()), 4)
    assert earned.item() == pytest.approx(2)


def test_a_forgetful_memory_answers_by_the_last_pull_alone():
    with wrong_bandits.patched("state zeros at every pull"):
        walk = [*rl2.histories(*rl2.rl2_policy(ours.new_memory()), 4)]
    assert len(walk[3][1].unique(dim=0)) == 4  # by its arm and its reward


def test_judged_by_all_rewards_the_gradient_is_the_same_on_average_and_varies_more(play):
    played, chances = play
    rewards, values = ours.known_bandit(played, chances)
    right = torch.stack([rewards[:, t:].sum(1) - values[:, t] for t in range(4)], 1)
    total = rewards.sum(1, keepdim=True) - values[:, :1]
    assert total.square().mean() > right.square().mean()
    found = wrong_bandits.whole_return(played.log_probs, rewards, values)
    torch.testing.assert_close(found, -(played.log_probs * total).sum(1).mean())


def test_without_its_own_reward_the_last_pull_learns_nothing(play):
    played, chances = play
    log_probs = played.log_probs.clone().requires_grad_()
    rewards, values = ours.known_chances(played, chances)
    wrong_bandits.without_its_own(log_probs, rewards, values).backward()
    assert not log_probs.grad[:, -1].any()
    assert log_probs.grad[:, 0].any()


def test_few_bandits_are_twenty():
    chances = wrong_bandits.few("independent", 2000, seeded())
    assert len(chances.unique(dim=0)) == 20


def test_a_kept_state_begins_where_the_bandits_before_have_ended():
    player, params = wrong_bandits.KeptState(), ours.new_memory()
    chances = ours.sample_chances("independent", 8, seeded())
    with torch.no_grad():
        first = player(params, chances, 3, seeded(1))
        needed = rl2.rl2_play(params, chances, 3, seeded(1))
        again = player(params, chances, 3, seeded(1))
    torch.testing.assert_close(first, needed)
    assert (again.entropies[:, 0] != first.entropies[:, 0]).all()


@pytest.mark.parametrize("family", ours.FAMILIES)
def test_the_chances_of_a_family_are_those_of_what_is_drawn(family):
    """Of 100,000 bandits, those in which arm 1 has paid twice of three pulls and arm 0 never."""
    chances = ours.sample_chances(family, 100_000, seeded()).double()
    likely = chances[:, 1] ** 2 * (1 - chances[:, 1]) * (1 - chances[:, 0])
    found = (likely[:, None] * chances).sum(0) / likely.sum()
    needed = ours.FAMILIES[family](torch.tensor([[0, 1], [2, 1]]).double())
    torch.testing.assert_close(found, needed, rtol=0, atol=0.01)


def test_where_a_risky_arm_is_rarely_good_the_uniform_prior_costs_much():
    world = ours.FAMILIES["safe or risky"]
    value, _ = bandits.bandit_optimum(10, world)
    uniform = bandits.larger(bandits.bandit_optimum(10)[1])
    assert value.item() == pytest.approx(5.734, abs=5e-4)
    assert bandits.belief_return(uniform, 10, world).item() == pytest.approx(5.305, abs=5e-4)


def test_thompson_who_knows_of_opposites_pulls_an_arm_as_often_as_it_is_the_better_one():
    """Of 100,000 bandits, those in which arm 1 has paid twice of three pulls and arm 0 never."""
    chances = ours.sample_chances("opposites", 100_000, seeded()).double()
    likely = chances[:, 1] ** 2 * (1 - chances[:, 1]) * (1 - chances[:, 0])
    found = likely @ (chances[:, 0] > chances[:, 1]).double() / likely.sum()
    needed = ours.thompson_of_opposites(torch.tensor([[0, 1], [2, 1]]).double())
    torch.testing.assert_close(found, needed, rtol=0, atol=0.01)


def test_on_opposites_thompson_with_the_right_prior_is_still_behind_greedy_with_the_wrong_one():
    known, world = bandits.beliefs(10), ours.FAMILIES["opposites"]
    wrong, right = bandits.thompson(known), ours.thompson_of_opposites(known)
    earned = [
        bandits.belief_return(policy, 10, world).item()
        for policy in (wrong, right, bandits.greedy(known))
    ]
    assert earned == pytest.approx([6.317, 6.490, 6.817], abs=5e-4)
