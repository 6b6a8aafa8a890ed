"""Optimisers that are learned, made of the LSTM's cell.

The weights (params) are what is learned across tasks and stand still inside a task; what changes
inside is the state. In a learned optimiser it remembers gradients; in Ravi and Larochelle's
meta-LSTM the cell state *is* θ, the parameters of the learner.

Every function is written for one task; leading axes (B, …) or `torch.func.vmap` make a batch.
"""

from collections.abc import Callable, Collection

import torch
from torch import Tensor
from torch.func import grad_and_value, vmap

from metacourse.episodes import Episode
from metacourse.lstm import State, cell, gated_sum, head, start_state
from metacourse.nets import Params, flatten, unflatten

LOG_SCALE = 10.0  # p of `preprocess`
UPDATE_SCALE = 0.1  # of `learned_update`: a new optimiser starts with small steps


# ---- an optimiser that is learned --------------------------------------------------------------


def preprocess(value: Tensor) -> Tensor:
    """Split numbers of any size into two of about 1: how large, and which sign.

    (log|v| / p, sign v) if |v| ≥ e^{−p}, else (−1, e^p v), with p = `LOG_SCALE` = 10
    (Andrychowicz et al. 2016, App. A). Shapes: (…) → (…, 2).
    """
    smallest = torch.exp(torch.tensor(-LOG_SCALE, dtype=value.dtype, device=value.device))
    size = torch.log(value.abs().clamp(min=smallest)) / LOG_SCALE  # −1 for all smaller ones
    sign = (value / smallest).clamp(-1, 1)
    return torch.stack([size, sign], dim=-1)


def learned_update(params: Params, gradient: Tensor, state: State) -> tuple[Tensor, State]:
    """Return the step that a learned optimiser takes, and its state to go on with.

    (h, c) ← cell(preprocess(∇), (h, c));  step = 0.1 · head(h), to be added to θ. Coordinatewise:
    every coordinate has a state of its own, and all share the same few weights, so that the
    optimiser fits a problem of any size (Andrychowicz et al. 2016, Sec. 2.1).
    Shapes: gradient (…), h and c (…, H) → (…), ((…, H), (…, H)).
    Raises ValueError if the state has not the shape of the gradient, or the head not one output.
    """
    _check_learned_update(params, gradient, state)
    h, state = cell(params, preprocess(gradient), state)
    return UPDATE_SCALE * head(params, h).squeeze(-1), state


def optimise(
    params: Params,
    loss_fn: Callable[[Tensor], Tensor],
    theta: Tensor,
    *,
    n_steps: int,
    cuts: Collection[int] = (),
    first_order: bool = True,
    update: Callable = learned_update,
) -> tuple[Tensor, Tensor]:
    """Let a learned optimiser minimise a loss, and return all its points and their losses.

    θ_t = θ_{t−1} + step(∇L(θ_{t−1})). The sum of the losses is what the optimiser is trained for
    (Andrychowicz et al. 2016, Eq. 3). With first_order, as in that paper, ∇L counts as a constant;
    without, the second derivatives of L are kept too. Before the steps in cuts, θ, ∇L and the state
    are detached (truncated back-propagation), but L(θ) still counts for the steps before. update:
    another rule of the form of `learned_update`.
    Shapes: theta (n,), loss_fn(theta) → () → points (n_steps + 1, n), losses (n_steps + 1,).
    Raises ValueError if theta is not a vector or n_steps is negative.
    """
    _check_optimise(theta, n_steps)
    state = start_state(params, *theta.shape)
    points, losses = [theta], []
    for t in range(n_steps):
        gradient, loss = grad_and_value(loss_fn)(theta)
        losses.append(loss)
        if first_order or t in cuts:
            gradient = gradient.detach()
        if t in cuts:
            theta, state = theta.detach(), tuple(part.detach() for part in state)
        step, state = update(params, gradient, state)
        theta = theta + step
        points.append(theta)
    return torch.stack(points), torch.stack([*losses, loss_fn(theta)])


# ---- an LSTM whose cell state is θ -------------------------------------------------------------


def init_meta_lstm(*, lr_inner: float) -> Params:
    """Return gates with which `meta_lstm_step` is nearly gradient descent: f = 0.9999 or so and
    i = lr_inner, whatever they see: weights 0 (as Ravi & Larochelle 2017, Sec. 3.3, start near it).

    forget.weight (6,), forget.bias (), write.weight (6,), write.bias ().
    Raises ValueError unless 0 < lr_inner < 1: a gate is a sigmoid.
    """
    if not 0 < lr_inner < 1:
        raise ValueError(f"lr_inner must lie between 0 and 1, a gate's range, got {lr_inner}")
    write = torch.logit(torch.tensor(lr_inner))
    params = {"forget.weight": torch.zeros(6), "forget.bias": torch.tensor(9.0)}
    return params | {"write.weight": torch.zeros(6), "write.bias": write}


