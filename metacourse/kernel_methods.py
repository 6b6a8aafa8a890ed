"""Curves from a few points, by learned features and by kernels (chapter 07).

Features: a task is linear in what a network makes of x; the prior is learned with the network.
Kernels: a label speaks for the points that resemble its own.
All functions take one task or a batch: leading axes of x and y broadcast. Shapes: B tasks, S
support points, Q queries, D inputs, M features; y has one number a point. Variances are those of
labels, noise included. Shapes that do not fit raise ValueError.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from metacourse.bayes import Gaussian, Prior, log_evidence, posterior, predictive
from metacourse.linear_regression import matvec
from metacourse.nets import Params, init_mlp, mlp

Kernel = Callable[[Tensor, Tensor], Tensor]  # (…, S, D), (…, Q, D) → (…, S, Q)
NOISE_FLOOR = 1e-4  # the unit of y, squared: where labels have no noise, the evidence knows no end


# ---- learned features ----------------------------------------------------------------------------


def init_features(sizes: list[int], generator: Generator) -> Params:
    """Draw a network with layers of these sizes, and a prior of its M outputs: mean 0, σ = e⁻³.

    From a small σ the evidence finds its own within seconds; from a large one Adam is still on the
    way down when the training ends, and bands are too wide.
    """
    mean = torch.zeros(sizes[-1], device=generator.device)
    return init_mlp(sizes, generator) | {"mean": mean, "log sigma": mean.new_tensor(-3.0)}


def features(params: Params, x: Tensor) -> Tensor:
    """Return φ(x), the outputs of the network among params: x (S, D) → (S, M)."""
    return mlp({name: p for name, p in params.items() if name.startswith("layer")}, x)


def feature_prior(params: Params) -> Prior:
    """Return how tasks are drawn: y = θᵀφ(x) + noise, θ ~ N(μ, I), μ = params["mean"].

    The covariance I restricts nothing: the last layer can turn any other into it.
    σ² = exp(2 · params["log sigma"]) + NOISE_FLOOR.
    """
    mean = params["mean"]
    identity = torch.eye(len(mean), dtype=mean.dtype, device=mean.device)
    return Prior(mean, identity, (2 * params["log sigma"]).exp() + NOISE_FLOOR)


def feature_posterior(params: Params, x_support: Tensor, y_support: Tensor) -> Gaussian:
    """Return what is believed of a task's θ after its points: `posterior` on φ(x).

    Inside a task nothing is walked: the network stays, θ is solved for (ALPaCA: Harrison, Sharma &
    Pavone 2018). Shapes: x (S, D), y (S,) → mean (M,), cov (M, M); S may be 0.
    """
    return posterior(features(params, x_support), y_support, feature_prior(params))


def feature_predict(
    params: Params, x_support: Tensor, y_support: Tensor, x_query: Tensor
) -> tuple[Tensor, Tensor]:
    """Return mean and variance of the label at each query, by `feature_posterior`: (Q,), (Q,)."""
    belief = feature_posterior(params, x_support, y_support)
    return predictive(belief, features(params, x_query), noise=feature_prior(params).noise)


def evidence_loss(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """Return minus the log evidence per point, the mean over tasks.

    −1/S log N(y; Φμ, ΦΦᵀ + σ²I). A task is not split: log p(y₁ … y_S) = Σ log p(y_i | y₁ … y_i₋₁),
    so every point is a query once, after those before it.
    Shapes: x (S, D), y (S,) → ().
    """
    return -log_evidence(features(params, x), y, feature_prior(params)).mean() / x.shape[-2]


# ---- kernels -------------------------------------------------------------------------------------


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Return ‖aᵢ − bⱼ‖² of all pairs: a (S, D), b (Q, D) → (S, Q)."""
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-1]:
        raise ValueError(
            f"a and b must agree in D: a is {tuple(a.shape)} and needs (…, S, D), "
            f"b is {tuple(b.shape)} and needs (…, Q, D)"
        )
    return (a.unsqueeze(-2) - b.unsqueeze(-3)).square().sum(-1)


def rbf_kernel(a: Tensor, b: Tensor, *, length: float = 1.0, scale: Tensor | float = 1.0) -> Tensor:
    """Return how alike points are, k(a, b) = s exp(−‖a − b‖² / 2ℓ²), a radial basis function.

    ℓ = length has the unit of x; s = scale is the variance of y where nothing is known.
    Shapes: a (S, D), b (Q, D) → (S, Q).
    """
    return scale * torch.exp(-squared_distances(a, b) / (2 * length**2))


