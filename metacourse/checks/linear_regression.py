"""The exercises, quizzes and predictions of chapter 02."""

import torch
from torch import Generator

from metacourse import linear_regression as linreg
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number, without_steps
from metacourse.episodes import Episode

CHAPTER = "02 Linear regression"

PREDICTIONS = ("divergence", "angle", "start")


def random_steps(generator: Generator) -> dict:
    n_steps = whole_number(0, 3, generator)
    rate = 0.02 + 0.06 * torch.rand((), generator=generator).item()
    return {"lr_inner": rate, "n_steps": n_steps}


def points_case(generator: Generator) -> dict:
    n_points = whole_number(2, 7, generator)
    return {
        "theta": normal(generator, 3),
        "x": normal(generator, n_points, 3),
        "y": normal(generator, n_points),
    }


def gradient_case(generator: Generator) -> dict:
    """Points with three features; in one case of six with a single one."""
    case = points_case(generator)
    if gets_an_edge(generator):
        case |= {"theta": case["theta"][:1], "x": case["x"][:, :1]}
    return case


def of_one_feature(case: dict) -> bool:
    return len(case["theta"]) == 1


def adapt_case(generator: Generator) -> dict:
    return points_case(generator) | random_steps(generator)


def random_episode(generator: Generator, *batch: int) -> Episode:
    n_support = whole_number(2, 5, generator)
    return Episode(
        x_support=normal(generator, *batch, n_support, 3),
        y_support=normal(generator, *batch, n_support),
        x_query=normal(generator, *batch, 6, 3),
        y_query=normal(generator, *batch, 6),
    )


def meta_gradient_case(generator: Generator) -> dict:
    case = {"theta": normal(generator, 3), "episode": random_episode(generator)}
    return case | random_steps(generator)


def optimum_case(generator: Generator) -> dict:
    steps = random_steps(generator)
    return {"episodes": random_episode(generator, 6)} | steps


def maml_case(generator: Generator) -> dict:
    """Four tasks and a few outer steps; in one case of six none at all."""
    steps, theta = random_steps(generator), normal(generator, 3)
    rate = 0.05 + 0.1 * torch.rand((), generator=generator).item()
    n_outer = 0 if gets_an_edge(generator) else whole_number(2, 3, generator)
    outer = {"lr_outer": rate, "n_outer": n_outer}
    return {"theta": theta, "episodes": random_episode(generator, 4)} | steps | outer


def without_a_loop(case: dict) -> bool:
    return not (case["n_outer"] and case["n_steps"])


QUIZZES = ("recall", "recall_b", "self_check", "self_check_b")

EXERCISES = {
    "gradient": Exercise(linreg.gradient, gradient_case, edge=of_one_feature),
    "adapt": Exercise(linreg.adapt, adapt_case, differentiable=("theta",), edge=without_steps),
    "meta_gradient": Exercise(linreg.meta_gradient, meta_gradient_case, edge=without_steps),
    "maml_optimum": Exercise(linreg.maml_optimum, optimum_case, edge=without_steps),
    "maml": Exercise(linreg.maml, maml_case, edge=without_a_loop),
    "first_order_optimum": Exercise(linreg.first_order_optimum, optimum_case, edge=without_steps),
}
