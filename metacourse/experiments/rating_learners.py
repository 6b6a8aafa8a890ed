"""Learners of somebody's taste, from the mean of a film to a network that MAML has trained
(notebook 10a).

Each is made from a `Table` of those who teach, what films get on average, and one choice, which is
made on people who do not teach. What new people have told, it turns into answers on all films.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

import torch
from torch import Tensor

from metacourse import bayes, personal
from metacourse.bayes import Gaussian, Prior
from metacourse.experiments import rating_maml
from metacourse.experiments.cold_start import (
    SHOTS,
    STRENGTHS,
    Learner,
    Split,
    Table,
    as_tasks,
    joined,
    squared_errors,
)

Maker = Callable[[Table, Tensor, object], Learner]


def film_mean(table: Table, means: Tensor, choice: None) -> Learner:
    """What a film gets on average, whoever asks."""
    return lambda values, seen: means.expand(values.shape)


def own_mean(table: Table, means: Tensor, choice: None) -> Learner:
    """How far above the films' means this person rated so far, whole."""
    return lambda values, seen: means + above(values, seen, means)


def shrunk(table: Table, means: Tensor, choice: None) -> Learner:
    """How far above, shrunk by a learned prior: one number a person."""
    return with_features(torch.ones_like(means)[:, None], table, means)


def genres(table: Table, means: Tensor, choice: None) -> Learner:
    """A number a person, and one for each genre, with a learned prior over them all."""
    centred = table.genres - table.genres.mean(0)
    return with_features(torch.cat([torch.ones_like(means)[:, None], centred], 1), table, means)


def tastes(table: Table, means: Tensor, choice: tuple[int, float]) -> Learner:
    """A number a person, and `n` learned tastes: features of the films that are learned with the
    prior, and pulled to 0 by a ridge (Salakhutdinov & Mnih 2008)."""
    features, prior = learn_features(table, means, *choice)
    return lambda values, seen: means + answers(features, prior, values - means, seen)


def together(table: Table, means: Tensor, choice: float) -> Learner:
    """Which films go together: a normal prior over the ratings of all films at once. Its covariance
    is that of those who teach, pulled to shrunk's, one number everywhere, by `choice` people."""
    prior = _shrunk_prior(table, means)
    y, n = (table.values - means) * table.seen - prior.mean * table.seen, table.seen.mT @ table.seen
    cov = (y.mT @ y + choice * prior.cov) / (n + choice)
    cov.diagonal().fill_(prior.cov.item())  # a film's own scatter is noise
    values, vectors = torch.linalg.eigh(cov)
    cov = vectors * values.clamp(min=0) @ vectors.mT
    return partial(_conditioned, means + prior.mean, cov, prior.noise)


def _conditioned(mean: Tensor, cov: Tensor, noise: Tensor, values: Tensor, seen: Tensor) -> Tensor:
    rows = []
    for told, where in zip(values, seen.bool(), strict=True):
        between = cov[where][:, where] + noise * torch.eye(int(where.sum()), dtype=cov.dtype)
        rows.append(mean + cov[:, where] @ torch.linalg.solve(between, (told - mean)[where]))
    return torch.stack(rows)


LEARNERS = {
    "the film's mean": (film_mean, [None]),
    "own mean": (own_mean, [None]),
    "shrunk, by a learned prior": (shrunk, [None]),
    "and a line on the genres": (genres, [None]),
    "learned tastes": (tastes, list(product((1, 2, 4), (30.0, 100.0, 300.0)))),
    "films that go together": (together, [5.0, 20.0, 60.0, 200.0]),
    "MAML, mean of the losses": (rating_maml.trained, list(product(["mean"], rating_maml.RATES))),
    "MAML, sum of the losses": (rating_maml.trained, list(product(["sum"], rating_maml.RATES))),
}  # how each is made, and what it may choose from


def taught_prior(split: Split) -> Prior:
    """The prior of `shrunk`, of all who teach."""
    everybody = joined(split.train, split.validation)
    means = personal.film_means(everybody.values, everybody.seen, strength=5.0)
    return _shrunk_prior(everybody, means)


def taught(split: Split, seed: int, names=tuple(LEARNERS)) -> Iterator[tuple[str, object, Learner]]:
    """Each learner with what it chose on those who validate, made from all who teach."""
    everybody = joined(split.train, split.validation)
    strength = best(STRENGTHS, lambda s: made(film_mean, split.train, s, None), split, seed)
    for name in names:
        make, choices = LEARNERS[name]
        choice = choices[0]
        if len(choices) > 1:
            choice = best(choices, lambda c, m=make: made(m, split.train, strength, c), split, seed)
        yield name, choice, made(make, everybody, strength, choice)


def made(make: Maker, table: Table, strength: float, choice) -> Learner:
    return make(table, personal.film_means(table.values, table.seen, strength=strength), choice)


def best(choices, learner_of: Callable, split: Split, seed: int):
    """The choice with the least squared error on those who validate, over all numbers of shots."""
    tasks = as_tasks(split.validation, seed)

    def error(choice) -> float:
        learner = learner_of(choice)
        errors = (squared_errors(learner, split.validation, tasks, k).mean() for k in SHOTS)
        return sum(errors).item()

    return min(choices, key=error)


# ---- one line a person ---------------------------------------------------------------------------


def with_prior_over_people(means: Tensor, prior: Prior) -> Learner:
    """The film's mean, and how far above it somebody rates: a prior over one number a person."""
    ones = torch.ones_like(means)[:, None]
    return lambda values, seen: means + answers(ones, prior, values - means, seen)


def with_features(features: Tensor, table: Table, means: Tensor) -> Learner:
    """Features of films (F, D), a line on them for each person, a learned prior over lines."""
    prior = personal.learned_prior(features, table.values - means, table.seen)
    return lambda values, seen: means + answers(features, prior, values - means, seen)


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
        prior = _em_step(features, away, table.seen, prior)
        belief = believed(features, prior, away, table.seen)
        features = _films_step(belief, away, table.seen, ridge)
        features, prior = _in_units(features, prior)
    return features, _em_step(features, away, table.seen, prior)


_ONE = torch.ones((), dtype=torch.float64)


def _em_step(features: Tensor, away: Tensor, seen: Tensor, prior: Prior) -> Prior:
    prior = bayes.em_step(seen[:, :, None] * features, away, prior)
    return prior._replace(noise=prior.noise * seen.numel() / seen.sum())


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


def above(values: Tensor, seen: Tensor, means: Tensor) -> Tensor:
    """The mean of what somebody told, less the films' means: (P, 1); 0 where nothing was told."""
    total = ((values - means) * seen).sum(1, keepdim=True)
    return total / seen.sum(1, keepdim=True).clamp(min=1)


def _shrunk_prior(table: Table, means: Tensor) -> Prior:
    return personal.learned_prior(torch.ones_like(means)[:, None], table.values - means, table.seen)
