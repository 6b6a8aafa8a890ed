"""Starts of a robot that looks for a goal, before and after steps on its return (notebook 09b)."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from metacourse.reinforcement import (
    MOTORS,
    N_MOVES,
    adapt,
    expected_return,
    maml_rl_objective,
    maml_rl_return,
    mean_of_the_others,
    policy_gradient,
    reinforce,
    return_gradient,
    rollout,
    scores,
)
from metacourse.training import learn

ALIKE = 1.0, 1.0  # motors of one strength
RATES = 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0  # to choose α from
N_GOALS, LR = 64, 0.05
CREDITS = "neither", "baseline", "reward to go", "both"


def sample_goals(n: int, generator: Generator) -> Tensor:
    """Draw goals from a square of 1 m around the robot: (n, 2)."""
    return (torch.rand(n, 2, generator=generator) - 0.5).double()


def validation_goals() -> Tensor:
    """500 goals to choose rates on."""
    return sample_goals(500, torch.Generator().manual_seed(8))


def unseen_goals() -> Tensor:
    """500 goals that nothing is chosen on."""
    return sample_goals(500, torch.Generator().manual_seed(9))


def sample_noise(n_goals: int, n: int, generator: Generator) -> Tensor:
    """Draw the luck of n trajectories for each goal: (n_goals, n, T, 2) from N(0, 1)."""
    return torch.randn(n_goals, n, N_MOVES, 2, generator=generator).double()


def jump_to(goal: Tensor, *, motors: tuple = MOTORS) -> Tensor:
    """The best policy where the goal is known: in one move, from anywhere, d ⊙ θ [s; 1] = g − s.

    Shapes: goal (…, 2) → (…, 2, 3).
    """
    back = -torch.eye(2, dtype=goal.dtype).expand(*goal.shape, 2)
    towards = torch.cat([back, goal.unsqueeze(-1)], dim=-1)
    return towards / torch.tensor(motors, dtype=goal.dtype).unsqueeze(-1)


def walks(theta: Tensor, goal: Tensor, noise: Tensor) -> Tensor:
    """The places of trajectories, the first and the last one too: (…, n, T + 1, 2).

    With a noise of 0 it is the mean walk. Shapes as in `rollout`.
    """
    states, actions, _ = rollout(theta, goal, noise)
    last = states[..., -1:, :] + torch.tensor(MOTORS, dtype=noise.dtype) * actions[..., -1:, :]
    return torch.cat([states, last], dim=-2)


# ---- training ------------------------------------------------------------------------------------


def small_start(seed: int = 0, scale: float = 0.01) -> Tensor:
    """A policy that hardly moves: (2, 3) from N(0, scale²)."""
    return scale * torch.randn(2, 3, generator=torch.Generator().manual_seed(seed)).double()


def trained_start(
    lr_inner: float, seed: int = 0, *, motors: tuple = MOTORS, n_outer: int = 200
) -> Tensor:
    """MAML-RL's start for one exact step of this rate; for a rate of 0, the joint start."""
    n_steps = 1 if lr_inner else 0

    def loss(params, generator):
        goals = sample_goals(N_GOALS, generator)
        how = {"lr_inner": lr_inner, "n_steps": n_steps, "motors": motors}
        return -maml_rl_return(params["theta"], goals, **how)

    start = {"theta": small_start(seed)}
    return learn(loss, start, lr=LR, n_steps=n_outer, seed=seed).params["theta"]


def trained_by_trajectories(
    lr_inner: float,
    n: int = 20,
    seed: int = 0,
    *,
    objective: Callable[..., Tensor] = maml_rl_objective,
    n_outer: int = 300,
) -> tuple[Tensor, list[float]]:
    """A start trained on so many trajectories before a step and after it, and the returns that the
    training has seen."""

    def loss(params, generator):
        goals = sample_goals(N_GOALS, generator)
        luck = (sample_noise(N_GOALS, n, generator) for _ in range(2))
        return -objective(params["theta"], goals, *luck, lr_inner=lr_inner)

    start = {"theta": small_start(seed)}
    training = learn(loss, start, lr=LR, n_steps=n_outer, seed=seed)
    return training.params["theta"], [-loss for loss in training.losses]