def meta_lstm_step(
    params: Params, theta: Tensor, gradient: Tensor, loss: Tensor, state: State
) -> tuple[Tensor, State]:
    """Take one inner step of a meta-LSTM, whose cell state is θ; return θ and the gates (f, i).

    θ_t = f_t ⊙ θ_{t−1} + i_t ⊙ (−∇_t), with f_t = σ(W_f · [∇_t, L_t, θ_{t−1}, f_{t−1}] + b_f) and
    i_t = σ(W_i · [∇_t, L_t, θ_{t−1}, i_{t−1}] + b_i), ∇ and L as two numbers each by `preprocess`;
    coordinatewise (Ravi & Larochelle 2017, Sec. 3.1 and 3.2, without the LSTM that they let read
    ∇ and L before the gates do).
    Shapes: theta and gradient (n,), loss (), f and i (n,) → (n,), ((n,), (n,)).
    Raises ValueError if gradient or gates have not the shape of theta, or the loss is no scalar.
    """
    _check_meta_lstm(theta, gradient, loss, state)
    seen = [*preprocess(gradient).unbind(-1), *preprocess(loss).unbind(-1), theta]

    def gate(name: str, before: Tensor) -> Tensor:
        weighted = zip(params[f"{name}.weight"], [*seen, before], strict=True)
        return torch.sigmoid(sum((w * part for w, part in weighted), params[f"{name}.bias"]))

    forget, write = gate("forget", state[0]), gate("write", state[1])
    return gated_sum(forget, theta, write, -gradient), (forget, write)


def meta_lstm_adapt(
    params: Params,
    loss_fn: Callable[[Params, Tensor, Tensor], Tensor],
    start: Params,
    x_support: Tensor,
    y_support: Tensor,
    *,
    n_steps: int,
    first_order: bool = True,
) -> Params:
    """Take n_steps of `meta_lstm_step` on one task's support set, from θ₀ = start; return θ′.

    The gates begin as f₀ = 1 and i₀ = 0: all kept, nothing written. start is learned with the gates
    (the initial cell state c₀; Ravi & Larochelle 2017, Sec. 3.1); with first_order, as in that
    paper, ∇ and L count as constants.
    Shapes: x_support (S, …), y_support (S, …) → a dict like start.
    Raises ValueError if n_steps is negative.
    """
    if n_steps < 0:
        raise ValueError(f"n_steps must be 0 or more, got {n_steps}")
    theta = flatten(start)
    state = torch.ones_like(theta), torch.zeros_like(theta)
    for _ in range(n_steps):
        adapted = unflatten(theta, start)
        gradients, loss = grad_and_value(loss_fn)(adapted, x_support, y_support)
        gradient = flatten(gradients)
        if first_order:
            gradient, loss = gradient.detach(), loss.detach()
        theta, state = meta_lstm_step(params, theta, gradient, loss, state)
    return unflatten(theta, start)


def meta_lstm_loss(
    params: Params,
    loss_fn: Callable[[Params, Tensor, Tensor], Tensor],
    start: Params,
    episodes: Episode,
    *,
    n_steps: int,
    first_order: bool = True,
) -> Tensor:
    """Return the mean over tasks of the query loss after `meta_lstm_adapt`: MAML's objective, for
    gates and start together. Shapes: episodes with a task axis B → ()."""

    def task_loss(x_support, y_support, x_query, y_query):
        steps = {"n_steps": n_steps, "first_order": first_order}
        adapted = meta_lstm_adapt(params, loss_fn, start, x_support, y_support, **steps)
        return loss_fn(adapted, x_query, y_query)

    return vmap(task_loss)(*episodes).mean()


# ---- what cannot be right ----------------------------------------------------------------------


def _of(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)


def _check_learned_update(params: Params, gradient: Tensor, state: State) -> None:
    if state[0].shape[:-1] != gradient.shape:
        raise ValueError(
            f"every coordinate needs a state: gradient {_of(gradient)}, h {_of(state[0])}"
        )
    if params["head.bias"].shape != (1,):
        raise ValueError(f"head.bias must be (1,), for one step, got {_of(params['head.bias'])}")


def _check_optimise(theta: Tensor, n_steps: int) -> None:
    if theta.dim() != 1:
        raise ValueError(f"theta must be a vector, (n,), got {_of(theta)}")
    if n_steps < 0:
        raise ValueError(f"n_steps must be 0 or more, got {n_steps}")


def _check_meta_lstm(theta: Tensor, gradient: Tensor, loss: Tensor, state: State) -> None:
    shapes = {"gradient": gradient, "f": state[0], "i": state[1]}
    if wrong := {name: _of(part) for name, part in shapes.items() if part.shape != theta.shape}:
        raise ValueError(f"theta is {_of(theta)}; of another shape: {wrong}")
    if loss.shape != ():
        raise ValueError(f"loss must be a scalar, (), got {_of(loss)}")
