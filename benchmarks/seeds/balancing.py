"""Notebook 09b, its end: policies on 40 poles through gymnasium, before and after steps of 20
episodes; with all motors mounted alike, and with half of them backwards. Two minutes of one core.
"""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from metacourse.experiments.balancing import held, play, sample_poles, step
from metacourse.reinforcement import mean_of_the_others, policy_gradient
from metacourse.seeds import Run

N_POLES, N_EPISODES = 40, 20
LENGTHS_OF_STEPS = 1.0, 3.0, 10.0, 30.0, 100.0
N_OUTER = 60
FAMILIES = {"poles": False, "poles, half of the motors backwards": True}


def runs() -> Iterator[Run]:
    for family, backwards in FAMILIES.items():
        draw = partial(sample_poles, backwards=backwards)
        nothing = torch.zeros(1, 4, dtype=torch.float64)
        starts = {"θ = 0": nothing, "one policy for all": joint(draw, nothing)}
        poles = draw(N_POLES, torch.Generator().manual_seed(9))
        for start, theta in starts.items():
            for n_steps in (0, 1, 3):
                rate = best_rate(draw, theta, n_steps)
                moves = torch.tensor(after(poles, theta, n_steps, rate, seed=2))
                what = f"{family}, {n_steps} steps: moves"
                yield from with_interval(what, start, moves)
                yield Run(f"{family}, {n_steps} steps: length of a step", start, 0, rate)


def after(poles: list, theta: Tensor, n_steps: int, rate: float, seed: int) -> list[float]:
    """Moves held on each pole after so many steps on it."""
    found = []
    for pole in poles:
        adapted = theta
        for number in range(n_steps):
            adapted = step(pole, adapted, N_EPISODES, 10 * seed + number, lr_inner=rate)
        found.append(held(pole, adapted, N_EPISODES, 10 * seed + 9))
    return found


def best_rate(draw, theta: Tensor, n_steps: int) -> float:
    """The length of a step that holds ten other poles longest."""
    poles = draw(10, torch.Generator().manual_seed(8))
    means = {rate: sum(after(poles, theta, n_steps, rate, 1)) for rate in LENGTHS_OF_STEPS}
    return max(means, key=means.__getitem__) if n_steps else 0.0


def joint(draw, theta: Tensor) -> Tensor:
    """Trained on eight poles at a time, five episodes each, by steps of length 1."""
    generator = torch.Generator().manual_seed(5)
    for number in range(N_OUTER):
        total = torch.zeros_like(theta)
        for pole in draw(8, generator):
            scores, rewards = play(pole, theta, 5, 100 + number)
            total = total + policy_gradient(scores, rewards, mean_of_the_others(rewards))
        theta = theta + total / total.norm().clamp(min=1e-9)
    return theta
