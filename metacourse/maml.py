"""MAML and its relatives: learn parameters from which gradient descent on a new task ends well.

Every function takes any `loss_fn(params, x, y)` that returns a scalar, and params as a dict of
tensors. `inner_adapt` is the one inner loop, for training and for testing; a batch of tasks is
`torch.func.vmap` of it. θ = params, θ′ = adapted, α = lr_inner, k = n_steps.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial

import torch
from torch import Generator, Tensor
from torch.func import grad, vmap
from torch.optim import Optimizer

from metacourse.episodes import Episode
from metacourse.nets import Params

LossFn = Callable[[Params, Tensor, Tensor], Tensor]


def inner_adapt(
    loss_fn: LossFn,
    params: Params,
    x_support: Tensor,
    y_support: Tensor,
    *,
    lr_inner: float | Params,
    n_steps: int = 1,
    first_order: bool = False,
) -> Params:
    """Take n_steps steps of gradient descent on one task's support set and return θ′.

    θ ← θ − α ⊙ ∇L_support(θ), k times (Finn, Abbeel & Levine 2017, Sec. 2.2). α is a number, or a
    dict like params with a rate for every weight (Meta-SGD: Li et al. 2017, Eq. 2). Gradients flow
    through every step, to params and to the rates; with first_order the ∇L count as constants, so
    that dθ′/dθ = I.
    Shapes: x_support (S, …), y_support (S, …) → a dict like params.
    Raises ValueError if params or the support set is empty, n_steps is negative, the rates are not
    like params, or the loss is not a scalar.
    """
    rates = _rates(lr_inner, params)
    _check(params, x_support, y_support, n_steps)
    for _ in range(n_steps):
        gradients = grad(_scalar(loss_fn))(params, x_support, y_support)
        if first_order:
            gradients = {name: gradient.detach() for name, gradient in gradients.items()}
        params = {name: params[name] - rates[name] * gradients[name] for name in params}
    return params


def maml_loss(
    loss_fn: LossFn,
    params: Params,
    episodes: Episode,
    *,
    lr_inner: float | Params,
    n_steps: int = 1,
    first_order: bool = False,
) -> Tensor:
    """Return MAML's objective: the mean over tasks of the query loss after adaptation.

    1/B Σᵢ L_query,ᵢ(θ′ᵢ), where θ′ᵢ = inner_adapt(θ, support setᵢ) (Finn, Abbeel & Levine 2017,
    Eq. 1 and Alg. 2). Its gradient is exact: it runs through the inner steps, second derivatives
    included, unless first_order says otherwise.
    Shapes: episodes with a task axis B → ().
    Raises ValueError as `inner_adapt` does, and if episodes have no task.
    """
    _check_tasks(episodes)

    def task_loss(x_support, y_support, x_query, y_query):
        adapted = inner_adapt(
            loss_fn,
            params,
            x_support,
            y_support,
            lr_inner=lr_inner,
            n_steps=n_steps,
            first_order=first_order,
        )
        return _scalar(loss_fn)(adapted, x_query, y_query)

    return vmap(task_loss)(*episodes).mean()


def losses_by_step(
    loss_fn: LossFn, params: Params, task: Episode, *, rates: Sequence[float | Params]
) -> Tensor:
    """Return one task's query loss before and after each inner step, step j with a rate αⱼ.

    ℓⱼ = L_query(θⱼ), θⱼ = θⱼ₋₁ − αⱼ ⊙ ∇L_support(θⱼ₋₁). A weighted sum of ℓ₁ … ℓₖ is MAML++'s
    multi-step loss, and the αⱼ are its learned rates (Antoniou, Edwards & Storkey 2019, Sec. 4).
    Shapes: k rates, one task without a task axis → (k + 1,).
    Raises ValueError as `inner_adapt` does.
    """
    losses = [_scalar(loss_fn)(params, task.x_query, task.y_query)]
    for rate in rates:
        params = inner_adapt(loss_fn, params, task.x_support, task.y_support, lr_inner=rate)
        losses.append(loss_fn(params, task.x_query, task.y_query))
    return torch.stack(losses)


def maml_step(
    loss_fn: LossFn,
    params: Params,
    optimizer: Optimizer,
    episodes: Episode,
    *,
    lr_inner: float | Params,
    n_steps: int = 1,
    first_order: bool = False,
) -> Tensor:
    """Take one outer step, θ ← θ − β∇(MAML's objective), with any torch optimizer.

    The optimizer holds the tensors of params, and those of lr_inner if the rates are to be learned;
    it changes them in place. Shapes: episodes with a task axis B → (), the objective before the
    step. Raises ValueError as `maml_loss` does.
    """
    steps = {"lr_inner": lr_inner, "n_steps": n_steps, "first_order": first_order}
    loss = maml_loss(loss_fn, params, episodes, **steps)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def train_maml(
    loss_fn: LossFn,
    params: Params,
    sample: Callable[[Generator], Episode],
    *,
    lr_inner: float | Params,
    lr_outer: float,
    n_outer: int,
    n_steps: int = 1,
    generator: Generator,
) -> Params:
    """Take n_outer steps of gradient descent down MAML's objective, and return the start reached.

    θ ← θ − β ∇ 1/B Σᵢ L_query,ᵢ(θ′ᵢ), on a new batch of tasks, sample(generator), at each step
    (Finn, Abbeel & Levine 2017, Alg. 2). Shapes: batches with a task axis B → a dict like params.
    No graph reaches back to params, whose steps would otherwise all be kept.
    Raises ValueError as `maml_loss` does.
    """
    params = {name: tensor.detach() for name, tensor in params.items()}
    for _ in range(n_outer):
        objective = partial(
            maml_loss, loss_fn, episodes=sample(generator), lr_inner=lr_inner, n_steps=n_steps
        )
        gradient = grad(objective)(params)
        params = {name: params[name] - lr_outer * gradient[name] for name in params}
    return params


def reptile_step(
    loss_fn: LossFn,
    params: Params,
    episodes: Episode,
    *,
    lr_inner: float | Params,
    lr_outer: float,
    n_steps: int,
) -> Params:
    """Move θ towards where the tasks' own gradient descent arrives, and return the new θ.

    θ ← θ + β · 1/B Σᵢ (θ′ᵢ − θ) (Nichol, Achiam & Schulman 2018, Alg. 2). Reptile has no query
    set: a task's points of both sets are what it trains on. With n_steps=1 it is joint training.
    Shapes: episodes with a task axis B → a dict like params.
    Raises ValueError as `maml_loss` does.
    """
    _check_tasks(episodes)
    x = torch.cat([episodes.x_support, episodes.x_query], dim=1)  # (B, S, …)
    y = torch.cat([episodes.y_support, episodes.y_query], dim=1)

    def adapt(x, y):
        return inner_adapt(loss_fn, params, x, y, lr_inner=lr_inner, n_steps=n_steps)

    with torch.no_grad():
        adapted = vmap(adapt)(x, y)  # each tensor (B, …)
        return {
            name: theta + lr_outer * (adapted[name].mean(0) - theta)
            for name, theta in params.items()
        }


def meta_sgd_step(
    loss_fn: LossFn,
    params: Params,
    rates: Params,
    episodes: Episode,
    *,
    lr_outer: float,
    n_steps: int = 1,
) -> tuple[Params, Params]:
    """Take one outer step of gradient descent on θ and on the inner rates α, and return both.

    (θ, α) ← (θ, α) − β ∇_(θ, α) 1/B Σᵢ L_query,ᵢ(θ − α ⊙ ∇L_support,ᵢ(θ)): every weight learns its
    start and its rate, which may become negative (Li et al. 2017, Alg. 1).
    Shapes: rates a dict like params, episodes with a task axis B → two dicts like params.
    Raises ValueError as `maml_loss` does.
    """

    def objective(params, rates):
        return maml_loss(loss_fn, params, episodes, lr_inner=rates, n_steps=n_steps)

    gradients = grad(objective, argnums=(0, 1))(params, rates)
    return tuple(
        {name: value - lr_outer * gradient[name] for name, value in values.items()}
        for values, gradient in zip((params, rates), gradients, strict=True)
    )


def anil_loss(
    loss_fn: LossFn,
    params: Params,
    episodes: Episode,
    *,
    head: Collection[str],
    lr_inner: float,
    n_steps: int = 1,
) -> Tensor:
    """Return ANIL's objective: MAML's, with inner steps that move the head alone.

    head holds the names of the tensors that adapt, the last layer of a network; the others, its
    body, are the same before and after. The gradient is exact and reaches both (Raghu et al. 2020,
    Sec. 4). Shapes: episodes with a task axis B → ().
    Raises ValueError as `maml_loss` does, and if the head has a name that params lack.
    """
    if unknown := set(head) - params.keys():
        raise ValueError(f"head has names that params lack: {', '.join(sorted(unknown))}")
    body = {name: value for name, value in params.items() if name not in head}

    def head_loss(adapting: Params, x: Tensor, y: Tensor) -> Tensor:
        return loss_fn(body | adapting, x, y)

    start = {name: params[name] for name in head}
    return maml_loss(head_loss, start, episodes, lr_inner=lr_inner, n_steps=n_steps)


def _scalar(loss_fn: LossFn) -> LossFn:
    """The same loss, which says so when it is not a scalar."""

    def checked(params: Params, x: Tensor, y: Tensor) -> Tensor:
        loss = loss_fn(params, x, y)
        if loss.shape != ():
            raise ValueError(f"loss_fn must return a scalar, (); it returned {tuple(loss.shape)}")
        return loss

    return checked


def _rates(lr_inner: float | Params, params: Params) -> dict:
    """One rate, or tensor of rates, for each tensor of params."""
    if not isinstance(lr_inner, dict):
        return dict.fromkeys(params, lr_inner)
    if lr_inner.keys() != params.keys():
        odd = ", ".join(sorted(lr_inner.keys() ^ params.keys()))
        raise ValueError(f"lr_inner must have the keys of params; only one of them has {odd}")
    return lr_inner


def _check(params: Params, x_support: Tensor, y_support: Tensor, n_steps: int) -> None:
    if not params:
        raise ValueError("params is empty: there is nothing to adapt")
    if n_steps < 0:
        raise ValueError(f"n_steps must be 0 or more, got {n_steps}")
    if len(x_support) == 0 or len(x_support) != len(y_support):
        raise ValueError(
            "x_support and y_support need the same number of points, 1 or more: "
            f"got {tuple(x_support.shape)} and {tuple(y_support.shape)}"
        )


def _check_tasks(episodes: Episode) -> None:
    shapes = {name: tuple(part.shape) for name, part in episodes._asdict().items()}
    sizes = {shape[:1] for shape in shapes.values()}
    if len(sizes) != 1 or sizes & {(), (0,)}:
        raise ValueError(f"episodes need the same task axis B ≥ 1 everywhere, got {shapes}")
