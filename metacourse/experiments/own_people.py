"""A person is a task: what the first points of a series say about the later ones.

Six learners, from the mean of everybody to a line with a learned prior (chapter 07). The prior is
learned from the training people, the validation people choose a learner.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse import bayes
from metacourse import linear_regression as lr
from metacourse.bayes import Prior
from metacourse.episodes import Episode
from metacourse.evaluation import Interval, confidence_interval
from metacourse.experiments.floor import least_squares, with_prior
from metacourse.tasks.series import People

SHOTS = 1, 5, 10
N_STEPS = 200  # of expectation maximisation

Learner = Callable[[Tensor, Tensor, Tensor], Tensor]  # x (B, K, D), y (B, K), x_query → (B, Q)


class Row(NamedTuple):
    """What a learner brought."""

    learner: str
    errors: dict[int, Tensor]  # by K: each test person's mean absolute error
    validation: float  # the same on validation people, with the K of the choice


class PeopleStudy(NamedTuple):
    """All numbers of a report card on people."""

    people: People
    n_shot: int  # the K of the choice
    rows: list[Row]  # the simplest first
    chosen: Row
    coverage: float  # of the learned line's 95 % band, on test people

    def against(self, row: Row, other: Row, n_shot: int) -> Interval:
        """How much more a learner errs than another, over people."""
        return confidence_interval(row.errors[n_shot] - other.errors[n_shot])


def study_people(people: People) -> PeopleStudy:
    """Try all learners on the same people.

    Raises ValueError where there are too few people, or nothing varies within one.
    """
    if not people.splits["train"]:
        raise ValueError(f"people: 7 or more are needed, there are {len(people.names)}")
    x, y, unit = standardised(people)
    ks = [k for k in SHOTS if k < y.shape[1]]
    n_shot = 5 if 5 in ks else ks[-1]
    train, validation, test = (people.splits[name] for name in ("train", "validation", "test"))
    found = learners(x[train], y[train])
    rows = []
    for name, learner in found.items():
        allowed = [k for k in ks if k > 1 or learner is not least_squares]  # a line needs two
        errors = {k: unit * missed(learner, x[test], y[test], k) for k in allowed}
        judged = unit * missed(learner, x[validation], y[validation], n_shot).mean().item()
        rows.append(Row(name, errors, judged))
    chosen = min(rows, key=lambda row: row.validation)
    band = covered(prior_of(x[train], y[train]), x[test], y[test], n_shot)
    return PeopleStudy(people, n_shot, rows, chosen, band)


def standardised(people: People) -> tuple[Tensor, Tensor, float]:
    """[time, 1] with times from −1 to 1 over the training people, (people, points, 2); y less its
    mean, by its deviation, of the training people; and that deviation."""
    time, y = people.time, people.y
    seen = y[people.splits["train"]]
    if seen.var(1).mean() < 1e-9 * max(seen.var().item(), 1e-300):
        raise ValueError(f"{people.what[1]} does not vary within a person: nothing to foretell")
    low, high = time[people.splits["train"]].aminmax()
    t = 2 * (time - low) / (high - low).clamp(min=1e-12) - 1
    unit = seen.std().item()
    return torch.stack([t, torch.ones_like(t)], dim=-1), (y - seen.mean()) / unit, unit


def prior_of(x: Tensor, y: Tensor) -> Prior:
    return bayes.empirical_bayes(x, y, n_steps=N_STEPS)


def learners(x: Tensor, y: Tensor) -> dict[str, Learner]:
    """By name, learned from the training people: x (B, S, 2), y (B, S)."""
    level = partial(with_prior, prior_of(x[..., 1:], y))
    return {
        "mean of everybody": lambda x, y, x_query: y.new_zeros(x_query.shape[:2]),
        "own mean so far": lambda x, y, x_query: y.mean(1, keepdim=True).expand(x_query.shape[:2]),
        "own mean, shrunk by a learned prior": lambda x, y, q: level(x[..., 1:], y, q[..., 1:]),
        "own line": least_squares,
        "line of everybody, moved by a shrunk mean": moved_line(x, y),
        "line with a learned prior": partial(with_prior, prior_of(x, y)),
    }


def moved_line(x: Tensor, y: Tensor) -> Learner:
    """One line through all points, and for each person a shrunk mean of what is left."""
    theta = lr.joint_optimum(Episode(x, y, x, y))
    rest = partial(with_prior, prior_of(x[..., 1:], y - lr.predict(theta, x)))

    def answer(x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
        left = rest(x[..., 1:], y - lr.predict(theta, x), x_query[..., 1:])
        return lr.predict(theta, x_query) + left

    return answer


def missed(learner: Learner, x: Tensor, y: Tensor, n_shot: int) -> Tensor:
    """Each person's mean absolute error after n_shot points: (B,)."""
    answers = learner(x[:, :n_shot], y[:, :n_shot], x[:, n_shot:])
    return (answers - y[:, n_shot:]).abs().mean(1)


def covered(prior: Prior, x: Tensor, y: Tensor, n_shot: int) -> float:
    """The share of later points inside the 95 % band of the posterior."""
    belief = bayes.posterior(x[:, :n_shot], y[:, :n_shot], prior)
    mean, variance = bayes.predictive(belief, x[:, n_shot:], noise=prior.noise)
    return bayes.coverage(mean, variance, y[:, n_shot:]).item()
