"""The exercises, quizzes and predictions of chapter 07."""

import math  # noqa: F401  (for the programs)
from statistics import NormalDist  # noqa: F401

import torch
from torch import Generator, Tensor

from metacourse import bayes
from metacourse.bayes import Prior
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number

CHAPTER = "07 Bayes"

PREDICTIONS = ("least_squares", "two_points", "floor", "shifted", "people")
QUIZZES = ("recall", "self_check", "recall_b", "self_check_b")


def random_prior(n: int, generator: Generator) -> Prior:
    """Of n weights: a mean that is not 0, a slanted covariance, a noise of 0.2 to 0.5."""
    spread = torch.eye(n) + 0.4 * normal(generator, n, n)
    noise = 0.2 + 0.3 * torch.rand((), generator=generator, dtype=torch.float64)
    return Prior(1 + normal(generator, n), spread @ spread.T, noise)


def task_case(generator: Generator) -> dict:
    """The points of a task, two to five, and a prior; in one case of six one point."""
    n = 1 if gets_an_edge(generator) else whole_number(2, 5, generator)
    x = with_ones(normal(generator, n, whole_number(1, 2, generator)))
    return {"x": x, "y": normal(generator, n), "prior": random_prior(x.shape[-1], generator)}


def with_ones(x: Tensor) -> Tensor:
    """Inputs, and a column of ones."""
    return torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)


def of_one_point(case: dict) -> bool:
    return case["x"].shape[-2] == 1


def tasks_case(generator: Generator) -> dict:
    """Three to five tasks of as many points each, and the prior so far."""
    n_tasks, n = whole_number(3, 5, generator), 1 if gets_an_edge(generator) else 4
    x = with_ones(normal(generator, n_tasks, n, whole_number(1, 2, generator)))
    y = normal(generator, n_tasks, n)
    return {"x": x, "y": y, "prior": random_prior(x.shape[-1], generator)}


def band_case(generator: Generator) -> dict:
    """Means, variances and labels of two or three tasks, about half of them inside the band; in one
    case of six of one label."""
    shape = (1,) if gets_an_edge(generator) else (whole_number(2, 3, generator), 30)
    mean, away = normal(generator, *shape), normal(generator, *shape)
    variance = 0.1 + 3 * torch.rand(shape, generator=generator, dtype=torch.float64)
    level = 0.3 + 0.65 * torch.rand((), generator=generator).item()
    return {"mean": mean, "variance": variance, "y": mean + 2 * away, "level": level}


def of_one_label(case: dict) -> bool:
    return case["y"].numel() == 1


EXERCISES = {
    "posterior": Exercise(bayes.posterior, task_case, differentiable=("x", "y"), edge=of_one_point),
    "log_evidence": Exercise(
        bayes.log_evidence, task_case, differentiable=("x", "y"), edge=of_one_point
    ),
    "em_step": Exercise(bayes.em_step, tasks_case, edge=of_one_point),
    "coverage": Exercise(bayes.coverage, band_case, edge=of_one_label),
}
