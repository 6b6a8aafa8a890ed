"""The exercises of notebook 09b: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import torch
from torch.func import grad, vmap

from metacourse import reinforcement
from metacourse.checks import diagnose
from metacourse.checks.catalogue import find
from metacourse.reinforcement import log_prob, mean_of_the_others, rollout, surrogate

# Right answers, written differently --------------------------------------------------------------


def to_go_by_a_loop(rewards):
    sums, total = [], 0
    for reward in reversed(rewards.unbind(dim=-1)):
        total = total + reward
        sums.insert(0, total)
    return torch.stack(sums, dim=-1)


def to_go_by_what_came_before(rewards):
    return rewards.sum(-1, keepdim=True) - rewards.cumsum(-1) + rewards


def to_go_by_a_matrix(rewards):
    n = rewards.shape[-1]
    return rewards @ torch.ones(n, n, dtype=rewards.dtype).tril()


def estimate_by_einsum(scores, rewards, baseline=0.0):
    advantage = to_go_by_a_matrix(rewards) - baseline
    return torch.einsum("nt,ntij->ij", advantage, scores) / len(rewards)


def estimate_trajectory_by_trajectory(scores, rewards, baseline=0.0):
    baseline = torch.zeros_like(rewards) + baseline
    estimates = []
    for i in range(len(rewards)):
        estimate = 0
        for t in range(rewards.shape[1]):
            estimate = estimate + scores[i, t] * (rewards[i, t:].sum() - baseline[i, t])
        estimates.append(estimate)
    return sum(estimates) / len(estimates)


def objective_for_all_goals_at_once(theta, goals, before, after, *, lr_inner):
    def one(goal, noise_before, noise_after):
        seen = reinforcement.rollout(theta, goal, noise_before)
        adapted = theta + lr_inner * grad(surrogate)(theta, seen)
        return surrogate(adapted, rollout(adapted, goal, noise_after))

    return vmap(one)(goals, before, after).mean()


def objective_with_autograd(theta, goals, before, after, *, lr_inner):
    """First all teach, then all are judged."""
    adapted, value = [], 0
    for goal, noise in zip(goals, before, strict=True):
        start = theta if theta.requires_grad else theta.clone().requires_grad_()
        said = surrogate(start, rollout(start, goal, noise))
        (step,) = torch.autograd.grad(said, start, create_graph=True)
        adapted.append(start + lr_inner * step)
    for each, goal, noise in zip(adapted, goals, after, strict=True):
        value = value + surrogate(each, rollout(each, goal, noise)) / len(goals)
    return value


ALTERNATIVES = {
    "reward_to_go": [to_go_by_a_loop, to_go_by_what_came_before, to_go_by_a_matrix],
    "policy_gradient": [estimate_by_einsum, estimate_trajectory_by_trajectory],
    "maml_rl_objective": [objective_for_all_goals_at_once, objective_with_autograd],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"reinforcement.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_rewards_added_up_from_the_front_are_told():
    assert "what has come *before*" in told("reward_to_go", lambda rewards: rewards.cumsum(-1))


def test_an_estimate_without_reward_to_go_is_told():
    def wrong(scores, rewards, baseline=0.0):
        returns = rewards.sum(dim=1)[:, None] - baseline
        return (scores * returns[..., None, None]).sum(dim=1).mean(dim=0)

    assert "Reward to go is missing" in told("policy_gradient", wrong)


def test_an_estimate_that_averages_over_moves_as_well_is_told():
    def wrong(scores, rewards, baseline=0.0):
        advantage = reinforcement.reward_to_go(rewards) - baseline
        return (scores * advantage[..., None, None]).mean(dim=(0, 1))

    assert "mean over the moves" in told("policy_gradient", wrong)


def test_advantages_that_are_normalised_are_told():
    def wrong(scores, rewards, baseline=0.0):
        advantage = reinforcement.reward_to_go(rewards) - baseline
        advantage = (advantage - advantage.mean()) / advantage.std()
        return (scores * advantage[..., None, None]).sum(dim=1).mean(dim=0)

    assert "normalised" in told("policy_gradient", wrong)


def test_one_step_for_all_goals_is_told():
    def wrong(theta, goals, before, after, *, lr_inner):
        steps = [
            grad(surrogate)(theta, rollout(theta, *each))
            for each in zip(goals, before, strict=True)
        ]
        adapted = theta + lr_inner * sum(steps) / len(goals)
        values = [
            surrogate(adapted, rollout(adapted, *each)) for each in zip(goals, after, strict=True)
        ]
        return torch.stack(values).mean()

    assert "one step together" in told("maml_rl_objective", wrong)


def test_old_trajectories_that_judge_are_told():
    def wrong(theta, goals, before, after, *, lr_inner):
        values = []
        for goal, noise in zip(goals, before, strict=True):
            seen = rollout(theta, goal, noise)
            adapted = theta + lr_inner * grad(surrogate)(theta, seen)
            values.append(surrogate(adapted, seen))
        return torch.stack(values).mean()

    assert "judged on the trajectories that it was taken from" in told("maml_rl_objective", wrong)


def test_a_step_on_log_probabilities_that_forgets_who_tried_is_told():
    """The surrogate of most programs: right once differentiated, wrong the second time."""

    def by_log_probs(theta, seen):
        states, actions, rewards = seen
        advantage = reinforcement.reward_to_go(rewards) - mean_of_the_others(rewards)
        return (log_prob(theta, states, actions) * advantage).sum(-1).mean()

    def wrong(theta, goals, before, after, *, lr_inner):
        values = []
        for goal, noise, others in zip(goals, before, after, strict=True):
            step = grad(by_log_probs)(theta, rollout(theta, goal, noise))
            adapted = theta + lr_inner * step
            values.append(surrogate(adapted, rollout(adapted, goal, others)))
        return torch.stack(values).mean()

    assert "keeps that term" in told("maml_rl_objective", wrong)
