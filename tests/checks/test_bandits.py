"""The exercises of notebook 09a: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

from functools import cache

import torch

from metacourse.bandits import beliefs_after, following, success
from metacourse.checks import diagnose
from metacourse.checks.catalogue import find

# Right answers, written differently --------------------------------------------------------------


def update_by_index(belief, arm, reward):
    counts = belief.clone().reshape(-1, 4)
    place = 2 * arm + (reward == 0)
    counts[torch.arange(len(counts)), place.reshape(-1)] += 1
    return counts.view_as(belief)


def update_by_where(belief, arm, reward):
    pulled = torch.stack([arm == 0, arm == 1], dim=-1)
    grown = belief + torch.stack([reward, 1 - reward], dim=-1).unsqueeze(-2)
    return torch.where(pulled.unsqueeze(-1), grown, belief)


def optimum_by_calls(n_pulls, chances=success):
    """Belief by belief, each asking those that follow."""

    @cache
    def arm_values(counts):
        if sum(counts) == n_pulls:
            return torch.zeros(2).double()
        first, second = (
            [arm_values(one_more(counts, i)).max() for i in arm] for arm in ((0, 1), (2, 3))
        )
        won, lost = torch.tensor([first, second]).unbind(-1)
        p = chances(torch.tensor(counts).double().view(2, 2))
        return p * (1 + won) + (1 - p) * lost

    places = torch.cat([beliefs_after(t) for t in range(n_pulls)]).long()
    q = torch.stack([arm_values(tuple(belief.flatten().tolist())) for belief in places])
    return q[0].max(), q


def one_more(counts, i):
    return (*counts[:i], counts[i] + 1, *counts[i + 1 :])


def optimum_with_maximum(n_pulls, chances=success):
    value, q = torch.zeros(len(beliefs_after(n_pulls))).double(), torch.zeros(0, 2).double()
    for t in range(n_pulls - 1, -1, -1):
        won, lost = value[following(t)].unbind(-1)
        p = chances(beliefs_after(t))
        now = lost + p * (1 + won - lost)
        value, q = torch.maximum(now[:, 0], now[:, 1]), torch.cat([now, q])
    return value.squeeze(), q


def loss_by_subtraction(log_probs, rewards, values):
    before = rewards.cumsum(-1) - rewards
    to_go = rewards.sum(-1, keepdim=True) - before
    with torch.no_grad():
        more = to_go - values
    return (-log_probs * more).sum() / log_probs[..., 0].numel()


def loss_pull_by_pull(log_probs, rewards, values):
    total = 0
    for t in range(rewards.shape[-1]):
        came = rewards[..., t:].sum(-1)
        total = total - log_probs[..., t] * (came - values[..., t].detach())
    return total.mean()


ALTERNATIVES = {
    "belief_update": [update_by_index, update_by_where],
    "bandit_optimum": [optimum_by_calls, optimum_with_maximum],
    "policy_gradient_loss": [loss_by_subtraction, loss_pull_by_pull],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"bandits.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_pull_that_is_counted_for_both_arms_is_told():
    def wrong(belief, arm, reward):
        belief = belief.clone()
        belief[..., 0] += reward.unsqueeze(-1)
        belief[..., 1] += 1 - reward.unsqueeze(-1)
        return belief

    assert "counted for both arms" in told("belief_update", wrong)


def test_a_plan_that_learns_nothing_on_the_way_is_told():
    def wrong(n_pulls, chances=success):
        levels = [(n_pulls - t) * chances(beliefs_after(t)) for t in range(n_pulls)]
        return levels[0].max(), torch.cat(levels)

    assert "counts are not updated" in told("bandit_optimum", wrong)


def test_a_baseline_that_is_differentiated_is_told():
    def wrong(log_probs, rewards, values):
        to_go = torch.stack([rewards[..., t:].sum(-1) for t in range(rewards.shape[-1])], dim=-1)
        return -(log_probs * (to_go - values)).sum(-1).mean()

    assert "flows into the values" in told("policy_gradient_loss", wrong)


def test_pulls_that_are_judged_by_their_own_reward_are_told():
    def wrong(log_probs, rewards, values):
        return -(log_probs * (rewards - values).detach()).sum(-1).mean()

    assert "its own reward alone" in told("policy_gradient_loss", wrong)