def deep_kernel(params: Params, a: Tensor, b: Tensor) -> Tensor:
    """Return `rbf_kernel` on learned features, s = exp(params["log scale"]).

    A length would say nothing new, nor one length a feature (ARD): the last layer has them
    (Wilson et al. 2016; across tasks, DKT: Patacchiola et al. 2020).
    Shapes: a (S, D), b (Q, D) → (S, Q).
    """
    scale = params["log scale"].exp()
    return rbf_kernel(features(params, a), features(params, b), scale=scale)


def gp_posterior(
    kernel: Kernel,
    x_support: Tensor,
    y_support: Tensor,
    x_query: Tensor,
    *,
    noise: Tensor | float,
) -> tuple[Tensor, Tensor]:
    """Return mean and variance of the label at each query under a Gaussian process of mean 0.

    LLᵀ = K + σ²I,  E y = kᵀL⁻ᵀL⁻¹y,  Var y = k(x, x) − ‖L⁻¹k‖² + σ²  (Rasmussen & Williams 2006,
    Alg. 2.1, where the variance leaves out the noise σ² of the label itself).
    Shapes: x_support (S, D), y_support (S,), x_query (Q, D) → (Q,), (Q,).
    """
    _check_points(x_support, y_support)
    identity = torch.eye(x_support.shape[-2], dtype=x_support.dtype, device=x_support.device)
    factor = torch.linalg.cholesky(kernel(x_support, x_support) + noise * identity)
    towards = kernel(x_support, x_query)  # (S, Q)
    weights = torch.cholesky_solve(y_support.unsqueeze(-1), factor).squeeze(-1)
    explained = torch.linalg.solve_triangular(factor, towards, upper=False).square().sum(-2)
    before = kernel(x_query, x_query).diagonal(dim1=-2, dim2=-1)
    return matvec(towards.mT, weights), before - explained + noise


def gp_log_evidence(kernel: Kernel, x: Tensor, y: Tensor, *, noise: Tensor | float) -> Tensor:
    """Return log N(y; 0, K + σ²I): `log_evidence` where θ is the curve's own values at the points.

    Shapes: x (S, D), y (S,) → (). (Rasmussen & Williams 2006, Eq. 2.30.)
    """
    identity = torch.eye(x.shape[-2], dtype=x.dtype, device=x.device)
    return log_evidence(identity, y, Prior(x.new_zeros(x.shape[-2]), kernel(x, x), noise))


# ---- averages of labels --------------------------------------------------------------------------


def nearest_neighbours(x_support: Tensor, y_support: Tensor, x_query: Tensor, *, k: int) -> Tensor:
    """Return the mean label of the k nearest support points of each query (Cover 1968).

    Shapes: x_support (S, D), y_support (S,), x_query (Q, D) → (Q,). Needs 1 ≤ k ≤ S.
    """
    _check_points(x_support, y_support)
    if not 1 <= k <= x_support.shape[-2]:
        raise ValueError(f"k must be 1 to S = {x_support.shape[-2]}, got {k}")
    distances = squared_distances(x_query, x_support)  # (Q, S)
    nearest = distances.topk(k, largest=False).indices
    return y_support.unsqueeze(-2).expand_as(distances).gather(-1, nearest).mean(-1)


def kernel_regression(
    x_support: Tensor, y_support: Tensor, x_query: Tensor, *, length: float
) -> Tensor:
    """Return a mean of all labels, weighted by how alike query and point are.

    Σ k(x, xᵢ) yᵢ / Σ k(x, xᵢ) with the `rbf_kernel` (Nadaraya 1964; Watson 1964): softmax of
    −‖x − xᵢ‖² / 2ℓ², as in attention. Shapes: as in `nearest_neighbours`.
    """
    _check_points(x_support, y_support)
    weights = (-squared_distances(x_query, x_support) / (2 * length**2)).softmax(-1)  # (Q, S)
    return matvec(weights, y_support)


def _check_points(x_support: Tensor, y_support: Tensor) -> None:
    if y_support.shape[-1:] != x_support.shape[-2:-1] or x_support.shape[-2] == 0:
        raise ValueError(
            f"y_support must have one value per point, S ≥ 1: got {tuple(y_support.shape)} "
            f"for x_support {tuple(x_support.shape)}, (…, S, D)"
        )
