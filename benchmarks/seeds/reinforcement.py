"""Notebook 09b: MAML-RL's start, the joint one and others on 500 new goals, before and after steps
whose rates were chosen on 500 other goals; training by trajectories, right and wrong; how far
estimates of the gradient point from the exact one. Eight minutes of one core.
"""

from collections.abc import Iterator
from functools import cache, partial

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from metacourse.experiments import navigation as nav
from metacourse.experiments.wrong_trajectories import OBJECTIVES
from metacourse.reinforcement import MOTORS, expected_return
from metacourse.seeds import Run

SEEDS, FEW = range(5), range(3)
TRAINED_RATES = 0.1, 0.3, 0.5, 0.7, 1.0
TRAJECTORIES = 5, 20, 100, 1000
CLINIC_RATE, CLINIC_N = 0.5, 20
ROBOTS = {"": MOTORS, "alike motors, ": nav.ALIKE}


def runs() -> Iterator[Run]:
    for name, motors in ROBOTS.items():
        for seed in SEEDS:
            yield from by_steps(name, motors, seed)
    yield from noisy_gradients()
    for n in TRAJECTORIES[:3]:
        for seed in FEW:
            yield from by_trajectories(n, seed)
    for seed in SEEDS:
        yield from in_the_clinic(seed)


@cache
def maml_starts(motors: tuple, seed: int) -> dict[float, Tensor]:
    return {rate: nav.trained_start(rate, seed, motors=motors) for rate in TRAINED_RATES}


@cache
def starts(motors: tuple, seed: int) -> dict[str, dict[float, Tensor]]:
    """Starts by the rate that they were trained for; 0: for none."""
    nowhere = torch.zeros(2, dtype=torch.float64)
    return {
        "MAML": maml_starts(motors, seed),
        "joint": {0: nav.trained_start(0, seed, motors=motors)},
        "joint, its optimum": {0: nav.jump_to(nowhere, motors=motors)},
        "stay": {0: torch.zeros(2, 3, dtype=torch.float64)},
        "random": {0: nav.small_start(seed, scale=0.1)},
    }


def by_steps(name: str, motors: tuple, seed: int) -> Iterator[Run]:
    """Exact steps: 0, 1, 2, 3 of them, each with the rate that was the best for so many."""
    goals = nav.unseen_goals()
    for start, trained in starts(motors, seed).items():
        for k in range(4):
            after = partial(nav.after_steps, n_steps=k, motors=motors)
            theta, rate = nav.best_of(trained, after)
            found = after(theta, goals, lr_inner=rate)
            yield from with_interval(f"{name}exact, {k} steps: return", start, found, seed)
            yield Run(f"{name}exact, {k} steps: rate", start, seed, rate if k else 0.0)
    ceiling = expected_return(nav.jump_to(goals, motors=motors), goals, motors=motors)
    yield Run(f"{name}exact: return", "the goal is known", seed, ceiling.mean().item())


def noisy_gradients() -> Iterator[Run]:
    """At MAML's start: angles to the exact gradient, and the return after a step."""
    goals = nav.unseen_goals()
    theta = maml_starts(MOTORS, 0)[CLINIC_RATE]
    for n in TRAJECTORIES:
        luck = nav.sample_noise(len(goals), n, torch.Generator().manual_seed(0))
        for credit in nav.CREDITS:
            found = nav.estimate(theta, goals, luck, credit)
            angle = nav.degrees(found, nav.return_gradient(theta, goals))
            yield Run(f"median angle, {credit} (degrees)", f"n = {n}", 0, angle.median().item())
            after = expected_return(theta + CLINIC_RATE * found, goals)
            yield from with_interval(f"return after a step, {credit}", f"n = {n}", after)
    exact = nav.after_steps(theta, goals, lr_inner=CLINIC_RATE)
    yield from with_interval("return after a step, exact", f"α = {CLINIC_RATE}", exact)


def by_trajectories(n: int, seed: int) -> Iterator[Run]:
    """A step by n trajectories, each start with the rate that was the best for so many."""
    goals = nav.unseen_goals()
    sampled = {rate: nav.trained_by_trajectories(rate, n, seed)[0] for rate in TRAINED_RATES}
    rivals = starts(MOTORS, seed) | {"MAML by trajectories": sampled}
    for start, trained in rivals.items():
        after = partial(nav.after_sampled_step, n=n)
        theta, rate = nav.best_of(trained, partial(after, seed=1))
        found = after(theta, goals, lr_inner=rate, seed=2)
        yield from with_interval(f"sampled, n = {n}: return", start, found, seed)
        yield Run(f"sampled, n = {n}: rate", start, seed, rate)


def in_the_clinic(seed: int) -> Iterator[Run]:
    """What each mistake trains, and the return that its training believed in at the end."""
    goals = nav.unseen_goals()
    for name, objective in OBJECTIVES.items():
        theta, seen = nav.trained_by_trajectories(CLINIC_RATE, CLINIC_N, seed, objective=objective)
        found = nav.after_sampled_step(theta, goals, lr_inner=CLINIC_RATE, n=CLINIC_N, seed=2)
        yield from with_interval("wrong: return after a step", name, bounded(found), seed)
        yield Run("wrong: return seen in training", name, seed, sum(seen[-20:]) / 20)


def bounded(returns: Tensor) -> Tensor:
    """What ran away counts as −100, so that a mean can be taken."""
    return returns.nan_to_num(nan=-100).clamp(min=-100)
