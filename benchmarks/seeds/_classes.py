"""Prior-fitted networks on tasks of two classes, beside classifiers that are tuned on each."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import torch
from torch import Tensor

from benchmarks.seeds import over_tasks, with_interval
from metacourse.experiments import two_classes
from metacourse.nets import Params
from metacourse.seeds import Run
from metacourse.trained import recipes
from metacourse.trained.transformer import RECIPES

NETWORKS = {"prior-fitted": "prior_fitted", "prior-fitted, with lines": "prior_fitted_lines"}
SIZES = [
    (data, n)
    for data in two_classes.DATA
    for n in ((10, 20, 30) if data in two_classes.PRIORS else (20,))
]
N_TASKS, N_PARTS = 300, 4
Scores = dict[str, Tensor]  # by learner: accuracy and surprise of each task, (B, 2)


def train(name: str, seed: int) -> Params:
    recipe = RECIPES[NETWORKS[name]]
    return recipes.train_weights(name, recipe, seed=seed)


def rivals_on(data: str, n_support: int, part: int) -> Scores:
    """A part of the tasks, each with every rival."""
    tasks = two_classes.tasks(data, n_support, N_TASKS, seed=3)[part::N_PARTS]
    return {
        name: scores([two_classes.by_fitting(model, task) for task in tasks], tasks)
        for name, model in two_classes.RIVALS.items()
    }


def network_on(params: Params, data: str, n_support: int, part: int) -> Tensor:
    tasks = two_classes.tasks(data, n_support, N_TASKS, seed=3)[part::N_PARTS]
    return scores([two_classes.by_network(params, task) for task in tasks], tasks)


def scores(chances: list[Tensor], tasks: list) -> Tensor:
    return torch.tensor(
        [
            [two_classes.accuracy(each, task), two_classes.surprise(each, task)]
            for each, task in zip(chances, tasks, strict=True)
        ]
    )


class Judged:
    """Networks and rivals in a pool: what is not waited for goes on beside all else."""

    def __init__(self, pool: ProcessPoolExecutor, seeds: range):
        self.pool, self.seeds = pool, seeds
        self.trained = {
            (name, seed): pool.submit(train, name, seed) for seed in seeds for name in NETWORKS
        }
        self.rivals = {
            (*size, part): pool.submit(rivals_on, *size, part)
            for size in SIZES
            for part in range(N_PARTS)
        }

    def runs(self) -> Iterator[Run]:
        networks = {key: future.result() for key, future in self.trained.items()}
        for size in SIZES:
            parts = [self.rivals[*size, part].result() for part in range(N_PARTS)]
            rivals = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
            place = f"{size[0]}, {size[1]} points"
            for name, found in rivals.items():
                yield from told(place, name, found, 0)
            for (name, seed), params in networks.items():
                parts = [network_on(params, *size, part) for part in range(N_PARTS)]
                found = torch.cat(parts)
                yield from told(place, name, found, seed)
                for rival, theirs in rivals.items():
                    more = 100 * (found - theirs)[:, 0]
                    yield from with_interval(
                        f"{place}: right more than {rival} (%)", name, more, seed
                    )


def told(place: str, name: str, found: Tensor, seed: int) -> Iterator[Run]:
    yield from over_tasks(f"{place}: right", name, seed, found[:, 0])
    yield from with_interval(f"{place}: cross-entropy", name, found[:, 1], seed)
