"""A man's first wages, and the line that they will follow: 545 tasks, five folds (notebook 07b)."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from metacourse import bayes
from metacourse import linear_regression as lr
from metacourse.bayes import Prior
from metacourse.episodes import Episode
from metacourse.experiments import floor
from metacourse.tasks.wages import YEARS, load_wages

N_FOLDS = 5
N_VALIDATION = 100  # of a fold's training men: they choose MAML's rate
STEPS = 1, 5, 50


def inputs(n_people: int) -> Tensor:
    """[year, 1], the years from −1 to 1: (n_people, 8, 2)."""
    years = torch.linspace(-1, 1, len(YEARS), dtype=torch.float64)
    return torch.stack([years, torch.ones_like(years)], dim=1).expand(n_people, -1, -1)


def as_tasks(wages: Tensor, n_shot: int) -> Episode:
    """The first years of each man to learn from, the others to be judged on: wages (B, 8)."""
    x = inputs(len(wages))
    return Episode(x[:, :n_shot], wages[:, :n_shot], x[:, n_shot:], wages[:, n_shot:])


def folds(seed: int = 0) -> list[tuple[Tensor, Tensor]]:
    """Wages of the men to learn from and of those to be judged on; each man is judged once."""
    wages = load_wages()
    order = torch.randperm(len(wages), generator=torch.Generator().manual_seed(seed))
    parts = order.tensor_split(N_FOLDS)
    others = (torch.cat([*parts[:n], *parts[n + 1 :]]) for n in range(N_FOLDS))
    return [(wages[rest], wages[part]) for rest, part in zip(others, parts, strict=True)]


def learned_prior(wages: Tensor) -> Prior:
    """The prior that empirical Bayes learns from all years of some men: wages (B, 8)."""
    return bayes.empirical_bayes(inputs(len(wages)), wages, n_steps=200)


# ---- learners: (x (B, K, 2), y (B, K), x_query (B, Q, 2)) → answers (B, Q) -----------------------


def learners(wages: Tensor, n_shot: int) -> dict[str, Callable]:
    """By name, each learned from the same men: wages (B, 8)."""
    tasks, everybody = as_tasks(wages, n_shot), inputs(len(wages))
    pooled = lr.joint_optimum(Episode(everybody, wages, everybody, wages))
    plural = {k: f"MAML, {k} step{'s' if k > 1 else ''}" for k in STEPS}
    return {
        "his own line": floor.least_squares,
        "his mean so far": lambda x, y, x_query: y.mean(1, keepdim=True).expand(x_query.shape[:2]),
        "one line for all": lambda x, y, x_query: lr.predict(pooled, x_query),
        "the year's mean, and how he stood to it": partial(beside_the_mean, wages.mean(0), 1.0),
        "the same, shrunk": partial(beside_the_mean, wages.mean(0), shrinkage(wages, n_shot)),
        "a regression on the first wages": partial(on_first_wages, regression(wages, n_shot)),
        **{name: maml(tasks, k) for k, name in plural.items()},
        "learned prior": partial(floor.with_prior, learned_prior(wages)),
    }


def beside_the_mean(by_year: Tensor, share: float, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """A later year's mean over all men, and a share of how far this one was above it so far."""
    n_shot = y.shape[1]
    return by_year[n_shot:] + share * (y - by_year[:n_shot]).mean(1, keepdim=True)


def shrinkage(wages: Tensor, n_shot: int) -> float:
    """Which share of how a man stood in his first years he keeps in the later ones, by least
    squares over all men."""
    first, later = (part.mean(1) for part in (wages - wages.mean(0)).tensor_split([n_shot], dim=1))
    return ((first @ later) / (first @ first)).item()


def regression(wages: Tensor, n_shot: int) -> Tensor:
    """Least squares of each later year on all first wages and a 1: (n_shot + 1, 8 − n_shot)."""
    return torch.linalg.pinv(_and_a_one(wages[:, :n_shot])) @ wages[:, n_shot:]


def on_first_wages(weights: Tensor, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """What a regression of each later year on the first wages says."""
    return _and_a_one(y) @ weights


def _and_a_one(wages: Tensor) -> Tensor:
    return torch.cat([wages, torch.ones_like(wages[:, :1])], dim=1)


def maml(tasks: Episode, n_steps: int) -> Callable:
    """MAML's optimum for all these men, with the rate that is best on 100 of them."""
    train = Episode(*(part[N_VALIDATION:] for part in tasks))
    validation = Episode(*(part[:N_VALIDATION] for part in tasks))
    steps = floor.maml(train, validation, n_steps).keywords
    return partial(floor.after_descent, lr.maml_optimum(tasks, **steps), **steps)


def squared_errors(n_shot: int, seed: int = 0) -> dict[str, Tensor]:
    """By learner: each man's mean squared error in his later years, (545,)."""
    found: dict[str, list[Tensor]] = {}
    for wages, others in folds(seed):
        tasks = as_tasks(others, n_shot)
        for name, learner in learners(wages, n_shot).items():
            errors = (learner(*tasks[:3]) - tasks.y_query).square().mean(1)
            found.setdefault(name, []).append(errors)
    return {name: torch.cat(parts) for name, parts in found.items()}
