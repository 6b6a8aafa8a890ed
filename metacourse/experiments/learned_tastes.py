"""Traits of films that are learned with the prior of people on them (notebook 10a).

A person is a line on features of films, away = features θ + noise, θ ~ N(μ, Σ); away is stars less
the film's mean. Shapes: P people, F films, D features, of which the first is 1 everywhere.
"""

import torch
from torch import Tensor

from metacourse import bayes, personal
from metacourse.bayes import Gaussian, Prior
from metacourse.experiments.cold_start import Table


def believed(features: Tensor, prior: Prior, away: Tensor, seen: Tensor) -> Gaussian:
    """What is believed of each person's line: away and seen (P, F)."""
    return bayes.posterior(seen[:, :, None] * features, seen * away, prior)


def answers(features: Tensor, prior: Prior, away: Tensor, seen: Tensor) -> Tensor:
    return believed(features, prior, away, seen).mean @ features.mT


def learn_features(
    table: Table, means: Tensor, n_tastes: int, ridge: float, n_steps: int = 25, seed: int = 0
) -> tuple[Tensor, Prior]:
    """A column of ones and n_tastes learned ones, (F, 1 + n), and the prior of people on them.

    In turn: a step of EM for the prior; for each film, least squares of its ratings on what is
    believed of who gave them, with a ridge. Tastes are scaled to have variance 1 among people.
    """
    draws = torch.randn(
        len(means), n_tastes, generator=torch.Generator().manual_seed(seed), dtype=means.dtype
    )
    features = torch.cat([torch.ones_like(means)[:, None], 0.3 * draws], 1)
    away = (table.values - means) * table.seen
    prior = Prior(means.new_zeros(1 + n_tastes), 0.1 * torch.eye(1 + n_tastes).double(), _ONE)
    for _ in range(n_steps):
        prior = personal.em_step(features, away, table.seen, prior)
        belief = believed(features, prior, away, table.seen)
        features = _films_step(belief, away, table.seen, ridge)
        features, prior = _in_units(features, prior)
    return features, personal.em_step(features, away, table.seen, prior)


_ONE = torch.ones((), dtype=torch.float64)


def _films_step(belief: Gaussian, away: Tensor, seen: Tensor, ridge: float) -> Tensor:
    mean, cov = belief
    squares = (cov + mean[:, :, None] * mean[:, None, :]).flatten(1)  # (P, D²)
    sums = (seen.mT @ squares).unflatten(1, cov.shape[1:])  # (F, D, D)
    pull = (away.mT @ mean)[:, 1:] - sums[:, 1:, 0]  # the first feature is 1 and stays
    bounded = sums[:, 1:, 1:] + ridge * torch.eye(mean.shape[1] - 1, dtype=mean.dtype)
    learned = torch.linalg.solve(bounded, pull)
    return torch.cat([torch.ones_like(learned[:, :1]), learned], 1)


def _in_units(features: Tensor, prior: Prior) -> tuple[Tensor, Prior]:
    factor = torch.eye(len(prior.mean), dtype=features.dtype)
    factor[1:, 1:] = torch.linalg.cholesky(prior.cov[1:, 1:])
    back = torch.linalg.inv(factor)
    return features @ factor, Prior(back @ prior.mean, back @ prior.cov @ back.mT, prior.noise)
