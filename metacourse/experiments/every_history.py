"""All histories of a few pulls, by which an estimate is judged without a sample (notebook 09a)."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse import bandits


class Histories(NamedTuple):
    """Everything that n pulls can be: M = 4ⁿ histories."""

    arms: Tensor  # (M, n)
    rewards: Tensor  # (M, n)
    at: Tensor  # (M, n): the place of the belief before each pull among `bandits.beliefs(n)`
    luck: Tensor  # (M,): the probability of the rewards, given the arms


def every_history(
    n_pulls: int, update: Callable[[Tensor, Tensor, Tensor], Tensor] = bandits.belief_update
) -> Histories:
    """Return all histories of n pulls of independent arms, beliefs told by `update`."""
    moves = torch.cartesian_prod(*[torch.arange(2)] * (2 * n_pulls))
    arms, rewards = moves[:, :n_pulls], moves[:, n_pulls:].double()
    belief, luck, at = torch.zeros(len(moves), 2, 2).double(), torch.ones(len(moves)).double(), []
    for arm, reward in zip(arms.T, rewards.T, strict=True):
        found = (bandits.beliefs(n_pulls) == belief[:, None]).all(-1).all(-1)  # (M, N)
        at.append(found.int().argmax(1))
        p = bandits.success(belief).gather(1, arm[:, None]).squeeze(1)
        luck = luck * torch.where(reward == 1, p, 1 - p)
        belief = update(belief, arm, reward)
    return Histories(arms, rewards, torch.stack(at, dim=1), luck)
