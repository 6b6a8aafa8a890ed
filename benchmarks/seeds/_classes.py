"""Prior-fitted networks on tasks of two classes, beside classifiers that are tuned on each."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks.seeds import over_tasks, with_interval
from metacourse.episodes import Episode
from metacourse.experiments import two_classes
from metacourse.nets import Params
from metacourse.seeds import Run
from metacourse.tasks.functions import Family, smooth_functions
from metacourse.trained.recipes import load_weights, train_weights
from metacourse.trained.transformer import RECIPES

NETWORKS = {"prior-fitted": "prior_fitted", "prior-fitted, with lines": "prior_fitted_lines"}
SHOTS = dict.fromkeys(two_classes.PRIORS, (10, 30))  # 20 of the others
N_TASKS = 200
CAPSTONE: dict[str, Family] = {
    "asked at x / 2": lambda x, generator: smooth_functions(x / 2, generator),
    "at x / 2, and half as large": lambda x, generator: smooth_functions(x / 2, generator) / 2,
    "section 4's own": smooth_functions,
}
SIDES = "SVM, RBF kernel", "nearest neighbours"  # that say a class, and not how sure they are


def network(name: str, seed: int) -> Params:
    """As it ships, for seed 0; else trained anew by its recipe."""
    of = NETWORKS[name]
    return load_weights(of) if seed == 0 else train_weights(of, RECIPES[of], seed=seed)


def judged(networks: dict[tuple[str, int], Params]) -> Iterator[Run]:
    """Networks, by name and seed, beside all rivals on all kinds of tasks."""
    for data in two_classes.DATA:
        for n_support in SHOTS.get(data, (20,)):
            tasks = two_classes.tasks(data, n_support, N_TASKS, seed=3)
            yield from on_tasks(f"{data}, {n_support} points", tasks, networks)


def on_tasks(place: str, tasks: list[Episode], networks: dict) -> Iterator[Run]:
    rivals = {
        name: scores(partial(two_classes.by_fitting, model), tasks)
        for name, model in two_classes.RIVALS.items()
    }
    for name, found in rivals.items():
        yield from told(place, name, found, 0)
    for (name, seed), params in networks.items():
        found = scores(partial(two_classes.by_network, params), tasks)
        yield from told(place, name, found, seed)
        for rival, theirs in rivals.items():
            more = 100 * (found - theirs)[:, 0]
            yield from with_interval(f"{place}: right more than {rival} (%)", name, more, seed)


def told(place: str, name: str, found: Tensor, seed: int) -> Iterator[Run]:
    yield from over_tasks(f"{place}: right", name, seed, found[:, 0])
    if name not in SIDES:
        yield from with_interval(f"{place}: cross-entropy", name, found[:, 1], seed)


def scores(answer: Callable[[Episode], Tensor], tasks: list[Episode]) -> Tensor:
    """Accuracy and surprise of each task: (B, 2)."""
    said = [answer(task) for task in tasks]
    return torch.tensor(
        [
            [two_classes.accuracy(each, task), two_classes.surprise(each, task)]
            for each, task in zip(said, tasks, strict=True)
        ]
    )


def capstone(seed: int) -> Iterator[Run]:
    """Small networks of some families beside the large one that ships, on the capstone's tasks."""
    rival = load_weights("prior_fitted")
    for name, family in CAPSTONE.items():
        params = two_classes.trained_on(family, seed=seed)
        for kind in ("cancer", "moons"):
            more = 100 * two_classes.gain(params, rival, kind, seed=200).mean
            yield Run(f"capstone, {kind}: right more than section 4's (%)", name, seed, more)
