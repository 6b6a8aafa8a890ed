"""The exercises, quizzes and predictions of notebook 07c."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse import kernel_methods as km
from metacourse import neural_processes
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number

CHAPTER = "07 Curves"

PREDICTIONS = ("main_features", "averages", "deep_kernel", "twice")
QUIZZES = ("recall", "self_check")


def cnp_predict(
    encode: Callable[[Tensor], Tensor],
    decode: Callable[[Tensor], Tensor],
    x_support: Tensor,
    y_support: Tensor,
    x_query: Tensor,
) -> tuple[Tensor, Tensor]:
    """`neural_processes.cnp_predict`, its two networks as functions of their inputs."""
    read = encode(torch.cat([x_support, y_support[:, None]], dim=1)).mean(0)
    asked = torch.cat([read.expand(len(x_query), -1), x_query], dim=1)
    mean, spread = decode(asked).unbind(1)
    return mean, F.softplus(spread) + neural_processes.STD_FLOOR


def gp_case(generator: Generator) -> dict:
    """A kernel, points and queries of two inputs; in one case of six one point and one query."""
    n, n_inputs = 1 if gets_an_edge(generator) else whole_number(3, 5, generator), 2
    kernel = (
        partial(km.rbf_kernel, length=1.3, scale=2.0)
        if whole_number(0, 1, generator)
        else partial(bent_kernel, normal(generator, n_inputs))
    )
    noise = 0.2 + torch.rand((), generator=generator, dtype=torch.float64)
    return {
        "kernel": kernel,
        "x_support": normal(generator, n, n_inputs),
        "y_support": normal(generator, n),
        "x_query": normal(generator, 1 if n == 1 else 6, n_inputs),
        "noise": noise,
    }


def bent_kernel(direction: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """(1 + aᵀb)² + (aᵀd)(bᵀd): one whose value for a point and itself is not always the same."""
    return (1 + a @ b.mT).square() + torch.outer(a @ direction, b @ direction)


def cnp_case(generator: Generator) -> dict:
    """Two small networks, points and queries of two inputs; in one case of six one of each."""
    n = 1 if gets_an_edge(generator) else whole_number(3, 5, generator)
    inward, outward = normal(generator, 3, 4), normal(generator, 6, 2)
    return {
        "encode": partial(layer, inward),
        "decode": partial(layer, outward),
        "x_support": normal(generator, n, 2),
        "y_support": normal(generator, n),
        "x_query": normal(generator, 1 if n == 1 else 6, 2),
    }


def layer(weight: Tensor, x: Tensor) -> Tensor:
    """A layer with a bend: x (S, inputs) → (S, outputs)."""
    return x @ weight + (x @ weight).sin()


def of_one_point(case: dict) -> bool:
    return len(case["y_support"]) == 1


EXERCISES = {
    "gp_posterior": Exercise(
        km.gp_posterior, gp_case, differentiable=("x_support", "y_support"), edge=of_one_point
    ),
    "cnp_predict": Exercise(
        cnp_predict, cnp_case, differentiable=("x_support", "y_support"), edge=of_one_point
    ),
}
