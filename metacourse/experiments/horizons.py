"""How far ahead should a rate look? The noisy quadratic of Wu et al. (2018), in closed form
(notebook 06b).

L(θ) = ½ Σ_d h_d θ_d², and a gradient is h_d (θ_d − c_d), c_d new at every step, of mean 0 and
variance s². After n steps with a rate α, from mean m and variance v, with the factor q = 1 − αh:
m ← qⁿ m,  v ← q²ⁿ v + α²h²s² (1 − q²ⁿ) / (1 − q²).
"""

import torch
from torch import Tensor

CURVATURES = torch.tensor([1.0, 0.01], dtype=torch.float64)
START = torch.tensor([1.0, 10.0], dtype=torch.float64)  # as far that both lose alike at first
NOISE = 1.0  # s²
N_STEPS = 200
RATES = torch.logspace(-4, 0.2, 400, dtype=torch.float64)  # to choose from, all below 2 / h


def after(
    mean: Tensor, variance: Tensor, rate: Tensor | float, n_steps: int
) -> tuple[Tensor, Tensor]:
    """The mean and variance of θ after steps with one rate: (…, D) each; rate (…, 1), a number."""
    kept = (1 - rate * CURVATURES) ** (2 * n_steps)
    added = (rate * CURVATURES) ** 2 * NOISE / (1 - (1 - rate * CURVATURES) ** 2)
    return (1 - rate * CURVATURES) ** n_steps * mean, kept * variance + (1 - kept) * added


def expected_loss(mean: Tensor, variance: Tensor) -> Tensor:
    """E ½ Σ h θ² = ½ Σ h (m² + v): (…, D) → (…)."""
    return 0.5 * (CURVATURES * (mean**2 + variance)).sum(-1)


def best_rate(mean: Tensor, variance: Tensor, n_steps: int) -> Tensor:
    """Of `RATES` the one that, kept for n steps, leads to the least expected loss → ()."""
    ends = after(mean, variance, RATES[:, None], n_steps)
    return RATES[expected_loss(*ends).argmin()]


def with_horizon(horizon: int) -> tuple[Tensor, Tensor]:
    """The rates of a training that at every step takes the one that is best for the next `horizon`
    steps, or for those that are left, and the expected losses: (T,), (T + 1,)."""
    state, rates = (START, torch.zeros_like(START)), []
    losses = [expected_loss(*state)]
    for t in range(N_STEPS):
        rates.append(best_rate(*state, min(horizon, N_STEPS - t)))
        state = after(*state, rates[-1], 1)
        losses.append(expected_loss(*state))
    return torch.stack(rates), torch.stack(losses)


def planned(n_outer: int = 3000) -> tuple[Tensor, Tensor]:
    """The rates of a training that are chosen together, for the loss at its end: Adam along the
    hypergradient, each rate below the largest of `RATES`; and the expected losses as above."""
    free = torch.zeros(N_STEPS, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([free], lr=0.05)
    for _ in range(n_outer):
        optimizer.zero_grad()
        at_the_end(RATES[-1] * free.sigmoid()).backward()
        optimizer.step()
    rates = (RATES[-1] * free.sigmoid()).detach()
    return rates, torch.stack([at_the_end(rates[:t]) for t in range(N_STEPS + 1)])


def at_the_end(rates: Tensor) -> Tensor:
    """The expected loss after a training with these rates: (T,) → ()."""
    factors = 1 - rates[:, None] * CURVATURES
    whole = factors.prod(0)
    after_each = factors.flip(0).cumprod(0).flip(0) / factors  # the product of those that follow
    added = (rates[:, None] * CURVATURES * after_each).square().sum(0) * NOISE
    return expected_loss(whole * START, added)
