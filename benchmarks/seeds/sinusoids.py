"""Chapter 03's starts on the sinusoids: with other seeds, and from a limited number of tasks."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator

from metacourse.episodes import Episode
from metacourse.experiments.sinusoids import (
    first_weights,
    joint_objective,
    losses_by_step,
    maml_objective,
    train_start,
)
from metacourse.nets import Params
from metacourse.seeds import Run
from metacourse.tasks.sinusoids import sample_sinusoids

SEEDS = range(3, 8)
N_TASKS = 10, 30, 100, 300
STEPS = 0, 1, 10
NEW_TASKS, OWN_TASKS = "error after 1 step on new tasks", "error after 1 step on its own tasks"


def runs() -> Iterator[Run]:
    test = sample_sinusoids(600, n_shot=10, n_query=50, generator=seeded(100))
    for seed in SEEDS:
        joint = train_start(joint_objective, first_weights(), lr_outer=0.01, seed=seed).params
        exact = train_start(maml_objective, first_weights(), lr_outer=0.03, seed=seed).params
        for label, start in (("pretrained", joint), ("MAML", exact)):
            after = losses_by_step(start, test).mean(0)
            for k in STEPS:
                yield Run(f"error after {k} steps", label, seed, after[k].item())
        yield Run(NEW_TASKS, "new tasks at every step", seed, error(exact, test))
    for seed in SEEDS[:3]:
        for n_tasks in N_TASKS:
            own, sample = limited(n_tasks, seeded(1000 + seed))
            settings = {"lr_outer": 0.03, "seed": seed, "sample": sample}
            start = train_start(maml_objective, first_weights(), **settings).params
            yield Run(NEW_TASKS, f"{n_tasks} tasks", seed, error(start, test))
            yield Run(OWN_TASKS, f"{n_tasks} tasks", seed, error(start, own))


def limited(n_tasks: int, generator: Generator) -> tuple[Episode, Callable]:
    """So many tasks, each of 20 points drawn once, and what draws batches from them."""
    own = sample_sinusoids(n_tasks, n_shot=10, generator=generator)

    def sample(generator: Generator) -> Episode:
        chosen = torch.randint(n_tasks, (25,), generator=generator)
        return Episode(*(part[chosen] for part in own))

    return own, sample


def error(start: Params, tasks: Episode) -> float:
    return losses_by_step(start, tasks, n_steps=1)[:, 1].mean().item()


def seeded(seed: int) -> Generator:
    return torch.Generator().manual_seed(seed)
