"""Notebook 07b: learners of lines beside the floor. MAML's start is the exact optimum for 2,000
training tasks, its inner rate the best on 2,000 validation tasks; the prior is learned from the
same training tasks, and so are the coordinates in which MAML walks once more.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch

from benchmarks.seeds import with_interval
from metacourse.bayes import Prior
from metacourse.episodes import Episode
from metacourse.experiments import floor
from metacourse.seeds import Run

SHOTS = 1, 2, 3, 5, 10
STEPS = 1, 5, 50
N_TASKS = 2000


def runs() -> Iterator[Run]:
    for family in floor.FAMILIES:
        for n_shot in SHOTS:
            for seed in range(5):
                yield from beside_the_floor(family, n_shot, seed)


def beside_the_floor(family: str, n_shot: int, seed: int) -> Iterator[Run]:
    """The mean error of each learner on new tasks, and how far it is above that of the best."""
    first = 10 * seed
    train, validation, test = (
        floor.sample_tasks(family, N_TASKS, n_shot, first + which) for which in range(3)
    )
    least = floor.excess(floor.best_there_is(family), test)
    setting = f"{family}, {n_shot} points"
    yield from with_interval(f"excess, {setting}", "the best there is", least, seed)
    prior = floor.learned_prior(train)
    for name, learner in rivals(train, validation, prior).items():
        found = floor.excess(learner, test)
        yield from with_interval(f"excess, {setting}", name, found, seed)
        yield from with_interval(f"above the floor, {setting}", name, found - least, seed)


def rivals(train: Episode, validation: Episode, prior: Prior) -> dict[str, Callable]:
    """By name: what answers a task's queries."""
    factor = torch.linalg.cholesky(prior.cov)
    turned = (floor.in_coordinates(tasks, factor) for tasks in (train, validation))
    walk = floor.maml(*turned, 100)
    steps = {f"MAML, {k} step{'s' if k > 1 else ''}": k for k in STEPS}
    return {
        "least squares": floor.least_squares,
        **{name: floor.maml(train, validation, k) for name, k in steps.items()},
        "MAML, 5 steps, a rate for each": floor.maml_with_rates(train, 5),
        "MAML, 100 steps in the prior's coordinates": lambda x, y, x_query: walk(
            x @ factor, y, x_query @ factor
        ),
        "empirical Bayes": partial(floor.with_prior, prior),
    }
