"""The error that no learner gets below, on two families of lines, and how near each learner comes
to it (notebooks 07a and 07b)."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from metacourse import bayes
from metacourse import linear_regression as lr
from metacourse.bayes import Prior
from metacourse.episodes import Episode
from metacourse.online import all_points
from metacourse.tasks.lines import sample_lines, sample_normal_lines

VARIANCE = 0.1**2  # of the noise of a label
SLANTED = torch.tensor([[1.0, 0.9], [0.9, 1.0]], dtype=torch.float64) / 3  # of slope and intercept
N_RATES = 25  # to choose from
FAMILIES = "square", "slanted"


def sample_tasks(family: str, n_tasks: int, n_shot: int, seed: int, n_query: int = 10) -> Episode:
    """Lines in float64: "square", chapter 02's, with slope and intercept uniform in a square; or
    "slanted", normal, where the intercept goes with the slope, so that lines come close to
    each other near −1."""
    how = {"n_shot": n_shot, "n_query": n_query, "generator": torch.Generator().manual_seed(seed)}
    if family == "square":
        return sample_lines(n_tasks, **how).to(torch.float64)
    return sample_normal_lines(n_tasks, mean=torch.zeros(2).double(), cov=SLANTED, **how)


def learned_prior(tasks: Episode) -> Prior:
    """The prior that empirical Bayes learns from tasks, of all their points."""
    return bayes.empirical_bayes(*all_points(tasks))


# ---- learners: (x (B, S, 2), y (B, S), x_query (B, Q, 2)) → answers (B, Q) -----------------------


def least_squares(x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """The line through the points alone; the shortest θ if there are many."""
    return lr.predict(lr.matvec(torch.linalg.pinv(x), y), x_query)


def with_prior(prior: Prior, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """The posterior mean."""
    return lr.predict(bayes.posterior(x, y, prior).mean, x_query)


def after_descent(theta: Tensor, x: Tensor, y: Tensor, x_query: Tensor, **steps) -> Tensor:
    """The line after some steps of descent from a start."""
    return lr.predict(lr.adapt_closed_form(theta, x, y, **steps), x_query)


def rates(*sets: Episode) -> list[float]:
    """25 even rates, the largest 2/h: beyond it the task with the steepest axis h runs away."""
    steepest = max(torch.linalg.eigvalsh(lr.hessian(tasks.x_support)).max() for tasks in sets)
    return (torch.arange(1, N_RATES + 1) / N_RATES * 2 / steepest).tolist()


def maml(train: Episode, validation: Episode, n_steps: int) -> Callable:
    """Descent from MAML's exact optimum for `train`, with the best of 25 rates on `validation`."""
    learners = []
    for rate in rates(train, validation):
        steps = {"lr_inner": rate, "n_steps": n_steps}
        start = lr.maml_optimum(train, **steps)
        learners.append(partial(after_descent, start, **steps))
    return min(learners, key=lambda learner: excess(learner, validation).mean().item())


def maml_with_rates(train: Episode, n_steps: int, n_outer: int = 400) -> Callable:
    """Descent with a rate for every step; start and rates learned by Adam on `train`. They begin
    apart, from 0.2 to 1: equal ones would have equal gradients for ever."""
    theta = lr.joint_optimum(train).requires_grad_()
    logs = torch.linspace(0.2, 1, n_steps, dtype=theta.dtype).log().requires_grad_()
    optimizer = torch.optim.Adam([theta, logs], lr=0.03)
    for _ in range(n_outer):
        answers = step_by_step(theta, logs.exp(), *train[:3])
        optimizer.zero_grad()
        (answers - train.y_query).square().mean().backward()
        optimizer.step()
    return partial(step_by_step, theta.detach(), logs.detach().exp())


def step_by_step(theta: Tensor, rates: Tensor, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """The line after one step of each rate from a start."""
    for rate in rates:
        theta = lr.adapt(theta, x, y, lr_inner=rate)
    return lr.predict(theta, x_query)


def in_coordinates(tasks: Episode, factor: Tensor) -> Episode:
    """The same tasks with inputs x · factor, so that θ = factor · w: for a Cholesky factor of the
    family's covariance all directions of w have the same spread."""
    return tasks._replace(x_support=tasks.x_support @ factor, x_query=tasks.x_query @ factor)


def in_the_square(x: Tensor, y: Tensor, x_query: Tensor, n: int = 101) -> Tensor:
    """The exact answer for θ uniform in the square: the mean of n² places, each weighted by how
    likely it makes the labels."""
    side = torch.linspace(-1, 1, n, dtype=x.dtype)
    places = torch.cartesian_prod(side, side)  # (n², 2)
    weighted = []
    for x_task, y_task in zip(x, y, strict=True):
        squares = (y_task - places @ x_task.mT).square().sum(1)
        weighted.append(torch.softmax(-squares / (2 * VARIANCE), 0) @ places)
    return lr.predict(torch.stack(weighted), x_query)


def best_there_is(family: str) -> Callable:
    """The posterior mean with the family's true prior, which no learner beats on average."""
    if family == "square":
        return in_the_square
    true = Prior(torch.zeros(2).double(), SLANTED, torch.tensor(VARIANCE).double())
    return partial(with_prior, true)


def excess(learner: Callable, tasks: Episode) -> Tensor:
    """Each task's squared error on the query points, less the noise of their labels: (B,)."""
    answers = learner(*tasks[:3])
    return (answers - tasks.y_query).square().mean(1) - VARIANCE
