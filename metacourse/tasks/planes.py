"""Linear tasks that share a subspace: what the theory of learned representations is about."""

import torch
from torch import Generator, Tensor

N_FEATURES, RANK, NOISE = 20, 2, 0.25  # inputs, dimensions that are shared, σ² of a label


def sample_basis(generator: Generator) -> Tensor:
    """An orthonormal basis of what tasks share, in any direction: (D, r), float64."""
    drawn = torch.randn(N_FEATURES, RANK, generator=generator, dtype=torch.float64)
    return torch.linalg.qr(drawn).Q


def sample_tasks(
    n_tasks: int, n_shot: int, basis: Tensor, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Tasks θ = B w with w ~ N(0, I/r), so E‖θ‖² = 1; x ~ N(0, I), y = θᵀx + N(0, σ²).

    Shapes: basis (D, r) → x (B, S, D), y (B, S), theta (B, D).
    """
    n_features, rank = basis.shape
    how = {"generator": generator, "dtype": torch.float64}
    theta = torch.randn(n_tasks, rank, **how) @ basis.mT / rank**0.5
    x = torch.randn(n_tasks, n_shot, n_features, **how)
    y = (x @ theta[..., None])[..., 0]
    return x, y + NOISE**0.5 * torch.randn(n_tasks, n_shot, **how), theta
