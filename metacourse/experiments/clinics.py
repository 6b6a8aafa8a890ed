"""A table of patients, cut into clinics that were never there (notebook 10a).

The 442 patients of scikit-learn's diabetes table (Efron, Hastie, Johnstone & Tibshirani 2004): ten
numbers of each, and how far the disease had gone a year later. Nobody knows where they were
treated, so three kinds of clinics are made up: patients at random; patients of nearly one age; and
patients at random, but each clinic's scale reads higher or lower by a number of its own.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse import bayes, personal
from metacourse import linear_regression as lr
from metacourse.bayes import Prior
from metacourse.episodes import Episode

N_CLINICS, N_PATIENTS, N_FOLDS = 22, 20, 11
SHOTS = 2, 5, 10
OFFSET = 40.0  # deviation of the clinics' scales, in the unit of the disease
KINDS = "at random", "by age", "scales that differ"


class Clinics(NamedTuple):
    """Patients by clinic: ten numbers of each and a 1, and the disease a year later."""

    x: Tensor  # (22, 20, 11)
    y: Tensor  # (22, 20)


@cache
def load_patients() -> tuple[Tensor, Tensor]:
    """Inputs in deviations over all patients, (442, 10), and the disease a year later, (442,)."""
    from sklearn.datasets import load_diabetes

    x, y = (torch.from_numpy(part) for part in load_diabetes(return_X_y=True))
    return x / x.std(0), y


def clinics(kind: str, seed: int) -> Clinics:
    """Two patients are left out, at random; the age is the first of the numbers."""
    x, y = load_patients()
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(y), generator=generator)[: N_CLINICS * N_PATIENTS]
    if kind == "by age":
        order = order[x[order, 0].argsort(stable=True)]
    places = order.view(N_CLINICS, N_PATIENTS)
    places = places.gather(1, torch.rand(places.shape, generator=generator).argsort(1))
    x, y = x[places], y[places]
    if kind == "scales that differ":
        y = y + OFFSET * torch.randn(N_CLINICS, 1, generator=generator, dtype=y.dtype)
    return Clinics(torch.cat([x, torch.ones_like(x[..., :1])], -1), y)


# ---- learners: (x (B, K, 11), y (B, K), x_query (B, Q, 11)) → answers (B, Q) ---------------------


def learners(teach: Clinics) -> dict[str, Callable]:
    """By name, each learned from the same clinics."""
    line = one_line(teach)
    return {
        "one line for all": lambda x, y, x_query: lr.predict(line, x_query),
        "its own line": lambda x, y, x_query: lr.predict(_least_squares(x, y), x_query),
        "one line, moved": partial(moved, line, None),
        "one line, moved and shrunk": partial(moved, line, offset_prior(teach, line)),
        "a prior over lines": partial(with_prior, line, line_prior(teach, line)),
    }


def one_line(teach: Clinics) -> Tensor:
    """Least squares over all patients of all clinics: (11,)."""
    return lr.joint_optimum(Episode(*teach, *teach))


def offset_prior(teach: Clinics, line: Tensor) -> Prior:
    """How far clinics are above one line: one number each, learned by empirical Bayes."""
    left = teach.y - lr.predict(line, teach.x)
    return bayes.empirical_bayes(torch.ones_like(left)[..., None], left, n_steps=50)


def line_prior(teach: Clinics, line: Tensor) -> Prior:
    """How far lines of clinics are from one line: eleven numbers each."""
    return bayes.empirical_bayes(teach.x, teach.y - lr.predict(line, teach.x), n_steps=50)


def moved(line: Tensor, prior: Prior | None, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """One line, moved by what is left of the clinic's patients so far: their mean, or shrunk."""
    left = y - lr.predict(line, x)
    if prior is None:
        offset = left.mean(-1)
    else:
        mean, spread, noise = prior.mean[0], prior.cov[0, 0], prior.noise
        offset = personal.shrunk_mean(left, mean=mean, spread=spread, noise=noise)
    return lr.predict(line, x_query) + offset[:, None]


def with_prior(line: Tensor, prior: Prior, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    belief = bayes.posterior(x, y - lr.predict(line, x), prior)
    return lr.predict(line + belief.mean, x_query)


def _least_squares(x: Tensor, y: Tensor) -> Tensor:
    return (torch.linalg.pinv(x) @ y[..., None])[..., 0]


def squared_errors(kind: str, n_shot: int, seed: int) -> dict[str, Tensor]:
    """By learner: the mean squared error in each clinic, (22,), each judged by learners that know
    the others; the first n_shot patients are told, the last ten are to be foretold."""
    every, found = clinics(kind, seed), {}
    for part in torch.arange(N_CLINICS).tensor_split(N_FOLDS):
        others = torch.ones(N_CLINICS, dtype=torch.bool)
        others[part] = False
        teach, (x, y) = Clinics(*(each[others] for each in every)), (each[part] for each in every)
        for name, learner in learners(teach).items():
            answers = learner(x[:, :n_shot], y[:, :n_shot], x[:, -10:])
            found.setdefault(name, []).append((answers - y[:, -10:]).square().mean(1))
    return {name: torch.cat(parts) for name, parts in found.items()}
