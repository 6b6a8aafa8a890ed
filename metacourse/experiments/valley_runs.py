"""A learned optimiser on valleys in the plane: its training, its rivals, and how its own gradients
behave (notebook 05b)."""

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Generator, Tensor
from torch.func import vmap

from metacourse.learned_optimisers import UPDATE_SCALE, optimise, preprocess
from metacourse.lstm import State, cell, head, init_lstm
from metacourse.nets import Params
from metacourse.rivals import RULES, descend, tuned_rate
from metacourse.tasks.quadratics import Quadratic, quadratic_loss, sample_quadratics
from metacourse.training import learn

HORIZON = 20  # steps that the optimiser is trained for
N_UNITS = 20


def losses_on(params: Params, tasks: Quadratic, *, n_steps: int = HORIZON, **how) -> Tensor:
    """The losses of `optimise` on many valleys after 0, 1, … steps: (B, n_steps + 1)."""

    def on_one(hessian: Tensor, minimum: Tensor, start: Tensor) -> Tensor:
        def loss(theta: Tensor) -> Tensor:
            return quadratic_loss(theta, hessian, minimum)

        return optimise(params, loss, start, n_steps=n_steps, **how)[1]

    return vmap(on_one)(*tasks)


def mean_loss(params: Params, generator: Generator, **how) -> Tensor:
    """The mean loss along the way on 32 new valleys: what the optimiser is trained for → ()."""
    tasks = sample_quadratics(32, n_dims=2, generator=generator)
    return losses_on(params, tasks, **how).mean()


def train_on_valleys(
    loss_fn: Callable[[Params, Generator], Tensor] = mean_loss,
    *,
    n_steps: int = 200,
    seed: int = 0,
    **how,
) -> Params:
    """Train a cell of 20 units on a loss such as `mean_loss`; how: as in `training.learn`."""
    start = init_lstm(2, N_UNITS, 1, torch.Generator().manual_seed(seed))
    how = {"lr": 0.1, "clip": 0.01, "seed": 2 + seed} | how
    return learn(loss_fn, start, n_steps=n_steps, **how).params


# ---- rivals --------------------------------------------------------------------------------------


def at_once(tasks: Quadratic) -> Callable[[Tensor], Tensor]:
    """The loss of each valley at its own point, as `rivals.descend` wants it: (B, n) → (B,)."""
    return partial(quadratic_loss, hessian=tasks.hessian, minimum=tasks.minimum)


@cache
def tuned_on_valleys() -> dict[str, float]:
    """The best rate of each rule along `HORIZON` steps on 200 validation valleys: {name: rate}."""
    tasks = sample_quadratics(200, n_dims=2, generator=torch.Generator().manual_seed(50))
    how = {"n_steps": HORIZON}
    return {name: tuned_rate(r, at_once(tasks), tasks.start, **how) for name, r in RULES.items()}


def compare(params: Params, tasks: Quadratic, *, n_steps: int = HORIZON) -> dict[str, Tensor]:
    """The losses of the learned optimiser and of the tuned rules on the same valleys, by name,
    "learned" first: (B, n_steps + 1) each."""
    with torch.no_grad():
        losses = {"learned": losses_on(params, tasks, n_steps=n_steps)}
    rates, loss_fn = tuned_on_valleys(), at_once(tasks)
    for name, rule in RULES.items():
        losses[name] = descend(rule, rates[name], loss_fn, tasks.start, n_steps=n_steps)[1]
    return losses


# ---- its own gradients ---------------------------------------------------------------------------


def reading(features: Callable[[Tensor], Tensor]) -> Callable:
    """`learned_update` with other features of the gradient, (…) → (…, 2), than `preprocess`."""

    def update(params: Params, gradient: Tensor, state: State) -> tuple[Tensor, State]:
        h, state = cell(params, features(gradient), state)
        return UPDATE_SCALE * head(params, h).squeeze(-1), state

    return update


def steep_features(value: Tensor) -> Tensor:
    """Size and sign with slopes of at most 10: (asinh(10 v) / 3, tanh(10 v))."""
    return torch.stack([torch.asinh(10 * value) / 3, torch.tanh(10 * value)], dim=-1)


def gentle_features(value: Tensor) -> Tensor:
    """Size and sign with slopes of at most 1: (asinh v, tanh v)."""
    return torch.stack([torch.asinh(value), torch.tanh(value)], dim=-1)


FEATURES = {
    "log and sign": preprocess,
    "slopes ≤ 10": steep_features,
    "slopes ≤ 1": gentle_features,
}


def batch_gradients(params: Params, *, n_batches: int = 20, **how) -> Tensor:
    """The gradient of `mean_loss` on each of so many batches, always the same: (n_batches, n)."""
    params = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    generator, found = torch.Generator().manual_seed(56), []
    for _ in range(n_batches):
        gradients = torch.autograd.grad(mean_loss(params, generator, **how), [*params.values()])
        found.append(torch.cat([gradient.flatten() for gradient in gradients]))
    return torch.stack(found)


def agreement(gradients: Tensor) -> Tensor:
    """The mean cosine of two different rows: 1 if all point the same way, 0 if none agree → ()."""
    unit = gradients / gradients.norm(dim=1, keepdim=True)
    n = len(unit)
    return ((unit @ unit.T).sum() - n) / (n * n - n)
