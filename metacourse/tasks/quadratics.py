"""Quadratic valleys to descend: the simplest tasks for an optimiser, in the plane like a map."""

from math import cos, sin
from typing import NamedTuple

import torch
from torch import Generator, Tensor

CURVATURES = (0.1, 10.0)


class Quadratic(NamedTuple):
    """A loss ½ (θ − θ*)ᵀ H (θ − θ*) and a point to start from; with a task axis B first, many."""

    hessian: Tensor  # H (…, n, n), symmetric and positive definite
    minimum: Tensor  # θ* (…, n)
    start: Tensor  # θ₀ (…, n)


def quadratic_loss(theta: Tensor, hessian: Tensor, minimum: Tensor) -> Tensor:
    """Return ½ (θ − θ*)ᵀ H (θ − θ*), which is 0 at its minimum θ*.

    Shapes: theta (…, n), hessian (…, n, n), minimum (…, n) → (…).
    """
    away = theta - minimum
    return (away * (hessian @ away.unsqueeze(-1)).squeeze(-1)).sum(dim=-1) / 2


def sample_quadratics(
    n_tasks: int,
    *,
    n_dims: int,
    curvatures: tuple[float, float] = CURVATURES,
    generator: Generator,
) -> Quadratic:
    """Draw valleys of any direction: H = R diag(λ) Rᵀ with a random rotation R.

    The curvatures λ are log-uniform between 0.1 and 10, so that a condition number is at most 100;
    the minimum and the start are normal, each coordinate from N(0, 1). Other curvatures make tasks
    from outside this family.
    Returns hessian (B, n, n), minimum (B, n), start (B, n) on the generator's device.
    """

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, device=generator.device)

    low, high = curvatures
    rotation = torch.linalg.qr(normal(n_tasks, n_dims, n_dims)).Q
    share = torch.rand(n_tasks, n_dims, generator=generator, device=generator.device)
    hessian = _turned(low * (high / low) ** share, rotation)
    return Quadratic(hessian, normal(n_tasks, n_dims), normal(n_tasks, n_dims))


def plane_hessian(*, condition: float, angle: float, steepest: float = 1.0) -> Tensor:
    """Return the Hessian of a valley in the plane: (2, 2).

    Along the valley floor, which lies at angle (radians, from the first axis), the curvature is
    steepest / condition; across it, steepest.
    Raises ValueError if steepest is not positive or condition is less than 1.
    """
    if steepest <= 0 or condition < 1:
        raise ValueError(f"steepest must be > 0 and condition ≥ 1, got {steepest} and {condition}")
    rotation = torch.tensor([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    return _turned(torch.tensor([steepest / condition, steepest]), rotation)


def _turned(curvatures: Tensor, rotation: Tensor) -> Tensor:
    """R diag(λ) Rᵀ: λ (…, n), R (…, n, n), directions in columns → (…, n, n)."""
    return (rotation * curvatures.unsqueeze(-2)) @ rotation.mT
