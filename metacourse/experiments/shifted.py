"""A family of lines that has moved away from the prior that was learned of it (notebook 07b)."""

import torch
from torch import Tensor

from metacourse import bayes
from metacourse.bayes import Prior
from metacourse.episodes import Episode
from metacourse.experiments.floor import SLANTED, VARIANCE
from metacourse.tasks.lines import sample_normal_lines

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.68, 0.8, 0.9, 0.95, 0.99)  # of bands
WIDTH = 1.0  # deviation of a wide prior, in all directions
NARROW = torch.tensor([1.0, -1.0], dtype=torch.float64) / 2**0.5  # SLANTED's eigenvector
DEVIATION = (NARROW @ SLANTED @ NARROW).sqrt()  # along it


def sample_tasks(shift: float, n_tasks: int, n_shot: int, seed: int) -> Episode:
    """Slanted lines whose mean has moved, so many deviations along the family's narrow axis."""
    return sample_normal_lines(
        n_tasks,
        mean=shift * DEVIATION * NARROW,
        cov=SLANTED,
        n_shot=n_shot,
        noise=VARIANCE**0.5,
        generator=torch.Generator().manual_seed(seed),
    )


def as_wide(prior: Prior) -> Prior:
    """A prior that says little: around 0, of deviation 1 in all directions, with the same noise."""
    return Prior(0 * prior.mean, WIDTH**2 * torch.eye(2, dtype=torch.float64), prior.noise)


def answers(prior: Prior, tasks: Episode) -> tuple[Tensor, Tensor]:
    """Mean and variance of each query label: (B, Q), (B, Q)."""
    belief = bayes.posterior(tasks.x_support, tasks.y_support, prior)
    return bayes.predictive(belief, tasks.x_query, noise=prior.noise)


def shares(mean: Tensor, variance: Tensor, y: Tensor) -> list[float]:
    """What the bands of all `LEVELS` hold."""
    return [bayes.coverage(mean, variance, y, level=level).item() for level in LEVELS]
