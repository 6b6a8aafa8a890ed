"""Notebook 09b: MAML-RL's start, the joint one and others on 500 new goals, before and after steps
whose rates were chosen on 500 other goals; training by trajectories, right and wrong; how far
estimates of the gradient point from the exact one; carts with poles. Twelve minutes of one core.
"""

from collections.abc import Iterator
from functools import cache, partial

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from metacourse.experiments import balancing
from metacourse.experiments import navigation as nav
from metacourse.experiments.wrong_trajectories import OBJECTIVES
from metacourse.reinforcement import MOTORS, expected_return
from metacourse.seeds import Run
from metacourse.tasks.cartpoles import sample_carts

SEEDS, FEW = range(5), range(3)
TRAINED_RATES = 0.1, 0.3, 0.5, 0.7, 1.0
TRAJECTORIES = 5, 20, 100, 1000
RATE, N = 0.5, 20  # of the notebook's step, and its trajectories
CLINIC = {0.1: FEW, 0.5: SEEDS}  # seeds by rate
ROBOTS = {"": MOTORS, "alike motors, ": nav.ALIKE}
STOPS = 25, 50, 75, 100, 200, 400  # outer steps of a joint training, to choose from
FAMILIES = {"carts": False, "carts, half of the motors reversed": True}
CARTS, EPISODES = 100, 20


def runs() -> Iterator[Run]:
    for name, motors in ROBOTS.items():
        for seed in SEEDS:
            yield from by_steps(name, motors, seed)
    yield from noisy_gradients()
    for n in TRAJECTORIES[:3]:
        for seed in FEW:
            yield from by_trajectories(n, seed)
    for rate, seeds in CLINIC.items():
        for seed in seeds:
            yield from in_the_clinic(rate, seed)
    for name, motors in ROBOTS.items():
        for seed in SEEDS:
            yield from stopped_early(name, motors, seed)
    for name, reversed_motors in FAMILIES.items():
        for seed in FEW:
            yield from on_carts(name, reversed_motors, seed)


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


def stopped_early(name: str, motors: tuple, seed: int) -> Iterator[Run]:
    """The joint start whose training was stopped where it was the best after so many steps."""
    validation, goals = nav.validation_goals(), nav.unseen_goals()
    trained = [nav.trained_start(0, seed, motors=motors, n_outer=n) for n in STOPS]
    for k in range(1, 4):
        after = partial(nav.after_steps, n_steps=k, motors=motors)
        tried = [nav.best_of({0: theta}, after) for theta in trained]
        means = [after(theta, validation, lr_inner=rate).mean() for theta, rate in tried]
        theta, rate = tried[int(torch.stack(means).argmax())]
        found = after(theta, goals, lr_inner=rate)
        start = "joint, stopped early"
        yield from with_interval(f"{name}exact, {k} steps: return", start, found, seed)
        yield Run(f"{name}exact, {k} steps: rate", start, seed, rate)


def noisy_gradients() -> Iterator[Run]:
    """At MAML's start: angles to the exact gradient, and the return after a step."""
    goals = nav.unseen_goals()
    theta = maml_starts(MOTORS, 0)[RATE]
    for n in TRAJECTORIES:
        luck = nav.sample_noise(len(goals), n, torch.Generator().manual_seed(0))
        for credit in nav.CREDITS:
            found = nav.estimate(theta, goals, luck, credit)
            angle = nav.degrees(found, nav.return_gradient(theta, goals))
            yield Run(f"median angle, {credit} (degrees)", f"n = {n}", 0, angle.median().item())
            after = expected_return(theta + RATE * found, goals)
            yield from with_interval(f"return after a step, {credit}", f"n = {n}", after)
    exact = nav.after_steps(theta, goals, lr_inner=RATE)
    yield from with_interval("return after a step, exact", f"α = {RATE}", exact)


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


def in_the_clinic(rate: float, seed: int) -> Iterator[Run]:
    """What each mistake trains, and the return that its training believed in at the end."""
    goals, clinic = nav.unseen_goals(), f"wrong, α = {rate}"
    for name, objective in OBJECTIVES.items():
        theta, seen = nav.trained_by_trajectories(rate, N, seed, objective=objective)
        found = nav.after_sampled_step(theta, goals, lr_inner=rate, n=N, seed=2)
        yield from with_interval(f"{clinic}: return after a step", name, bounded(found), seed)
        last = seen[-20:]
        yield Run(f"{clinic}: return seen in training", name, seed, sum(last) / len(last))


def on_carts(name: str, reversed_motors: bool, seed: int) -> Iterator[Run]:
    """For how many of 200 pushes a pole stays up: one policy for all carts, and steps inside each
    from it and from an undecided one, with the rate that was best on other carts."""
    validation, carts = (
        sample_carts(
            CARTS, torch.Generator().manual_seed(100 + which), reversed_motors=reversed_motors
        )
        for which in range(2)
    )
    starts = {
        "one policy for all": balancing.trained_jointly(seed, reversed_motors=reversed_motors),
        "no preference": torch.zeros(4, dtype=torch.float64),
    }
    for start, weights in starts.items():
        for k in (0, 1, 3, 8):
            how = {"n": EPISODES, "n_steps": k}
            rate = balancing.best_rate(weights, validation, **how) if k else 0.0
            after = balancing.adapted(weights, carts, lr_inner=rate, seed=seed + 1, **how)
            up = balancing.steps_up(after, carts, seed=seed)
            yield from with_interval(f"{name}, {k} steps: pushes", start, up, seed)


def bounded(returns: Tensor) -> Tensor:
    """What ran away counts as −100, so that a mean can be taken."""
    return returns.nan_to_num(nan=-100).clamp(min=-100)
