"""Bayesian learners: what is known of a task before its first point, and after each (chapter 07).

A task is a linear model y = θᵀx + noise. Across tasks its θ is drawn from a `Prior`; from a task's
points follows what is then believed of θ, a `Gaussian`. x may be inputs with a column of ones, or
what a network makes of them. Every function takes one task or a batch: leading axes of x and y, of
a prior and of a belief broadcast. Shapes: B tasks, S points, D features.
Matrices are inverted by Cholesky factors, with 10 ε of their mean diagonal added to the diagonal,
ε the precision of the dtype. Shapes that do not fit raise ValueError, and so does a covariance
that has a direction of no variance, or a negative one.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse.linear_regression import matvec, predict


class Gaussian(NamedTuple):
    """What is believed of θ: N(mean, cov). Shapes: mean (…, D), cov (…, D, D)."""

    mean: Tensor
    cov: Tensor


class Prior(NamedTuple):
    """How tasks are drawn: θ ~ N(mean, cov), and labels y = θᵀx + N(0, noise).

    Shapes: mean (D,), cov (D, D), noise (), a variance: the unit of y, squared.
    """

    mean: Tensor
    cov: Tensor
    noise: Tensor


# ---- one task ------------------------------------------------------------------------------------


def posterior(x: Tensor, y: Tensor, prior: Prior) -> Gaussian:
    """Return what is believed of θ after a task's points: precisions add, of the prior and of each.

    Σ′ = (Σ⁻¹ + XᵀX/σ²)⁻¹,  μ′ = Σ′(Σ⁻¹μ + Xᵀy/σ²)  (Bishop 2006, Eq. 3.50–3.51).
    μ′ is also the answer with the least expected squared error. For Σ = τ²I it is
    `linear_regression.map_estimate` of precision 2σ²/(Sτ²).
    Shapes: x (S, D), y (S,) → mean (D,), cov (D, D); S may be 0, which leaves the prior.
    """
    _check_points(x, y, prior)
    prior_precision = _inverse(prior.cov)
    precision = prior_precision + x.mT @ x / prior.noise
    towards = matvec(prior_precision, prior.mean) + matvec(x.mT, y) / prior.noise
    cov = _inverse(precision)
    return Gaussian(matvec(cov, towards), cov)


def predictive(belief: Gaussian, x: Tensor, *, noise: Tensor | float) -> tuple[Tensor, Tensor]:
    """Return mean and variance of the label at each x: θᵀx with θ not known, and the noise.

    E y = μ′ᵀx,  Var y = xᵀΣ′x + σ²  (Bishop 2006, Eq. 3.58–3.59).
    Shapes: x (Q, D) → (Q,), (Q,); 1.96 standard deviations to either side are the 95 % band.
    """
    variance = (x @ belief.cov * x).sum(-1) + noise
    return predict(belief.mean, x), variance


def coverage(mean: Tensor, variance: Tensor, y: Tensor, *, level: float = 0.95) -> Tensor:
    """Return the share of labels inside the band that should hold the share `level` of them.

    Inside is |y − μ| ≤ z σ, z the quantile of N(0, 1) at (1 + level)/2: 1.96 for 95 %. Where it is
    `level` at every level, a learner is calibrated (Dawid 1982).
    Shapes: mean, variance and y alike, of any shape → (). Raises ValueError unless 0 < level < 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    z = NormalDist().inv_cdf((1 + level) / 2)
    return ((y - mean).abs() <= z * variance.sqrt()).to(mean.dtype).mean()


def log_evidence(x: Tensor, y: Tensor, prior: Prior) -> Tensor:
    """Return how likely a task's labels were, before they were seen: log N(y; Xμ, XΣXᵀ + σ²I).

    θ is integrated out: log ∫ p(y | X, θ) p(θ) dθ, the marginal likelihood (MacKay 1992).
    Shapes: x (S, D), y (S,) → ().
    """
    _check_points(x, y, prior)
    spread = x @ prior.cov @ x.mT + prior.noise * _identity(x.shape[-2], x)
    factor = _cholesky(spread)
    away = (y - predict(prior.mean, x)).unsqueeze(-1)
    whitened = torch.linalg.solve_triangular(factor, away, upper=False).squeeze(-1)
    half_log_det = factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    constant = x.shape[-2] / 2 * math.log(2 * math.pi)
    return -whitened.square().sum(-1) / 2 - half_log_det - constant


# ---- many tasks ----------------------------------------------------------------------------------


def em_step(x: Tensor, y: Tensor, prior: Prior) -> Prior:
    """Learn the prior from tasks, a step of expectation maximisation: it raises their evidence.

    E: the posterior N(μᵢ, Vᵢ) of each task.  M:  μ = mean of μᵢ,
    Σ = mean of (μᵢ − μ)(μᵢ − μ)ᵀ + Vᵢ,  σ² = mean of (y − μᵢᵀx)² + xᵀVᵢx, over all points
    (Dempster, Laird & Rubin 1977; Laird & Ware 1982).
    Shapes: x (B, S, D), y (B, S) → mean (D,), cov (D, D), noise ().
    """
    if x.ndim != 3:
        raise ValueError(f"x needs a task axis, (B, S, D), got {tuple(x.shape)}")
    belief = posterior(x, y, prior)
    mean = belief.mean.mean(0)
    away = belief.mean - mean  # (B, D)
    cov = (away[:, :, None] * away[:, None, :] + belief.cov).mean(0)
    answers, variance = predictive(belief, x, noise=0.0)
    noise = ((y - answers).square() + variance).mean()
    return Prior(mean, cov, noise)


def empirical_bayes(x: Tensor, y: Tensor, *, n_steps: int = 100) -> Prior:
    """Return the prior after n_steps of `em_step`, from N(0, I) and a noise of 1.

    Learning a prior from the data it is for: Robbins (1956).
    Shapes: x (B, S, D), y (B, S). Raises ValueError without a step.
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be 1 or more, got {n_steps}")
    mean = x.new_zeros(x.shape[-1])
    prior = Prior(mean, _identity(len(mean), x), x.new_ones(()))
    for _ in range(n_steps):
        prior = em_step(x, y, prior)
    return prior


def _inverse(matrix: Tensor) -> Tensor:
    return torch.cholesky_inverse(_cholesky(matrix))


def _cholesky(matrix: Tensor) -> Tensor:
    """The factor of a covariance, or of a precision, a little added to its diagonal."""
    diagonal = matrix.diagonal(dim1=-2, dim2=-1)
    jitter = 10 * torch.finfo(matrix.dtype).eps * diagonal.mean(-1)
    identity = _identity(matrix.shape[-1], matrix)
    try:
        return torch.linalg.cholesky(matrix + jitter[..., None, None] * identity)
    except torch.linalg.LinAlgError as error:
        raise ValueError("a covariance has a direction of no variance, or less") from error


def _identity(n: int, like: Tensor) -> Tensor:
    return torch.eye(n, dtype=like.dtype, device=like.device)


def _check_points(x: Tensor, y: Tensor, prior: Prior) -> None:
    if x.ndim < 2 or prior.cov.shape[-2:] != (x.shape[-1], x.shape[-1]):
        raise ValueError(
            f"x and prior must agree in D: x is {tuple(x.shape)}, (…, S, D), and "
            f"prior.cov {tuple(prior.cov.shape)}, (…, D, D)"
        )
    if y.shape[-1:] != x.shape[-2:-1]:
        raise ValueError(
            f"y must have one value per point: got {tuple(y.shape)}, "
            f"needs (…, {x.shape[-2]}) for x {tuple(x.shape)}"
        )
