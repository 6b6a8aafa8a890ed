"""A robot that has to find a goal by its rewards: policy gradients and MAML-RL, exact (chapter 09).

A point robot starts at (0, 0) and makes T = 10 moves. Its policy is linear and Gaussian: in state s
it takes the action a ~ N(θ [s; 1], σ² I), σ = 0.1, and two motors turn that into a move,
s′ = s + d ⊙ a: the second is the weaker. Each reward is −|s′ − goal|² / T: a return, their sum, is
minus the mean squared distance to the goal along the way. A task is a goal, which the robot is not
told (Finn, Abbeel & Levine 2017, Sec. 5.3, with noise that is known and returns that are exact).

θ (2, 3) holds the weights of the state in its first two columns, those of the 1 in the last. Every
function takes one task or a batch: leading axes of theta, goal and noise broadcast. Returns are to
be raised, not lowered. Shapes: B tasks, n trajectories, T steps. Shapes that do not fit raise
ValueError.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import grad
from torch.nn import functional as F

N_MOVES = 10
STD = 0.1  # σ of an action
MOTORS = 1.0, 0.3  # d, metres of a move per unit of an action


class Trajectories(NamedTuple):
    """What n attempts have brought. It happened: no gradient flows through it."""

    states: Tensor  # (…, n, T, 2), before each action
    actions: Tensor  # (…, n, T, 2)
    rewards: Tensor  # (…, n, T)


# ---- exact ---------------------------------------------------------------------------------------


def expected_return(theta: Tensor, goal: Tensor, *, motors: tuple = MOTORS) -> Tensor:
    """Return what a policy brings on average: no trajectory is drawn.

    [s; 1] goes to A [s; 1] + noise with A = I + [D θ; 0], so its second moment M = E[s; 1][s; 1]ᵀ
    goes to A M Aᵀ + diag(σ² d₁², σ² d₂², 0); and E|s − g|² = C M Cᵀ traced, with C = [I, −g].
    Shapes: theta (…, 2, 3), goal (…, 2) → (…).
    """
    _check(theta, goal)
    identity = torch.eye(3, dtype=theta.dtype, device=theta.device)
    strength = motors[0] * identity[0] + motors[1] * identity[1]  # (d₁, d₂, 0)
    move = identity + strength[:, None] * F.pad(theta, (0, 0, 0, 1))  # (…, 3, 3)
    noise = (STD * strength).square().diag()
    moment = identity * identity[2]  # at (0, 0), for sure
    total = torch.zeros_like(moment)
    for _ in range(N_MOVES):
        moment = move @ moment @ move.mT + noise
        total = total + moment
    mean_moment = total / N_MOVES
    along = (mean_moment[..., :2, 2] * goal).sum(-1)
    square = mean_moment[..., 0, 0] + mean_moment[..., 1, 1]
    return -(square - 2 * along + goal.square().sum(-1))


def return_gradient(theta: Tensor, goal: Tensor, *, motors: tuple = MOTORS) -> Tensor:
    """Return ∇J, of `expected_return` with respect to θ: (…, 2, 3), one for each task."""
    theta = theta.expand(*goal.shape[:-1], 2, 3)
    return grad(lambda each: expected_return(each, goal, motors=motors).sum())(theta)


def adapt(
    theta: Tensor,
    goal: Tensor,
    *,
    lr_inner: float | Tensor,
    n_steps: int = 1,
    motors: tuple = MOTORS,
) -> Tensor:
    """Return θ′ after exact steps on the return: θ ← θ + α ∇J(θ), uphill.

    lr_inner is one rate, or one for each motor, (2, 1).
    Shapes: theta (…, 2, 3), goal (…, 2) → (…, 2, 3). Gradients flow through the steps.
    """
    _check(theta, goal)
    for _ in range(n_steps):
        theta = theta + lr_inner * return_gradient(theta, goal, motors=motors)
    return theta


def maml_rl_return(
    theta: Tensor, goals: Tensor, *, lr_inner: float, n_steps: int = 1, motors: tuple = MOTORS
) -> Tensor:
    """Return what a start is worth after its steps, the mean over tasks: MAML-RL without sampling.

    1/B Σᵢ Jᵢ(θ + α ∇Jᵢ(θ))  (Finn, Abbeel & Levine 2017, Eq. 1 and 4, with J for −L).
    Shapes: theta (2, 3), goals (B, 2) → ().
    """
    adapted = adapt(theta, goals, lr_inner=lr_inner, n_steps=n_steps, motors=motors)
    return expected_return(adapted, goals, motors=motors).mean()


# ---- sampled -------------------------------------------------------------------------------------


def rollout(theta: Tensor, goal: Tensor, noise: Tensor, *, motors: tuple = MOTORS) -> Trajectories:
    """Let the robot move: n trajectories, whose actions are θ [s; 1] + σ · noise.

    Shapes: theta (…, 2, 3), goal (…, 2), noise (…, n, T, 2) from N(0, 1).
    """
    _check(theta, goal)
    if noise.dim() < 3 or noise.shape[-2:] != (N_MOVES, 2):
        raise ValueError(f"noise must be (…, n, {N_MOVES}, 2), got {tuple(noise.shape)}")
    strength = torch.tensor(motors, dtype=noise.dtype, device=noise.device)
    theta, place = theta.detach(), torch.zeros_like(noise[..., 0, :])  # place (…, n, 2)
    states, actions = [], []
    for t in range(N_MOVES):
        states.append(place)
        actions.append(with_one(place) @ theta.mT + STD * noise[..., t, :])
        place = place + strength * actions[-1]
    arrived = torch.stack([*states[1:], place], -2)
    rewards = -(arrived - goal[..., None, None, :]).square().sum(-1) / N_MOVES
    return Trajectories(torch.stack(states, -2), torch.stack(actions, -2), rewards)


def log_prob(theta: Tensor, states: Tensor, actions: Tensor) -> Tensor:
    """Return log π(a | s) of each action: −|a − θ [s; 1]|² / (2 σ²) − log(2 π σ²).

    Shapes: theta (…, 2, 3), states and actions (…, n, T, 2) → (…, n, T).
    """
    surprise = actions - with_one(states) @ theta.mT.unsqueeze(-3)
    return -surprise.square().sum(-1) / (2 * STD**2) - math.log(2 * math.pi * STD**2)


def scores(theta: Tensor, states: Tensor, actions: Tensor) -> Tensor:
    """Return ∇ log π(a | s) of each action: (a − θ [s; 1]) [s; 1]ᵀ / σ², which makes it likelier.

    Shapes: theta (…, 2, 3), states and actions (…, n, T, 2) → (…, n, T, 2, 3).
    """
    inputs = with_one(states)
    surprise = (actions - inputs @ theta.mT.unsqueeze(-3)) / STD**2
    return surprise.unsqueeze(-1) * inputs.unsqueeze(-2)


def reward_to_go(rewards: Tensor) -> Tensor:
    """Return the sum of the rewards from each step on: r_t + … + r_T. Shapes: (…, T) → (…, T)."""
    return rewards.flip(-1).cumsum(-1).flip(-1)


def mean_of_the_others(rewards: Tensor) -> Tensor:
    """Return for each step the mean reward to go of the other trajectories: a baseline.

    It does not depend on the trajectory's own actions, so it takes noise away and adds no bias.
    Shapes: (…, n, T) → (…, n, T), n ≥ 2.
    """
    if rewards.dim() < 2 or rewards.shape[-2] < 2:
        raise ValueError(f"rewards must be (…, n, T) with n ≥ 2, got {tuple(rewards.shape)}")
    to_go = reward_to_go(rewards)
    return (to_go.sum(-2, keepdim=True) - to_go) / (rewards.shape[-2] - 1)


def policy_gradient(scores: Tensor, rewards: Tensor, baseline: Tensor | float = 0.0) -> Tensor:
    """Return REINFORCE's estimate of ∇J: the mean over trajectories of Σ_t ∇ log π(a | s) (G − b).

    G is the reward to go: an action answers for what comes after it; b is the baseline
    (Williams 1992; Sutton et al. 2000).
    Shapes: scores (…, n, T, *θ), θ of two axes; rewards (…, n, T), baseline like them → (…, *θ).
    """
    if scores.shape[:-2] != rewards.shape:
        raise ValueError(
            f"scores must be (…, n, T, 2 axes of θ) for rewards (…, n, T): got "
            f"{tuple(scores.shape)} for {tuple(rewards.shape)}"
        )
    advantage = reward_to_go(rewards) - baseline
    return (scores * advantage[..., None, None]).sum(-3).mean(-3)


def reinforce(theta: Tensor, goal: Tensor, noise: Tensor, *, motors: tuple = MOTORS) -> Tensor:
    """Return `policy_gradient` of n new trajectories, with the mean of the others for a baseline.

    Shapes: theta (…, 2, 3), goal (…, 2), noise (…, n, T, 2) → (…, 2, 3).
    """
    states, actions, rewards = rollout(theta, goal, noise, motors=motors)
    baseline = mean_of_the_others(rewards)
    return policy_gradient(scores(theta, states, actions), rewards, baseline)


def surrogate(theta: Tensor, seen: Trajectories) -> Tensor:
    """Return the mean return of trajectories of θ; all its derivatives estimate those of J.

    The first is `policy_gradient` with `mean_of_the_others`. Each advantage is multiplied by
    Π π/π over the actions up to its own, minus the product without its own, the lower π held fast:
    1 − 1, but θ has chosen all of these actions, and a step that is differentiated needs to know
    (Foerster et al. 2018; Farquhar, Whiteson & Foerster 2019).
    Shapes: theta (…, 2, 3), n ≥ 2 → (…).
    """
    states, actions, rewards = seen
    log_probs = log_prob(theta, states, actions)
    change = log_probs - log_probs.detach()  # 0
    so_far = change.cumsum(-1)
    advantage = reward_to_go(rewards) - mean_of_the_others(rewards)
    return (rewards + (so_far.exp() - (so_far - change).exp()) * advantage).sum(-1).mean(-1)


def maml_rl_objective(
    theta: Tensor, goals: Tensor, before: Tensor, after: Tensor, *, lr_inner: float
) -> Tensor:
    """Return the mean return after a step, both by trajectories; its gradient estimates MAML-RL's.

    θ′ = θ + α `reinforce`(θ), by trajectories of θ; then new ones, of θ′, say what θ′ is worth
    (Finn, Abbeel & Levine 2017, Alg. 3).
    Shapes: theta (2, 3), goals (B, 2), noise before and after (B, n, T, 2), n ≥ 2 → ().
    """
    theta = theta.expand(len(goals), 2, 3)
    first = rollout(theta, goals, before)
    step = grad(lambda each: surrogate(each, first).sum())(theta)
    adapted = theta + lr_inner * step
    return surrogate(adapted, rollout(adapted, goals, after)).mean()


def with_one(states: Tensor) -> Tensor:
    """Put a 1 behind each state: (…, D) → (…, D + 1)."""
    return F.pad(states, (0, 1), value=1.0)


def _check(theta: Tensor, goal: Tensor) -> None:
    if theta.shape[-2:] != (2, 3):
        raise ValueError(f"theta must be (…, 2, 3), got {tuple(theta.shape)}")
    if goal.shape[-1:] != (2,):
        raise ValueError(f"goal must be (…, 2), got {tuple(goal.shape)}")
