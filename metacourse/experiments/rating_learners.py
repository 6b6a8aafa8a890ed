"""Learners of somebody's taste, from the mean of a film to a network that MAML has trained
(notebook 10a).

Each is made from a `Table` of those who teach, what films get on average, and one choice, which is
made on people who do not teach. What new people have told, it turns into answers on all films.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product

import torch
from torch import Tensor

from metacourse import personal
from metacourse.bayes import Prior
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
from metacourse.experiments.learned_tastes import answers, learn_features

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
    return with_prior(features, prior, means)


def together(table: Table, means: Tensor, choice: float) -> Learner:
    """Which films go together: a normal prior over the ratings of all films at once. Its covariance
    is that of those who teach, pulled to shrunk's, one number everywhere, by `choice` people."""
    prior = _shrunk_prior(table, means)
    y, n = (table.values - means) * table.seen - prior.mean * table.seen, table.seen.mT @ table.seen
    cov = (y.mT @ y + choice * prior.cov) / (n + choice)
    cov.diagonal().fill_(prior.cov.item())  # a film's own scatter is noise
    values, vectors = torch.linalg.eigh(cov)
    cov = vectors * values.clamp(min=0) @ vectors.mT
    return partial(conditioned, means + prior.mean, cov, prior.noise)


def conditioned(mean: Tensor, cov: Tensor, noise: Tensor, values: Tensor, seen: Tensor) -> Tensor:
    """The mean of all films given those that are seen, for a normal prior N(mean, cov) over what
    somebody means, and a noise: values and seen (P, F)."""
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
    "learned tastes": (tastes, list(product((1, 2, 4), (10.0, 30.0, 100.0, 300.0)))),
    "learned tastes, not tuned": (tastes, [(6, 3.0)]),
    "films that go together": (together, [5.0, 20.0, 60.0, 200.0, 600.0]),
    "MAML, mean of the losses": (rating_maml.trained, list(product(["mean"], rating_maml.RATES))),
    "MAML, sum of the losses": (rating_maml.trained, list(product(["sum"], rating_maml.RATES))),
}  # how each is made, and what it may choose from


def taught_prior(split: Split) -> Prior:
    """The prior of `shrunk`, of all who teach."""
    everybody = joined(split.train, split.validation)
    means = personal.film_means(everybody.values, everybody.seen, strength=5.0)
    return _shrunk_prior(everybody, means)


def taught(
    split: Split, seed: int, names: Sequence[str] = (*LEARNERS,)
) -> Iterator[tuple[str, object, Learner]]:
    """Each learner with what it chose on those who validate, made from all who teach."""
    everybody = joined(split.train, split.validation)
    strength = best(STRENGTHS, lambda s: made(film_mean, split.train, s, None), split, seed)
    for name in names:
        make, choices = LEARNERS[name]
        choice = choices[0]
        if len(choices) > 1:
            choice = best(choices, lambda c, m=make: made(m, split.train, strength, c), split, seed)
        yield name, choice, made(make, everybody, strength, choice)


def told(split: Split, names: Sequence[str], seed: int = 0) -> str:
    """A line a learner: its error in stars on the new people of a split, by ratings told."""
    tasks, lines = as_tasks(split.test, seed), []
    for name, _, learner in taught(split, seed, names):
        errors = (squared_errors(learner, split.test, tasks, k).mean().sqrt() for k in SHOTS)
        lines.append(f"{name:28}" + "".join(f"{error:8.3f}" for error in errors))
    return "\n".join([f"{'ratings told':28}" + "".join(f"{k:8}" for k in SHOTS), *lines])


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
    return with_prior(torch.ones_like(means)[:, None], prior, means)


def with_features(features: Tensor, table: Table, means: Tensor) -> Learner:
    """Features of films (F, D), a line on them for each person, a learned prior over lines."""
    prior = personal.learned_prior(features, table.values - means, table.seen)
    return with_prior(features, prior, means)


def with_prior(features: Tensor, prior: Prior, means: Tensor) -> Learner:
    """The same, of a prior that is there already."""
    return lambda values, seen: means + answers(features, prior, values - means, seen)


def above(values: Tensor, seen: Tensor, means: Tensor) -> Tensor:
    """The mean of what somebody told, less the films' means: (P, 1); 0 where nothing was told."""
    total = ((values - means) * seen).sum(1, keepdim=True)
    return total / seen.sum(1, keepdim=True).clamp(min=1)


def _shrunk_prior(table: Table, means: Tensor) -> Prior:
    return personal.learned_prior(torch.ones_like(means)[:, None], table.values - means, table.seen)
