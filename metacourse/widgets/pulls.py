"""Ten pulls of a bandit: what they pay, and what a memory makes of them."""

import torch

from metacourse import rl2
from metacourse.figures.bandits import ARMS
from metacourse.lstm import start_state

N_PULLS = 10


def drawn(number):
    """The chances of a bandit (2,), and its luck at each pull of each arm (10, 2)."""
    generator = torch.Generator().manual_seed(number)
    numbers = torch.rand(N_PULLS + 1, 2, generator=generator, dtype=torch.float64)
    return numbers[0], numbers[1:]


def as_arms(pulls):
    """Letters as arms: (T,) of 0 and 1. Raises ValueError for other letters, and for too many."""
    letters = pulls.strip().upper()
    if len(letters) > N_PULLS or set(letters) - set(ARMS):
        raise ValueError(f"Pulls are at most {N_PULLS} letters, each A or B. Press Reset.")
    return torch.tensor([[*ARMS].index(letter) for letter in letters], dtype=torch.int64)


@torch.no_grad()
def says(params, arms, rewards):
    """The chance with which a memory that has read these pulls takes arm A next."""
    read, state = torch.zeros(3), start_state(params)
    logit, state = rl2.read_pull(params, read, state)
    for arm, reward in zip(arms, rewards.float(), strict=True):
        logit, state = rl2.read_pull(params, rl2.as_input(arm, reward), state)
    return logit.sigmoid().item()


@torch.no_grad()
def plays(params, chances):
    """What a memory earns on a bandit, the mean of 1,000 plays."""
    many = chances.float().expand(1000, 2)
    play = rl2.rl2_play(params, many, N_PULLS, torch.Generator().manual_seed(0))
    return many.gather(1, play.arms).sum(1).mean().item()
