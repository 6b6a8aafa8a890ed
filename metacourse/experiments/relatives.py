"""MAML and its relatives on chapter 03's sinusoids, trained alike: it takes seconds."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse.episodes import Episode
from metacourse.experiments.sinusoids import SEED, first_weights, joint_objective, mse, train_start
from metacourse.maml import anil_loss, maml_loss, reptile_step
from metacourse.nets import Params

Objective = Callable[[Params, Episode], Tensor]
RELATIVES = "pretraining", "Reptile", "first-order MAML", "ANIL", "MAML", "Meta-SGD"
HEAD = "layer2.weight", "layer2.bias"
RATE = "rate of "  # begins the names of learned rates in what is trained
# Chosen on validation tasks by `benchmarks maml_quality`: best for each of the six, but for the
# rate with which the pretrained start is fine-tuned.
LR_INNER, N_INNER, LR_OUTER = 0.01, 5, 0.03
FINE_TUNING = 0.03


class Relative(NamedTuple):
    """What a training has brought: a start, and how it adapts at test."""

    params: Params
    lr_inner: float | Params  # a rate for every weight where they differ


def objectives(lr_inner: float = LR_INNER, n_steps: int = N_INNER) -> dict[str, Objective]:
    """What each of RELATIVES goes down, by its name."""
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return {
        "pretraining": joint_objective,
        "Reptile": partial(reptile_objective, **steps),
        "first-order MAML": partial(maml_loss, mse, **steps, first_order=True),
        "ANIL": partial(anil_loss, mse, head=HEAD, **steps),
        "MAML": partial(maml_loss, mse, **steps),
        "Meta-SGD": partial(meta_sgd_objective, **steps),
    }


def reptile_objective(
    params: Params, episodes: Episode, *, lr_inner: float, n_steps: int
) -> Tensor:
    """A number whose gradient is θ − mean θ′, so that Reptile's move is what the optimiser gets
    (Nichol, Achiam & Schulman 2018, Sec. 3); its value is the mean squared error at θ."""
    still = {name: value.detach() for name, value in params.items()}
    steps = {"lr_inner": lr_inner, "lr_outer": 1.0, "n_steps": n_steps}
    arrived = reptile_step(mse, still, episodes, **steps)
    distance = sum((params[name] - arrived[name]).square().sum() / 2 for name in params)
    return distance + (mse(still, episodes.x_query, episodes.y_query) - distance).detach()


def meta_sgd_objective(both: Params, episodes: Episode, *, lr_inner: float, n_steps: int) -> Tensor:
    """MAML's objective with the rates that stand among the parameters (Li et al. 2017)."""
    params, rates = without_rates(both, lr_inner)
    return maml_loss(mse, params, episodes, lr_inner=rates, n_steps=n_steps)


def with_rates(params: Params) -> Params:
    """Parameters, and with each a rate for every weight, in units of α so that Adam's steps fit."""
    return params | {RATE + name: torch.ones_like(value) for name, value in params.items()}


def without_rates(both: Params, lr_inner: float) -> tuple[Params, Params]:
    """The parameters and the rates of `with_rates`, apart."""
    rates = {name: value for name, value in both.items() if name.startswith(RATE)}
    params = {name: value for name, value in both.items() if name not in rates}
    return params, {name.removeprefix(RATE): lr_inner * value for name, value in rates.items()}


def train_relative(
    name: str,
    *,
    lr_inner: float = LR_INNER,
    n_steps: int = N_INNER,
    lr_outer: float = LR_OUTER,
    seed: int = SEED,
    start: Params | None = None,
) -> Relative:
    """Train one of RELATIVES from a start (else from `first_weights`)."""
    start = start or first_weights()
    start = with_rates(start) if name == "Meta-SGD" else start
    objective = objectives(lr_inner, n_steps)[name]
    params = train_start(objective, start, lr_outer=lr_outer, seed=seed).params
    if name == "Meta-SGD":
        return Relative(*without_rates(params, lr_inner))
    if name == "ANIL":
        return Relative(params, {tensor: lr_inner * (tensor in HEAD) for tensor in params})
    return Relative(params, FINE_TUNING if name == "pretraining" else lr_inner)
