"""`maml_rl_objective` as it goes wrong: what each mistake trains, and what the training says of
itself (notebook 09b)."""

from collections.abc import Callable
from functools import partial

from torch import Tensor
from torch.func import grad

from metacourse.experiments.navigation import paid_at_the_end
from metacourse.reinforcement import (
    Trajectories,
    log_prob,
    maml_rl_objective,
    mean_of_the_others,
    policy_gradient,
    reward_to_go,
    rollout,
    scores,
    surrogate,
)

Step = Callable[[Tensor, Trajectories], Tensor]  # θ (B, 2, 3), seen → the inner step (B, 2, 3)


def full_step(theta: Tensor, seen: Trajectories) -> Tensor:
    """As in the kernel: what is differentiated knows that θ has chosen the actions."""
    return grad(lambda each: surrogate(each, seen).sum())(theta)


def without_the_choice(theta: Tensor, seen: Trajectories) -> Tensor:
    """The same numbers; but how θ has chosen the actions is not differentiated."""
    states, actions, rewards = seen
    return policy_gradient(scores(theta, states, actions), rewards, mean_of_the_others(rewards))


def fixed_step(theta: Tensor, seen: Trajectories) -> Tensor:
    """First order: the step is not differentiated at all."""
    return without_the_choice(theta, seen).detach()


def whole_return_step(theta: Tensor, seen: Trajectories) -> Tensor:
    """Every action answers for the whole return."""
    return full_step(theta, seen._replace(rewards=paid_at_the_end(seen.rewards)))


def no_baseline_step(theta: Tensor, seen: Trajectories) -> Tensor:
    """Without a baseline; each reward is multiplied by Π π/π of the actions before it."""
    states, actions, rewards = seen
    log_probs = log_prob(theta, states, actions)
    chosen = (log_probs - log_probs.detach()).cumsum(-1).exp()  # 1
    weighed = scores(theta, states, actions) * reward_to_go(rewards * chosen)[..., None, None]
    return weighed.sum(-3).mean(-3)


def objective_with(
    theta: Tensor,
    goals: Tensor,
    before: Tensor,
    after: Tensor,
    *,
    lr_inner: float,
    step: Step = full_step,
    again: str = "",
) -> Tensor:
    """MAML-RL's objective with another step, or judged again by "trajectories" or "noise" that the
    step has seen."""
    theta = theta.expand(len(goals), 2, 3)
    first = rollout(theta, goals, before)
    adapted = theta + lr_inner * step(theta, first)
    if again == "trajectories":
        return surrogate(adapted, first).mean()
    return surrogate(adapted, rollout(adapted, goals, before if again else after)).mean()


OBJECTIVES = {
    "right": maml_rl_objective,
    "same trajectories before and after": partial(objective_with, again="trajectories"),
    "same noise before and after": partial(objective_with, again="noise"),
    "pre-update term missing": partial(objective_with, step=without_the_choice),
    "first-order": partial(objective_with, step=fixed_step),
    "whole return for reward to go": partial(objective_with, step=whole_return_step),
    "no baseline": partial(objective_with, step=no_baseline_step),
}
