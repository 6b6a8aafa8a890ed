"""How MAML and its relatives chose the settings with which chapter 03 compares them, on validation
tasks; and how good the chapter's start becomes in both budgets. Half an hour on one core.

Errors are mean squared errors on the queries of sinusoids with ten support points.
"""

import math
import time
from collections.abc import Iterator
from itertools import product

import torch
from torch import Tensor

from metacourse.evaluation import confidence_interval
from metacourse.experiments.relatives import RELATIVES, Relative, train_relative
from metacourse.experiments.sinusoids import losses_by_step, start_on_sinusoids
from metacourse.tasks.sinusoids import sample_sinusoids

BUDGETS = {"quick": 0.40, "full": 0.10}  # the error after 5 steps that is asked for
SEEDS = 0, 1, 2  # not those with which the chapter compares
RATES, N_STEPS, OUTER_RATES = (0.01, 0.03, 0.1), (1, 5), (0.003, 0.01, 0.03, 0.1)


def measure() -> Iterator[tuple[str, str, str]]:
    for name in RELATIVES:
        errors = {settings: validation_error(name, *settings) for settings in grid(name)}
        best, second = sorted(errors, key=errors.get)[:2]
        told = f"{errors[best]:.3f}, next {errors[second]:.3f}"
        yield f"{name}: α {best[0]}, {best[1]} steps, β {best[2]}", told, ""
    for budget, goal in BUDGETS.items():
        start = time.perf_counter()
        params = start_on_sinusoids(budget)["MAML"]
        seconds = time.perf_counter() - start
        for n_steps, losses in ((k, test_losses(params)[:, k]) for k in (1, 5, 10)):
            mean, half_width = confidence_interval(losses)
            what = f"{budget} budget, {seconds:.0f} s: error after {n_steps} steps"
            yield what, f"{mean:.3f} ± {half_width:.3f}", f"< {goal:.2f}" if n_steps == 5 else ""


def grid(name: str) -> Iterator[tuple[float, int, float]]:
    """Inner rate, inner steps, outer rate; pretraining has no inner steps."""
    return product(RATES, N_STEPS[:1] if name == "pretraining" else N_STEPS, OUTER_RATES)


def validation_error(name: str, lr_inner: float, n_steps: int, lr_outer: float) -> float:
    """After five steps on 600 validation tasks, the mean of three trainings; ∞ for one that ran
    away."""
    steps = {"lr_inner": lr_inner, "n_steps": n_steps, "lr_outer": lr_outer}
    errors = []
    for seed in SEEDS:
        trained = train_relative(name, **steps, seed=seed)
        if name == "pretraining":
            trained = Relative(trained.params, lr_inner)
        losses = losses_by_step(trained.params, tasks(99), lr_inner=trained.lr_inner, n_steps=5)
        errors.append(losses[:, 5].mean().item())
    mean = sum(errors) / len(errors)
    return mean if math.isfinite(mean) else math.inf


def test_losses(params: dict[str, Tensor]) -> Tensor:
    return losses_by_step(params, tasks(100))


def tasks(seed: int):
    generator = torch.Generator().manual_seed(seed)
    return sample_sinusoids(600, n_shot=10, n_query=50, generator=generator)
