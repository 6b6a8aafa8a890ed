"""Decays y = A exp(−x/τ): a family of tasks as somebody would write one of their own."""

import torch
from torch import Generator

from metacourse.episodes import Episode

HEIGHTS, LIFETIMES, TIMES = (1.0, 5.0), (0.5, 5.0), (0.0, 10.0)


def sample_decays(
    generator: Generator, n_tasks: int = 25, n_shot: int = 10, n_query: int = 10
) -> Episode:
    """Draw regression tasks y = A exp(−x/τ), one height A and one lifetime τ a task.

    A ~ U(1, 5), τ ~ U(0.5, 5), x ~ U(0, 10), without noise. Returns x_support (B, K, 1),
    y_support (B, K, 1), x_query (B, Q, 1), y_query (B, Q, 1) on the generator's device.
    """
    height = _uniform((n_tasks, 1, 1), HEIGHTS, generator)
    lifetime = _uniform((n_tasks, 1, 1), LIFETIMES, generator)
    x = _uniform((n_tasks, n_shot + n_query, 1), TIMES, generator)
    y = height * torch.exp(-x / lifetime)
    return Episode(x[:, :n_shot], y[:, :n_shot], x[:, n_shot:], y[:, n_shot:])


def _uniform(shape: tuple[int, ...], limits: tuple[float, float], generator: Generator):
    low, high = limits
    return low + (high - low) * torch.rand(shape, generator=generator, device=generator.device)
