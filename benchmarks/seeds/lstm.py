"""Notebook 05a: a memory, MAML and Meta-SGD, trained alike on waves with three seeds, and tested in
the family of their training and outside it."""

from collections.abc import Iterator

from metacourse.experiments import waves
from metacourse.seeds import Run

ERROR = "error after 10 points, as in training (mean squared)"
SHARE = "share of the loss of answering 0, median of the tasks (%)"


def runs() -> Iterator[Run]:
    for name in waves.LEARNERS:
        for seed in range(3):
            params = waves.trained(name, seed=seed)
            for family in waves.FAMILIES:
                tasks = waves.held_out_waves(family)
                losses = waves.errors_of(name, params, tasks)
                share = 100 * waves.share_of_nothing(losses, tasks)
                yield Run(SHARE, f"{name}, {family}", seed, share)
                if family == "as in training":
                    yield Run(ERROR, name, seed, losses.mean().item())
