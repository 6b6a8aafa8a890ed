"""Linear regression: the one model in which all of MAML has a closed form (chapter 02).

Every function takes one task or a batch of tasks: leading axes of `theta`, `x` and `y` broadcast,
so θ of shape (D,) serves a whole batch, and θ of shape (B, D) is one vector per task. `episodes`
have a task axis. Shapes: B tasks, S points in a set, D features. The model is f(θ, x) = θᵀx; a
column of ones in x makes the last entry of θ the intercept.
Shapes that do not fit raise ValueError, and so does a negative n_steps.
"""

import torch
from torch import Tensor

from metacourse.episodes import Episode


def predict(theta: Tensor, x: Tensor) -> Tensor:
    """Return the linear model's answers f(θ, x) = Xθ.

    Shapes: theta (D,), x (S, D) → (S,); each with leading task axes if there are any.
    """
    if x.ndim < 2 or theta.shape[-1:] != x.shape[-1:]:
        raise ValueError(
            f"theta and x must agree in D: theta is {tuple(theta.shape)} and needs (…, D), "
            f"x is {tuple(x.shape)} and needs (…, S, D)"
        )
    return matvec(x, theta)


def loss(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return the mean squared error L(θ) = 1/S Σ (θᵀx − y)², without a factor ½.

    Shapes: theta (D,), x (S, D), y (S,) → (). Unit: y squared.
    """
    return _residual(theta, x, y).square().mean(-1)


def gradient(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return the gradient of the mean squared error, ∇L(θ) = 2/S Xᵀ(Xθ − y), of shape (D,)."""
    residual = _residual(theta, x, y)
    return 2 / x.shape[-2] * matvec(x.mT, residual)


def hessian(x: Tensor) -> Tensor:
    """Return the curvature of the mean squared error, H = 2/S XᵀX (D, D); singular when S < D."""
    return 2 / x.shape[-2] * x.mT @ x


def adapt(theta: Tensor, x: Tensor, y: Tensor, *, lr_inner: float, n_steps: int = 1) -> Tensor:
    """Take n_steps steps of gradient descent, θ ← θ − α∇L(θ), and return the adapted θ′.

    Shapes: theta (D,), x (S, D), y (S,) → (D,). Gradients flow through every step.
    """
    _check_n_steps(n_steps)
    tasks = torch.broadcast_shapes(theta.shape[:-1], x.shape[:-2], y.shape[:-1])
    theta = theta.expand(*tasks, -1)  # one θ a task, also after no step at all
    for _ in range(n_steps):
        theta = theta - lr_inner * gradient(theta, x, y)
    return theta


def adapt_closed_form(
    theta: Tensor, x: Tensor, y: Tensor, *, lr_inner: float, n_steps: int = 1
) -> Tensor:
    """Return what k = n_steps steps of gradient descent arrive at, without taking them.

    θ′ = θ* + (I − αH)ᵏ (θ − θ*) (D,), where θ* = θ − X⁺(Xθ − y) is the minimiser nearest to θ.
    Where there are many (S < D), θ keeps its value in directions without curvature.
    """
    residual = _residual(theta, x, y)
    minimiser = theta - matvec(torch.linalg.pinv(x), residual)
    factor = contraction(x, lr_inner=lr_inner, n_steps=n_steps)
    return minimiser + matvec(factor, theta - minimiser)


def contraction(x: Tensor, *, lr_inner: float, n_steps: int = 1) -> Tensor:
    """Return dθ′/dθ = (I − αH)ᵏ (D, D), by which k steps shrink the way to the minimiser."""
    _check_n_steps(n_steps)
    identity = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    return torch.linalg.matrix_power(identity - lr_inner * hessian(x), n_steps)


def meta_gradient(theta: Tensor, episode: Episode, *, lr_inner: float, n_steps: int = 1) -> Tensor:
    """Return the exact gradient of the query loss after adaptation, with respect to θ.

    ∇_θ L_query(θ′(θ)) = ((I − αH_s)ᵏ)ᵀ ∇L_query(θ′), H_s the Hessian of the support loss
    (Finn, Abbeel & Levine 2017, Eq. 1, written out for a linear model).
    Shapes: theta (D,), episode one task → (D,), or B tasks → (B, D), one gradient per task.
    """
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    adapted = adapt(theta, *episode[:2], **steps)
    factor = contraction(episode[0], **steps)
    return matvec(factor.mT, gradient(adapted, *episode[2:]))


def adapted_loss(theta: Tensor, episode: Episode, *, lr_inner: float, n_steps: int = 1) -> Tensor:
    """Return the query loss after adaptation to the support set, L_query(θ′).

    Shapes: theta (D,), episode one task → (), or B tasks → (B,), whose mean is MAML's objective.
    """
    adapted = adapt(theta, *episode[:2], lr_inner=lr_inner, n_steps=n_steps)
    return loss(adapted, *episode[2:])


def maml(
    theta: Tensor, episodes: Episode, *, lr_inner: float, n_steps=1, lr_outer: float, n_outer: int
) -> Tensor:
    """Train a start by n_outer outer steps, θ ← θ − β · mean of the tasks' meta-gradients.

    Shapes: theta (D,) → (D,) (Finn, Abbeel & Levine 2017, Alg. 1, with all tasks in each step).
    """
    _check_task_axis(episodes)
    for _ in range(n_outer):
        gradients = meta_gradient(theta, episodes, lr_inner=lr_inner, n_steps=n_steps)
        theta = theta - lr_outer * gradients.mean(0)
    return theta


def maml_regression(
    episodes: Episode, *, lr_inner: float, n_steps: int = 1
) -> tuple[Tensor, Tensor]:
    """Return inputs and labels of the linear regression whose loss is MAML's objective.

    Adaptation is affine in the start: θ′ᵢ = Aᵢθ + bᵢ with Aᵢ = (I − αHᵢ)ᵏ and bᵢ where the steps
    arrive from 0. So the query errors Xᵢθ′ᵢ − yᵢ = (XᵢAᵢ)θ − (yᵢ − Xᵢbᵢ) are those of a linear
    model on the warped inputs XᵢAᵢ and labels yᵢ − Xᵢbᵢ of all tasks together.
    Shapes: B tasks of Q queries each → (B·Q, D), (B·Q,).
    """
    x_support, y_support, x_query, y_query = episodes
    _check_task_axis(episodes)
    origin = x_support.new_zeros(x_support.shape[-1])
    offsets = adapt(origin, x_support, y_support, lr_inner=lr_inner, n_steps=n_steps)  # (B, D)
    warped = x_query @ contraction(x_support, lr_inner=lr_inner, n_steps=n_steps)  # (B, Q, D)
    return warped.flatten(0, 1), -_residual(offsets, x_query, y_query).flatten()


def maml_optimum(episodes: Episode, *, lr_inner: float, n_steps: int = 1) -> Tensor:
    """Return the θ that minimises MAML's objective, the mean query loss after k inner steps.

    θ = X⁺y (D,), the least-squares solution of `maml_regression`; the smallest if there are many.
    """
    x, y = maml_regression(episodes, lr_inner=lr_inner, n_steps=n_steps)
    return torch.linalg.pinv(x) @ y


def first_order_optimum(episodes: Episode, *, lr_inner: float, n_steps: int = 1) -> Tensor:
    """Return the θ at which first-order MAML comes to rest: its mean gradient, without Aᵢᵀ, is 0.

    Σᵢ Xᵢᵀ((XᵢAᵢ)θ − (yᵢ − Xᵢbᵢ)) = 0, in the terms of `maml_regression`.
    """
    warped, y = maml_regression(episodes, lr_inner=lr_inner, n_steps=n_steps)
    x = episodes.x_query.flatten(0, 1)
    return torch.linalg.solve(x.mT @ warped, x.mT @ y)


def joint_optimum(episodes: Episode) -> Tensor:
    """Return the θ that minimises the mean query loss without adaptation: joint training.

    θ = argmin Σᵢ L_query,ᵢ(θ) (D,), which is MAML's objective with no inner step at all.
    """
    return maml_optimum(episodes, lr_inner=0.0, n_steps=0)


def map_estimate(theta: Tensor, x: Tensor, y: Tensor, *, precision: float) -> Tensor:
    """Return the θ′ that balances the loss against a Gaussian prior centred on the start θ.

    θ′ = argmin L(θ′) + ρ/2 ‖θ′ − θ‖² = θ + (H + ρI)⁻¹ 2/S Xᵀ(y − Xθ): along a direction of
    curvature h it goes the share h/(h + ρ) of the way to the minimiser (Grant et al. 2018,
    Sec. 3). ρ = `precision`: that of the prior over that of the noise, times 2/S.
    Shapes: theta (D,), x (S, D), y (S,) → (D,); precision ρ > 0.
    """
    identity = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    return theta - torch.linalg.solve(hessian(x) + precision * identity, gradient(theta, x, y))


def matvec(matrix: Tensor, vector: Tensor) -> Tensor:
    """Return the matrix-vector product of the last axes: matrix (S, D), vector (D,) → (S,)."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def _residual(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return Xθ − y, or say which shape does not fit."""
    answers = predict(theta, x)
    if x.shape[-2] == 0:
        raise ValueError(f"x has no points: got {tuple(x.shape)}, needs S ≥ 1 in (…, S, D)")
    if y.shape[-1:] != x.shape[-2:-1]:
        raise ValueError(
            f"y must have one value per point: got {tuple(y.shape)}, "
            f"needs (…, {x.shape[-2]}) for x {tuple(x.shape)}"
        )
    return answers - y


def _check_n_steps(n_steps: int) -> None:
    if n_steps < 0:
        raise ValueError(f"n_steps must be 0 or more, got {n_steps}")


def _check_task_axis(episodes: Episode) -> None:
    if episodes.x_support.ndim != 3:
        raise ValueError(f"episodes needs a task axis: x is {tuple(episodes.x_support.shape)}")
