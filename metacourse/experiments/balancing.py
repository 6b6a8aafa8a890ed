"""Carts with poles, balanced by one policy for all or by one that is adapted to each (09b)."""

import torch
from torch import Tensor

from metacourse.reinforcement import mean_of_the_others, policy_gradient
from metacourse.tasks.cartpoles import Carts, many_times, push, sample_carts

N_CARTS, LR, N_STEPS = 50, 1.0, 40
RATES = 10.0, 30.0, 100.0, 300.0, 1000.0  # to choose from, for steps inside a cart


def push_scores(weights: Tensor, states: Tensor, actions: Tensor) -> Tensor:
    """∇ log π of pushes: (a − σ(w · s)) s; after the fall s is 0, and so is the score.

    Shapes: weights (…, 4), states (…, n, T, 4), actions (…, n, T) → (…, n, T, 1, 4), as
    `policy_gradient` asks for.
    """
    chance = (states * weights[..., None, None, :]).sum(-1).sigmoid()
    return ((actions - chance).unsqueeze(-1) * states).unsqueeze(-2)


def estimate(weights: Tensor, carts: Carts, n: int, generator: torch.Generator) -> Tensor:
    """REINFORCE's estimate for each cart, by n episodes of it; weights (B, 4) → (B, 4).

    A reward is 1 / 200 here: a return is the share of the time that the pole is up.
    """
    happened = push(many_times(carts, n), weights.repeat_interleave(n, 0), generator)
    states, actions, rewards = (part.unflatten(0, (-1, n)) for part in happened)
    rewards = rewards / rewards.shape[-1]
    found = push_scores(weights, states, actions)
    return policy_gradient(found, rewards, mean_of_the_others(rewards)).squeeze(-2)


def trained_jointly(
    seed: int = 0, *, reversed_motors: bool = False, n_steps: int = N_STEPS, lr: float = LR
) -> Tensor:
    """One policy for all carts by REINFORCE, 4 episodes of 50 new carts a step → (4,)."""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=lr)
    for _ in range(n_steps):
        carts = sample_carts(N_CARTS, generator, reversed_motors=reversed_motors)
        uphill = estimate(weights.detach().expand(N_CARTS, 4), carts, 4, generator).mean(0)
        weights.grad = -uphill
        optimizer.step()
    return weights.detach()


def adapted(
    weights: Tensor, carts: Carts, *, lr_inner: float, n: int, n_steps: int, seed: int
) -> Tensor:
    """The weights of each cart after steps inside it, by n new episodes each: (4,) → (B, 4)."""
    generator = torch.Generator().manual_seed(seed)
    each = weights.expand(len(carts.length), 4)
    for _ in range(n_steps):
        each = each + lr_inner * estimate(each, carts, n, generator)
    return each


def steps_up(weights: Tensor, carts: Carts, *, n: int = 10, seed: int = 0) -> Tensor:
    """For how many pushes the pole stays up, the mean of n new episodes of each cart: (B,)."""
    generator = torch.Generator().manual_seed(seed)
    each = weights.expand(len(carts.length), 4).repeat_interleave(n, 0)
    rewards = push(many_times(carts, n), each, generator).rewards
    return rewards.sum(-1).unflatten(0, (-1, n)).mean(-1)


def best_rate(weights: Tensor, carts: Carts, *, n: int, n_steps: int, seed: int = 0) -> float:
    """The rate of RATES whose steps keep the poles of these carts up for longest."""
    how = {"n": n, "n_steps": n_steps, "seed": seed}
    up = [steps_up(adapted(weights, carts, lr_inner=rate, **how), carts).mean() for rate in RATES]
    return RATES[int(torch.stack(up).argmax())]
