"""Optimisers that somebody wrote down, as rivals of one that was learned.

Their rules work coordinate by coordinate, and so PyTorch's own can run on many tasks at once: all
parameters of all tasks are one tensor. A rival is tuned as the learned one was trained: the rate is
chosen on other tasks, by the mean loss along the way.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

RULES = {
    "SGD": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "RMSprop": torch.optim.RMSprop,
    "Adam": torch.optim.Adam,
}
RATES = torch.logspace(-3, 1, 17)  # to choose from: four to a decade


def descend(
    rule: Callable,
    rate: float,
    loss_fn: Callable[[Tensor], Tensor],
    starts: Tensor,
    *,
    n_steps: int,
) -> tuple[Tensor, Tensor]:
    """Let an optimiser of PyTorch run on many tasks; return all its points and their losses.

    rule: makes the optimiser, rule([θ], lr=rate). Shapes: starts (B, n), loss_fn (B, n) → (B,)
    → points (B, n_steps + 1, n), losses (B, n_steps + 1).
    Raises ValueError if starts has no task axis.
    """
    if starts.dim() != 2:
        raise ValueError(f"starts must be (B, n), got {tuple(starts.shape)}")
    theta = starts.clone().requires_grad_()
    optimizer, points, losses = rule([theta], lr=rate), [starts], []
    for _ in range(n_steps):
        loss = loss_fn(theta)
        losses.append(loss.detach())
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
        points.append(theta.detach().clone())
    with torch.no_grad():
        losses.append(loss_fn(theta))
    return torch.stack(points, dim=1), torch.stack(losses, dim=1)


def tuned_rate(
    rule: Callable,
    loss_fn: Callable[[Tensor], Tensor],
    starts: Tensor,
    *,
    n_steps: int,
    rates: Tensor = RATES,
) -> float:
    """The rate with the least mean loss along n_steps on these tasks, which should not be those of
    the test; one that runs away is never chosen. Shapes as in `descend`."""
    runs = (descend(rule, rate.item(), loss_fn, starts, n_steps=n_steps)[1] for rate in rates)
    means = torch.stack([losses.mean() for losses in runs])
    return rates[means.nan_to_num(torch.inf).argmin()].item()
