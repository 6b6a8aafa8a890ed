"""Classes that random functions decide: a prior over tasks, on which a network can be fitted (08b).

A family of functions draws one function a task: family(x, generator), inputs x (B, S, 2) → their
values (B, S). What a prior-fitted network believes of a task is what its family says.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from metacourse.episodes import Episode

Family = Callable[[Tensor, Generator], Tensor]
LENGTHS = 0.4, 2.0  # of smooth functions, where inputs have a deviation of 1
N_WAVES = 64  # of which a smooth function is made
SHARPNESS = 8.0  # of the border: a label is noisy where |f| is less than about 1/8


def sample_prior(
    family: Family, n_tasks: int, *, n_support: int, n_query: int, generator: Generator
) -> Episode:
    """Draw two-class tasks: a function of the family, cut at its median, and noisy labels.

    x ~ N(0, I), y = 1 with probability σ(8 (f(x) − m)), m the median of f over all points of the
    task: both classes are about as large, and near the border between them labels are noisy.
    Returns x_support (B, S, 2), y_support (B, S), x_query (B, Q, 2), y_query (B, Q), labels 0, 1.
    """
    x = _normal(generator, n_tasks, n_support + n_query, 2)
    values = family(x, generator)
    centred = values - values.median(dim=1, keepdim=True).values
    chance = torch.rand(values.shape, generator=generator, device=generator.device)
    y = (chance < (SHARPNESS * centred).sigmoid()).long()
    return Episode(x[:, :n_support], y[:, :n_support], x[:, n_support:], y[:, n_support:])


def smooth_functions(x: Tensor, generator: Generator) -> Tensor:
    """Return values of random smooth functions, as a Gaussian process with an RBF kernel draws
    them, each with a length ℓ of its own, log-uniform in `LENGTHS`: (B, S, 2) → (B, S).

    f(x) = √(2/R) Σ aᵣ cos(wᵣ·x + bᵣ), wᵣ ~ N(0, I/ℓ²), aᵣ ~ N(0, 1), R waves (Rahimi & Recht 2007).
    """
    n_tasks = len(x)
    low, high = map(math.log, LENGTHS)
    length = (low + (high - low) * _uniform(generator, n_tasks, 1, 1)).exp()
    directions = _normal(generator, n_tasks, 2, N_WAVES) / length
    phases = 2 * math.pi * _uniform(generator, n_tasks, 1, N_WAVES)
    heights = (2 / N_WAVES) ** 0.5 * _normal(generator, n_tasks, N_WAVES, 1)
    return ((x @ directions + phases).cos() @ heights).squeeze(-1)


def linear_functions(x: Tensor, generator: Generator) -> Tensor:
    """Return values of random linear functions w·x with w ~ N(0, I): (B, S, 2) → (B, S)."""
    return (x @ _normal(generator, len(x), 2, 1)).squeeze(-1)


def mixed_functions(x: Tensor, generator: Generator) -> Tensor:
    """Return values of functions of which each is smooth or linear, as a coin says."""
    coin = _uniform(generator, len(x), 1) < 0.5
    smooth, linear = smooth_functions(x, generator), linear_functions(x, generator)
    return torch.where(coin, smooth, linear)


def _normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, device=generator.device)


def _uniform(generator: Generator, *shape: int) -> Tensor:
    return torch.rand(shape, generator=generator, device=generator.device)
