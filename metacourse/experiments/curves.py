"""Learners of sinusoids from a few points, that say how sure they are (notebook 07c).

Each trains about five seconds on the tasks of chapter 03's `sample_tasks`, 25 of 20 points at a
step, all in float64. Rates were chosen on validation tasks, for each learner by itself.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.func import vmap

from metacourse import bayes
from metacourse import kernel_methods as km
from metacourse.episodes import Episode
from metacourse.experiments.sinusoids import sample_tasks
from metacourse.linear_regression import matvec
from metacourse.nets import Params
from metacourse.neural_processes import cnp_loss, cnp_predict, init_cnp
from metacourse.online import all_points
from metacourse.training import learn

SIZES = [1, 40, 40, 8]
MOST_SHOTS = 10  # that a neural process reads in training
Answer = tuple[Tensor, Tensor]  # mean and variance of the label at each query, (B, Q) both


class Learner(NamedTuple):
    """How a learner begins, what it learns from, and how it answers."""

    start: Callable[[int], Params]  # of a seed
    loss: Callable[[Params, Tensor, Tensor, Generator], Tensor]  # of whole tasks, (B, S, 1), (B, S)
    predict: Callable[[Params, Tensor, Tensor, Tensor], Answer]  # x, y of support; x of query
    lr: float
    n_steps: int


# ---- features, linear ----------------------------------------------------------------------------


def feature_start(seed: int) -> Params:
    """A network of eight outputs and their prior."""
    return doubled(km.init_features(SIZES, _seeded(seed)))


def feature_loss(params: Params, x: Tensor, y: Tensor, _: Generator) -> Tensor:
    """`evidence_loss`, which needs no split into support and query."""
    return km.evidence_loss(params, x, y)


# ---- features, inside a Gaussian -----------------------------------------------------------------


def deep_start(seed: int, *, log_scale: float = 1.0, shrunk: float = 1.0) -> Params:
    """The same with a scale for the kernel, features that many times as far apart, and σ = 1, from
    which this learner ends better.

    Where s is large and features are close, the kernel is nearly linear: s + s φ(a)ᵀφ(b) − ….
    """
    one = torch.ones((), dtype=torch.float64)
    params = feature_start(seed) | {"log scale": log_scale * one, "log sigma": 0 * one}
    last = f"layer{len(SIZES) - 2}."
    return {n: shrunk * p if n.startswith(last) else p for n, p in params.items()}


def deep_loss(params: Params, x: Tensor, y: Tensor, _: Generator) -> Tensor:
    """Minus the log evidence per point of a `deep_kernel`, around the mean curve μᵀφ(x)."""
    kernel, noise = partial(km.deep_kernel, params), km.feature_prior(params).noise
    away = y - mean_curve(params, x)
    return -km.gp_log_evidence(kernel, x, away, noise=noise).mean() / x.shape[-2]


def deep_predict(params: Params, x: Tensor, y: Tensor, x_query: Tensor) -> Answer:
    """`gp_posterior` of a `deep_kernel`, around the mean curve."""
    kernel, noise = partial(km.deep_kernel, params), km.feature_prior(params).noise
    away = y - mean_curve(params, x)
    mean, variance = km.gp_posterior(kernel, x, away, x_query, noise=noise)
    return mean + mean_curve(params, x_query), variance


def mean_curve(params: Params, x: Tensor) -> Tensor:
    """What is expected of a task before its first point, μᵀφ(x): (B, S, 1) → (B, S)."""
    return matvec(km.features(params, x), params["mean"])


# ---- a neural process ----------------------------------------------------------------------------


def process_start(seed: int) -> Params:
    """An encoder 2–40–40–40 and a decoder 41–40–40–2."""
    return doubled(init_cnp(1, 40, _seeded(seed)))


def process_loss(params: Params, x: Tensor, y: Tensor, generator: Generator) -> Tensor:
    """`cnp_loss` of tasks that are split at random: 1 to 10 points are read, the others asked."""
    k = int(torch.randint(1, MOST_SHOTS + 1, (), generator=generator))
    return cnp_loss(params, x[:, :k], y[:, :k], x[:, k:], y[:, k:])


def process_predict(params: Params, x: Tensor, y: Tensor, x_query: Tensor) -> Answer:
    """`cnp_predict`, its standard deviation squared."""
    mean, std = cnp_predict(params, x, y, x_query)
    return mean, std.square()


# ---- all -----------------------------------------------------------------------------------------


nearly_linear = partial(deep_start, log_scale=9.0, shrunk=0.1)
LEARNERS = {
    "learned features": Learner(feature_start, feature_loss, km.feature_predict, 0.01, 2800),
    "deep RBF kernel": Learner(deep_start, deep_loss, deep_predict, 0.01, 2000),
    "the same, begun nearly linear": Learner(nearly_linear, deep_loss, deep_predict, 0.003, 2000),
    "neural process": Learner(process_start, process_loss, process_predict, 0.01, 2600),
}


def trained(
    name: str,
    *,
    seed: int = 3,
    lr: float | None = None,
    n_steps: int | None = None,
    sample: Callable[[Generator], Episode] = sample_tasks,
    keep_at: Sequence[int] = (),
) -> dict[int, Params]:
    """Train one of the `LEARNERS`; return its params by step: those to keep, and at last the end.

    sample(generator) draws the tasks of a step; lr and n_steps are its own unless given.
    """
    learner, kept, step = LEARNERS[name], {}, -1
    n_steps = n_steps or learner.n_steps

    def loss(params: Params, generator: Generator) -> Tensor:
        nonlocal step
        step += 1
        if step in keep_at:
            kept[step] = {n: tensor.detach().clone() for n, tensor in params.items()}
        return learner.loss(params, *whole(sample(generator)), generator)

    found = learn(loss, learner.start(seed), lr=lr or learner.lr, n_steps=n_steps, seed=seed)
    return kept | {n_steps: found.params}


def whole(tasks: Episode) -> tuple[Tensor, Tensor]:
    """All points of each task, support and query alike, in float64: x (B, S, 1), y (B, S)."""
    x, y = all_points(tasks.to(torch.float64))
    return x, y.squeeze(-1)


@torch.no_grad()
def answers(predict: Callable[[Tensor, Tensor, Tensor], Answer], tasks: Episode) -> Answer:
    """Mean and variance at the queries of each task: (B, Q) both."""
    x_support, y_support, x_query, _ = tasks.to(torch.float64)
    return predict(x_support, y_support.squeeze(-1), x_query)


def errors(answer: Answer, tasks: Episode) -> Tensor:
    """The mean squared error of the answers to each task: (B,)."""
    return (answer[0] - tasks.y_query.squeeze(-1)).square().mean(-1)


def coverage(answer: Answer, tasks: Episode) -> Tensor:
    """The share of each task's query labels inside the 95 % band: (B,)."""
    return vmap(bayes.coverage)(*answer, tasks.y_query.squeeze(-1))


