"""The exercises of notebook 08a, quizzes and predictions."""

import math  # noqa: F401  (for the programs)
from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional as F  # noqa: F401

from metacourse import attention
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number

CHAPTER = "08a Attention"

PREDICTIONS = ("no_mask", "trained_layer")
QUIZZES = ("recall", "self_check")


def preconditioned_step_weights(rates: Tensor) -> dict[str, Tensor]:
    """`attention.gradient_step_weights` with a rate for each input; it stands in the query."""
    weights = attention.gradient_step_weights(len(rates), 1.0)
    return weights | {"query": torch.cat([rates.double(), torch.zeros(1).double()]).diag()}


def attention_case(generator: Generator) -> dict:
    """Queries, keys and values, of one task or of some, all sizes different; each query may see
    some keys, not all."""
    shape = (whole_number(2, 3, generator),) * whole_number(0, 1, generator)
    n_queries, n_keys, d = 3, whole_number(4, 5, generator), whole_number(6, 7, generator)
    seen = torch.rand(n_queries, n_keys, generator=generator).argsort(dim=-1)
    return {
        "q": normal(generator, *shape, n_queries, d),
        "k": normal(generator, *shape, n_keys, d),
        "v": normal(generator, *shape, n_keys, 2),
        "mask": seen < torch.tensor([[1], [2], [n_keys - 1]]),
    }


# ---- weights of a layer --------------------------------------------------------------------------


def step_case(generator: Generator) -> dict:
    rate = 0.05 + 0.15 * torch.rand((), generator=generator, dtype=torch.float64).item()
    n_features = 1 if gets_an_edge(generator) else whole_number(2, 4, generator)
    return {"n_features": n_features, "lr_inner": rate}


def of_one_feature(case: dict) -> bool:
    return case["n_features"] == 1


def rates_case(generator: Generator) -> dict:
    n_features = 1 if gets_an_edge(generator) else whole_number(2, 4, generator)
    return {"rates": 0.05 + 0.3 * torch.rand(n_features, generator=generator, dtype=torch.float64)}


def of_one_rate(case: dict) -> bool:
    return len(case["rates"]) == 1


def layer_with(weights: Callable, case: dict) -> dict[str, Tensor]:
    """What a layer with these weights makes of five points and three queries: many weights are a
    step."""
    params = {name: value.double() for name, value in dict(weights(**case)).items()}
    n_features = len(case["rates"]) if "rates" in case else case["n_features"]
    tokens = normal(torch.Generator().manual_seed(0), 8, n_features + 1)
    after = attention.linear_attention(params, tokens, 5)
    return {
        "inputs after the layer": after[:, :-1],
        "labels of the points after the layer": after[:5, -1],
        "labels of the queries after the layer": after[5:, -1],
    }


EXERCISES = {
    "softmax_attention": Exercise(
        attention.softmax_attention, attention_case, differentiable=("q", "k", "v")
    ),
    "gradient_step_weights": Exercise(
        attention.gradient_step_weights, step_case, observe=layer_with, edge=of_one_feature
    ),
    "preconditioned_step_weights": Exercise(
        preconditioned_step_weights, rates_case, observe=layer_with, edge=of_one_rate
    ),
}
