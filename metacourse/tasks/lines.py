"""Lines y = a x + b: the simplest tasks of which everything can be computed exactly."""

import torch
from torch import Generator, Tensor

from metacourse.episodes import Episode


def sample_lines(
    n_tasks: int, *, n_shot: int = 10, n_query: int = 10, noise: float = 0.1, generator: Generator
) -> Episode:
    """Draw line tasks y = a x + b + noise · N(0, 1) with a, b and x from U(−1, 1).

    Returns x_support (B, K, 2), y_support (B, K), x_query (B, Q, 2), y_query (B, Q); the columns of
    x are [x, 1], so that θ = (a, b) and y = x θ.
    """
    return sample_lines_with_covariances(
        n_tasks, n_shot=n_shot, n_query=n_query, noise=noise, spread=1.0, generator=generator
    )


def sample_lines_with_covariances(
    n_tasks: int,
    *,
    n_shot: int = 10,
    n_query: int = 10,
    noise: float = 0.1,
    spread: float = 2.0,
    generator: Generator,
) -> Episode:
    """Draw line tasks whose inputs are the wider, the larger the slope is.

    y = a x + b + noise · N(0, 1) with a, b ~ U(−1, 1) as in `sample_lines`, and x = s u with
    u ~ U(−1, 1) and the scale s = spread^a, from 1/spread to spread. A task's Hessian is
    2 diag(s²/3, 1) on average: it differs from task to task and goes with the slope. So joint
    training favours the slopes of the wide tasks, and MAML the less so, the more inner steps it
    takes. spread = 1 gives `sample_lines`. Shapes as in `sample_lines`.
    """
    theta = _uniform(n_tasks, 2, generator)  # (B, 2): slope and intercept
    x = spread ** theta[:, :1] * _uniform(n_tasks, n_shot + n_query, generator)  # (B, S)
    return _on_lines(theta, x, n_shot, noise, generator)


def sample_normal_lines(
    n_tasks: int,
    *,
    mean: Tensor,
    cov: Tensor,
    n_shot: int = 10,
    n_query: int = 10,
    noise: float = 0.1,
    width: float | Tensor = 1.0,
    generator: Generator,
) -> Episode:
    """Draw line tasks of which (a, b) is normal, N(mean, cov), about one mean or a mean a task.

    y = a x + b + noise · N(0, 1), x ~ width · U(−1, 1). Tasks come in the order of their means and
    widths: means that change from one to the next make a stream that drifts.
    Shapes: mean (2,) or (B, 2), cov (2, 2), width () or (B,) → those of `sample_lines`, in the
    dtype of mean. Raises ValueError for other shapes.
    """
    width = torch.as_tensor(width, dtype=mean.dtype, device=mean.device)
    wanted = {"mean": [(2,), (n_tasks, 2)], "cov": [(2, 2)], "width": [(), (n_tasks,)]}
    for (name, shapes), got in zip(wanted.items(), (mean, cov, width), strict=True):
        if tuple(got.shape) not in shapes:
            needs = " or ".join(map(str, shapes))
            raise ValueError(f"{name} must be {needs}, got {tuple(got.shape)}")
    how = {"generator": generator, "device": mean.device, "dtype": mean.dtype}
    theta = mean + torch.randn(n_tasks, 2, **how) @ torch.linalg.cholesky(cov).mT
    x = width.expand(n_tasks)[:, None] * (2 * torch.rand(n_tasks, n_shot + n_query, **how) - 1)
    return _on_lines(theta, x, n_shot, noise, generator)


def _on_lines(theta: Tensor, x: Tensor, n_shot: int, noise: float, generator: Generator) -> Episode:
    """Points at x (B, S) on the lines theta (B, 2), with noise; the first n_shot to learn from."""
    x = torch.stack([x, torch.ones_like(x)], dim=2)  # (B, S, 2)
    y = (x @ theta[:, :, None]).squeeze(2)
    y = y + noise * torch.randn(y.shape, generator=generator, device=y.device, dtype=y.dtype)
    return Episode(x[:, :n_shot], y[:, :n_shot], x[:, n_shot:], y[:, n_shot:])


def _uniform(rows: int, columns: int, generator: Generator) -> Tensor:
    return 2 * torch.rand(rows, columns, generator=generator, device=generator.device) - 1