# ---- what the features are -----------------------------------------------------------------------


def main_features(phi: Tensor) -> tuple[Tensor, Tensor]:
    """Features (S, M), turned so that the first varies most, then the second …; and how much each
    does, in shares of the first: (S, M), (M,)."""
    turned, spread, _ = torch.linalg.svd(phi - phi.mean(0), full_matrices=False)
    return turned * len(phi) ** 0.5, spread / spread[0]


def explained(phi: Tensor, x: Tensor) -> tuple[float, float]:
    """R² of sin x and cos x from features φ(x), and R² of the features from sin x and cos x.

    phi (S, M), x (S, 1). About their means: a constant shifts a kernel of differences not at all.
    """
    phi, waves = (values - values.mean(0) for values in (phi, torch.cat([x.sin(), x.cos()], dim=1)))
    return _r_squared(waves, phi), _r_squared(phi, waves)


def _r_squared(of: Tensor, by: Tensor) -> float:
    left = of - by @ torch.linalg.lstsq(by, of).solution
    return 1 - (left.square().sum() / of.square().sum()).item()


def doubled(params: Params) -> Params:
    """The same in float64: a kernel's matrix has eigenvalues of very different size."""
    return {name: tensor.double() for name, tensor in params.items()}


def _seeded(seed: int) -> Generator:
    return torch.Generator().manual_seed(seed)