# ---- what a start is worth -----------------------------------------------------------------------


def after_steps(
    theta: Tensor, goals: Tensor, *, lr_inner: float, n_steps: int = 1, motors: tuple = MOTORS
) -> Tensor:
    """The expected return of each goal after exact steps: (B,)."""
    adapted = adapt(theta, goals, lr_inner=lr_inner, n_steps=n_steps, motors=motors)
    return expected_return(adapted, goals, motors=motors)


def after_sampled_step(
    theta: Tensor, goals: Tensor, *, lr_inner: float | Tensor, n: int, seed: int = 0
) -> Tensor:
    """The expected return of each goal after a step by n trajectories: (B,)."""
    luck = sample_noise(len(goals), n, torch.Generator().manual_seed(seed))
    return expected_return(theta + lr_inner * reinforce(theta, goals, luck), goals)


class Chosen(NamedTuple):
    """The best of some starts and rates by their mean return."""

    theta: Tensor
    lr_inner: float


def best_of(starts: dict[float, Tensor], after: Callable[..., Tensor]) -> Chosen:
    """Choose among starts and rates by what they bring: after(theta, goals, lr_inner=…) → (B,).

    A start under the rate 0 tries all the rates; one that was trained for a rate keeps it. One that
    runs away on a goal is not chosen.
    """
    goals = validation_goals()
    tried = [
        Chosen(theta, rate)
        for own, theta in starts.items()
        for rate in (RATES if own == 0 else [own])
    ]
    means = [after(theta, goals, lr_inner=rate).mean() for theta, rate in tried]
    return tried[int(torch.stack(means).nan_to_num(nan=-torch.inf).argmax())]


def after_its_best_step(
    theta: Tensor, goals: Tensor, *, n: int, rates: float | Tensor = 1.0
) -> Tensor:
    """`after_sampled_step` at the multiple of rates that is the best on validation goals: (B,)."""

    def after(theta, goals, lr_inner, seed=1):
        return after_sampled_step(theta, goals, lr_inner=lr_inner * rates, n=n, seed=seed)

    return after(theta, goals, best_of({0.0: theta}, after).lr_inner, seed=0)


# ---- how noisy an estimate is --------------------------------------------------------------------


def estimate(theta: Tensor, goals: Tensor, noise: Tensor, credit: str = "both") -> Tensor:
    """REINFORCE's estimates for each goal, with what `credited` says: (B, 2, 3)."""
    states, actions, rewards = rollout(theta, goals, noise)
    return credited(scores(theta, states, actions), rewards, credit)


def credited(all_scores: Tensor, rewards: Tensor, credit: str) -> Tensor:
    """`policy_gradient` with one of CREDITS: the reward to go in the place of the whole return, the
    mean of the others as a baseline, both or neither."""
    if credit in ("neither", "baseline"):
        rewards = paid_at_the_end(rewards)
    baseline = mean_of_the_others(rewards) if credit in ("baseline", "both") else 0.0
    return policy_gradient(all_scores, rewards, baseline)


def paid_at_the_end(rewards: Tensor) -> Tensor:
    """The same return, all of it with the last move: then every action answers for the whole."""
    return torch.cat([torch.zeros_like(rewards[..., 1:]), rewards.sum(-1, keepdim=True)], -1)


def angles(theta: Tensor, goals: Tensor, n: int, credit: str = "both", seed: int = 0) -> Tensor:
    """Degrees between estimates by n trajectories and the exact gradients, one a goal: (B,)."""
    luck = sample_noise(len(goals), n, torch.Generator().manual_seed(seed))
    return degrees(estimate(theta, goals, luck, credit), return_gradient(theta, goals))


def degrees(estimates: Tensor, exact: Tensor) -> Tensor:
    """The angles between gradients: (…, 2, 3) each → (…)."""
    cosines = torch.cosine_similarity(estimates.flatten(-2), exact.flatten(-2), dim=-1)
    return cosines.clamp(-1, 1).arccos().rad2deg()
