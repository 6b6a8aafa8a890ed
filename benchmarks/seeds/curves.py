"""Notebook 07c: new sinusoids after a few points, by learners that are solved, that average labels,
that read points, and that walk. What is trained gets about five seconds, three times; rates and all
that is not learned are chosen on validation tasks, for each number of points by itself.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from benchmarks.seeds._curves import (
    NOISES,
    among,
    by_gp,
    calibrated,
    rbf,
    rivals,
    seeded,
    tasks,
    untrained,
    waves,
)
from benchmarks.seeds.sinusoids import limited
from metacourse.episodes import Episode
from metacourse.experiments import curves
from metacourse.kernel_methods import features
from metacourse.lstm import memory_prediction
from metacourse.nets import Params
from metacourse.seeds import Run
from metacourse.tasks.sinusoids import INPUTS, sample_sinusoids
from metacourse.trained.recipes import load_weights

SHOTS = 1, 2, 3, 5, 10
SEEDS = range(3, 6)
RATES = {  # outer ones, to choose from
    "learned features": (0.01, 0.03),
    "deep RBF kernel": (0.01, 0.03),
    "the same, begun nearly linear": (0.003, 0.01),
    "neural process": (0.01, 0.02),
}
OWN_LENGTHS = 0.3, 1.0, 3.0, 10.0  # on sin and cos themselves
OURS, N_TASKS = "learned features", (5, 20, 100)
MEMORY = "memory of chapter 05"  # as it ships, trained for minutes
RUNAWAY = 1e6  # with one such task among 600 the mean is above 1600; the median is kept too


def runs() -> Iterator[Run]:
    for name, choose in untrained().items():
        yield from judged(name, choose, SEEDS[0], against=found(OURS, SEEDS[0]))
    yield from given_sin_and_cos()
    for seed in SEEDS:
        ours = found(OURS, seed)
        for name in RATES:
            rival = ours if name != OURS else None
            yield from judged(name, found(name, seed), seed, against=rival)
            yield from described(name, seed)
        for name, choose in rivals(seed).items():
            yield from judged(name, choose, seed, against=ours)
        for name, params in others(seed).items():
            kind = name.partition(",")[0]
            choose = among([partial(by_learner, kind, each) for each in params])
            yield from judged(name, choose, seed)
        for n_tasks in N_TASKS:
            sample = limited(n_tasks, seeded(1000 + seed))[1]
            params = [*curves.trained(OURS, seed=seed, sample=sample).values()]
            choose = among([partial(by_learner, OURS, params[-1])])
            yield from judged(f"{OURS}, {n_tasks} tasks", choose, seed)
    yield from judged(MEMORY, among([by_memory]), SEEDS[0], against=found(OURS, SEEDS[0]))


def judged(
    name: str, choose: Callable, seed: int, against: Callable | None = None
) -> Iterator[Run]:
    """choose(validation tasks) → a learner; what that does on new tasks, by number of points."""
    for place, n_shot in {**{f"{k} points": k for k in SHOTS}, "10 points, shifted": 10}.items():
        test = tasks(100, n_shot, shifted="shifted" in place)
        learner = choose(tasks(105, n_shot))
        answer = learner(test)
        errors = told(answer, test)
        yield from with_interval(f"query error, {place}", name, errors, seed)
        if answer[1] is not None:
            inside = 100 * curves.coverage(answer, test).mean().item()
            yield Run(f"inside the 95 % band, {place} (%)", name, seed, inside)
        yield Run(f"query error, {place}, median", name, seed, errors.median().item())
        if against:
            more = errors - told(against(tasks(105, n_shot))(test), test)
            yield from with_interval(f"query error more than {OURS}, {place}", name, more, seed)


def told(answer: curves.Answer, tasks: Episode) -> Tensor:
    """The error of each task; of one that ran away, `RUNAWAY`."""
    return curves.errors(answer, tasks).nan_to_num(RUNAWAY).clamp(max=RUNAWAY)


def given_sin_and_cos() -> Iterator[Run]:
    """Control: the kernels on the features that a network would have to find."""
    kernels = {f"RBF kernel, length {ell:g}": rbf(ell, waves) for ell in OWN_LENGTHS}
    kernels["linear kernel"] = lambda a, b: waves(a) @ waves(b).mT
    for name, kernel in kernels.items():
        grid = [partial(by_gp, kernel=kernel, noise=noise) for noise in NOISES]
        yield from judged(f"sin and cos given, {name}", partial(calibrated, grid), SEEDS[0])


# ---- what is trained -----------------------------------------------------------------------------


@cache
def networks(name: str, seed: int) -> list[Params]:
    """What a learner ends with, for each outer rate."""
    return [[*curves.trained(name, seed=seed, lr=lr).values()][-1] for lr in RATES[name]]


def others(seed: int) -> dict[str, list[Params]]:
    """Two of the learners with more time, and with the tasks that they are judged on."""
    deep, process = "deep RBF kernel", "neural process"
    train = partial(curves.trained, seed=seed)
    longer = 4 * curves.LEARNERS[process].n_steps
    return {
        f"{deep}, tasks of 5 points": [
            [*train(deep, lr=lr, sample=of_five).values()][-1] for lr in RATES[deep]
        ],
        f"{process}, four times as long": [[*train(process, n_steps=longer).values()][-1]],
    }


def of_five(generator: torch.Generator) -> Episode:
    """25 sinusoids of five points."""
    return sample_sinusoids(25, n_shot=5, n_query=0, generator=generator)


def found(name: str, seed: int) -> Callable:
    return among([partial(by_learner, name, params) for params in networks(name, seed)])


@torch.no_grad()
def by_memory(tasks: Episode) -> curves.Answer:
    return memory_prediction(load_weights("sinusoids"), tasks)[:, -1, :, 0], None


def by_learner(name: str, params: Params, tasks: Episode) -> curves.Answer:
    return curves.answers(partial(curves.LEARNERS[name].predict, params), tasks)


def described(name: str, seed: int) -> Iterator[Run]:
    """Of the network that is best at ten points: its evidence, and what its features are."""
    if name == "neural process":
        return
    params = found(name, seed)(tasks(105, 10)).args[1]
    x, y = curves.whole(tasks(100, 10, n_query=10))
    loss = curves.LEARNERS[name].loss(params, x, y, None)
    yield Run("minus log evidence a point, new tasks of 20", name, seed, loss.item())
    x = torch.linspace(*INPUTS, 200, dtype=torch.float64)[:, None]
    of_waves, of_features = curves.explained(features(params, x), x)
    yield Run("R² of sin and cos from the features", name, seed, of_waves)
    yield Run("R² of the features from sin and cos", name, seed, of_features)
