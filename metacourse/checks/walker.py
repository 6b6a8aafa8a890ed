"""The exercises of notebook 09c, quizzes and predictions."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Generator, Tensor

from metacourse import bayes, walker  # noqa: F401  (`bayes` for the programs)
from metacourse.bayes import Prior
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number

CHAPTER = "09c A leg breaks"
PREDICTIONS = ("left", "order")
QUIZZES = ("recall", "self_check")


def hill(gaits: Tensor, *, top: Tensor) -> Tensor:
    """A score that falls off steeply to all sides of its top: gaits (…, D) → (…,)."""
    return -(gaits - top).square().sum(-1).exp()


def gradient_case(generator: Generator) -> dict:
    """A gait some way off the top of a hill; in one case of six a single pair of changes."""
    n_pairs = 1 if gets_an_edge(generator) else whole_number(4, 7, generator)
    n = whole_number(2, 4, generator)
    gait, noise = 0.5 * normal(generator, n), normal(generator, n_pairs, n)
    score = partial(hill, top=gait + 0.5 + 0.3 * normal(generator, n))
    return {"score": score, "gait": gait, "noise": noise, "sigma": 0.3 + 0.1 * n_pairs}


def of_one_pair(case: dict) -> bool:
    return len(case["noise"]) == 1


def table_case(generator: Generator) -> dict:
    """What gaits did on bodies, metres that go together; in one case of six two bodies."""
    n_bodies = 2 if gets_an_edge(generator) else whole_number(5, 8, generator)
    n_gaits = whole_number(3, 4, generator)
    table = 1 + normal(generator, n_bodies, 1) + normal(generator, n_bodies, n_gaits)
    noise = 0.1 + torch.rand((), generator=generator, dtype=torch.float64)
    return {"table": table + normal(generator, n_gaits), "noise": noise}


def of_two_bodies(case: dict) -> bool:
    return len(case["table"]) == 2


def trial_case(generator: Generator) -> dict:
    """A prior over gaits, some of which go together, and eight trials, some gaits twice."""
    n_gaits, n = 20, 8
    spread = normal(generator, n_gaits, 3)
    own = 0.1 + torch.rand(n_gaits, generator=generator, dtype=torch.float64)
    noise = 0.2 + 3 * torch.rand((), generator=generator, dtype=torch.float64)
    prior = Prior(normal(generator, n_gaits), spread @ spread.T + own.diag(), noise)
    tried = torch.randint(n_gaits // 2, (n,), generator=generator).tolist()
    kappa = 0.5 + 2 * torch.rand((), generator=generator).item()
    return {"prior": prior, "tried": tried, "seen": 2 + 2 * normal(generator, n), "kappa": kappa}


def trials_on_the_way(choose: Callable, case: dict) -> dict:
    """Which gait is tried after each of the trials, when those after it are not yet known."""
    return {
        f"the gait that is tried after {n} walks": choose(
            **case | {"tried": case["tried"][:n], "seen": case["seen"][:n]}
        )
        for n in range(len(case["tried"]) + 1)
    }


EXERCISES = {
    "es_gradient": Exercise(walker.es_gradient, gradient_case, edge=of_one_pair),
    "performance_prior": Exercise(walker.performance_prior, table_case, edge=of_two_bodies),
    "next_trial": Exercise(walker.next_trial, trial_case, observe=trials_on_the_way),
}
