"""Sinusoids y = A sin(x + φ), the first tasks of MAML (Finn, Abbeel & Levine 2017, Sec. 5.1)."""

from math import pi

import torch
from torch import Generator, Tensor

from metacourse.episodes import Episode

AMPLITUDES, PHASES, INPUTS = (0.1, 5.0), (0.0, pi), (-5.0, 5.0)
SHIFTED_AMPLITUDES, SHIFTED_PHASES = (5.0, 10.0), (pi, 2 * pi)


def sample_sinusoids(
    n_tasks: int,
    *,
    n_shot: int,
    n_query: int = 10,
    amplitudes: tuple[float, float] = AMPLITUDES,
    phases: tuple[float, float] = PHASES,
    generator: Generator,
) -> Episode:
    """Draw regression tasks y = A sin(x + φ), one amplitude A and one phase φ (radians) a task.

    A ~ U(0.1, 5), φ ~ U(0, π), x ~ U(−5, 5), without noise. Other ranges of A and φ make tasks from
    outside this family, such as SHIFTED_AMPLITUDES and SHIFTED_PHASES.
    Returns x_support (B, K, 1), y_support (B, K, 1), x_query (B, Q, 1), y_query (B, Q, 1) on the
    generator's device.
    """
    amplitude = _uniform((n_tasks, 1, 1), amplitudes, generator)
    phase = _uniform((n_tasks, 1, 1), phases, generator)
    x = _uniform((n_tasks, n_shot + n_query, 1), INPUTS, generator)
    y = amplitude * torch.sin(x + phase)
    return Episode(x[:, :n_shot], y[:, :n_shot], x[:, n_shot:], y[:, n_shot:])


def sample_one_sided(
    n_tasks: int, *, n_shot: int = 5, n_query: int = 20, generator: Generator
) -> Episode:
    """Draw sinusoids whose support points have x ≤ 0 and whose queries have x ≥ 0.

    Returns parts as `sample_sinusoids` does.
    """
    left = _uniform((n_tasks, n_shot, 1), (INPUTS[0], 0.0), generator)
    right = _uniform((n_tasks, n_query, 1), (0.0, INPUTS[1]), generator)
    amplitude = _uniform((n_tasks, 1, 1), AMPLITUDES, generator)
    phase = _uniform((n_tasks, 1, 1), PHASES, generator)
    y_left, y_right = (amplitude * torch.sin(x + phase) for x in (left, right))
    return Episode(left, y_left, right, y_right)


def _uniform(shape: tuple[int, ...], limits: tuple[float, float], generator: Generator) -> Tensor:
    low, high = limits
    return low + (high - low) * torch.rand(shape, generator=generator, device=generator.device)
