"""The LSTM read twice: as a memory that learns a task, and as an optimiser that is learned.

In both, the weights (params) are what is learned across tasks and stand still inside a task; what
changes inside is the state. In a memory learner the state remembers examples. In a learned
optimiser it remembers gradients; and in Ravi and Larochelle's meta-LSTM the cell state *is* θ, the
parameters of the learner. `gated_sum` is the one line that all of them share.

Every function is written for one task; leading axes (B, …) or `torch.func.vmap` make a batch.
"""

from collections.abc import Callable, Collection

import torch
from torch import Generator, Tensor
from torch.func import grad_and_value, vmap
from torch.nn import functional as F

from metacourse.episodes import Episode
from metacourse.nets import Params, flatten, unflatten

State = tuple[Tensor, Tensor]  # of a cell: hidden state h and cell state c, each (…, H)
LOG_SCALE = 10.0  # p of `preprocess`
UPDATE_SCALE = 0.1  # of `learned_update`: a new optimiser starts with small steps


# ---- the cell ----------------------------------------------------------------------------------


def gated_sum(forget: Tensor, memory: Tensor, write: Tensor, candidate: Tensor) -> Tensor:
    """Return f ⊙ c + i ⊙ g: keep the share f of what is there, add the share i of what is new.

    Gradient descent is f = 1, c = θ, i = α, g = −∇L. Shapes: all alike, or numbers → the same.
    """
    return forget * memory + write * candidate


def init_lstm(n_inputs: int, n_hidden: int, n_outputs: int, generator: Generator) -> Params:
    """Draw a cell with a linear head on its hidden state, from U(−1/√H, 1/√H); the forget gates
    start open, with a bias of 1 (Gers, Schmidhuber & Cummins 2000).

    weight_ih (4H, D), weight_hh (4H, H), bias_ih (4H,), bias_hh (4H,) in the layout of
    `torch.nn.LSTMCell`, rows in the order i, f, g, o; head.weight (O, H), head.bias (O,).
    """
    shapes = {
        "weight_ih": (4 * n_hidden, n_inputs),
        "weight_hh": (4 * n_hidden, n_hidden),
        "bias_ih": (4 * n_hidden,),
        "bias_hh": (4 * n_hidden,),
        "head.weight": (n_outputs, n_hidden),
        "head.bias": (n_outputs,),
    }
    params = {}
    for name, shape in shapes.items():
        uniform = torch.rand(shape, generator=generator, device=generator.device)
        params[name] = (2 * uniform - 1) / n_hidden**0.5
    params["bias_ih"][n_hidden : 2 * n_hidden] = 1.0
    return params


def start_state(params: Params, *axes: int) -> State:
    """Return the state of a cell that has read nothing: h and c are zeros (*axes, H)."""
    zeros = params["weight_hh"].new_zeros(*axes, params["weight_hh"].shape[1])
    return zeros, zeros


def cell(params: Params, x: Tensor, state: State) -> tuple[Tensor, State]:
    """Read one input and return the hidden state, and the state (h, c) to go on with.

    i, f, o = σ(W x + U h + b) and g = tanh(W x + U h + b), each with its own quarter of the rows;
    c ← f ⊙ c + i ⊙ g;  h = o ⊙ tanh(c)  (Hochreiter & Schmidhuber 1997; the forget gate: Gers,
    Schmidhuber & Cummins 2000). The same numbers as `torch.nn.LSTMCell`, and its weight layout.
    Shapes: x (…, D), h and c (…, H) → (…, H), ((…, H), (…, H)).
    Raises ValueError if x or the state is not as wide as the weights are.
    """
    h, c = state
    _check_cell(params, x, h, c)
    rows = F.linear(x, params["weight_ih"], params["bias_ih"])
    rows = rows + F.linear(h, params["weight_hh"], params["bias_hh"])  # (…, 4H)
    write, forget, candidate, output = rows.chunk(4, dim=-1)
    c = gated_sum(forget.sigmoid(), c, write.sigmoid(), candidate.tanh())
    h = output.sigmoid() * c.tanh()
    return h, (h, c)


def head(params: Params, h: Tensor) -> Tensor:
    """Return what the cell says: its hidden state through a linear layer, (…, H) → (…, O)."""
    return F.linear(h, params["head.weight"], params["head.bias"])


# ---- a memory that learns a task ---------------------------------------------------------------


def offset_labels(y: Tensor) -> Tensor:
    """Return the labels one step late: zeros, y₁, …, y_{T−1}.

    So that the label of x_t is known only when the prediction for x_t has been made (Hochreiter,
    Younger & Conwell 2001; Santoro et al. 2016). Shapes: y (…, T, O) → (…, T, O).
    Raises ValueError if y has no time axis.
    """
    if y.dim() < 2:
        raise ValueError(f"y must have a time axis and a label axis, (…, T, O), got {_of(y)}")
    return torch.cat([torch.zeros_like(y[..., :1, :]), y[..., :-1, :]], dim=-2)


def memory_states(
    params: Params, x: Tensor, y: Tensor, *, cuts: Collection[int] = (), state: State | None = None
) -> State:
    """Read a sequence of (x_t, y_{t−1}) and return the states before it and after each step.

    cuts are the steps t before which the state is detached, t = 0 … T − 1: gradients flow back no
    further than to the last cut (truncated back-propagation through time: Williams & Peng 1990).
    Shapes: x (…, T, D), y (…, T, O) → h and c (…, T + 1, H).
    Raises ValueError if x and y are not equally long, or the state has not the axes of x.
    """
    h, c = state or start_state(params, *x.shape[:-2])
    _check_sequence(x, y, h)
    hs, cs = [h], [c]
    for t, inputs in enumerate(torch.cat([x, offset_labels(y)], dim=-1).unbind(-2)):
        if t in cuts:
            h, c = h.detach(), c.detach()
        _, (h, c) = cell(params, inputs, (h, c))
        hs.append(h)
        cs.append(c)
    return torch.stack(hs, dim=-2), torch.stack(cs, dim=-2)


def memory_sequence(params: Params, x: Tensor, y: Tensor, *, cuts: Collection[int] = ()) -> Tensor:
    """Return what a memory says to each input of a sequence before it is told the label.

    The answer to x_t is head(h_t), h_t after (x_t, y_{t−1}): what `memory_prediction` says to x_t
    as a query after t − 1 points, for the price of reading once. cuts are as in `memory_states`.
    Shapes: x (…, T, D), y (…, T, O) → (…, T, O).
    Raises ValueError as `memory_states` does.
    """
    h, _ = memory_states(params, x, y, cuts=cuts)
    return head(params, h[..., 1:, :])


def memory_prediction(params: Params, episode: Episode) -> Tensor:
    """Return what a memory says to each query after 0, 1, …, S points of the support set.

    The network reads (x_t, y_{t−1}); a query after t points is the pair (x_query, y_t), read from
    the state after those t points, and forgotten again. The weights never change; all that is
    learned from the support set is in the state (Hochreiter, Younger & Conwell 2001; Santoro et
    al. 2016).
    Shapes: x_support (…, S, D), y_support (…, S, O), x_query (…, Q, D) → (…, S + 1, Q, O).
    Raises ValueError if the inputs or labels are not as wide as the weights need them.
    """
    x, y, x_query, _ = episode
    states = memory_states(params, x, y)
    _check_query(x, x_query)
    return ask(params, states, _last_labels(y), x_query.unsqueeze(-3))


def memory_logits(params: Params, episode: Episode) -> Tensor:
    """Return the class scores of each query after the whole support set: `memory_prediction` for
    labels 0 … N − 1, which are read as one-hot vectors, N the size of the head.

    Shapes: x_support (…, S, D), y_support (…, S), x_query (…, Q, D) → (…, Q, N).
    Raises ValueError as `memory_prediction` does.
    """
    x, y, x_query, _ = episode
    classes = torch.arange(len(params["head.bias"]), device=y.device)
    y = (y.unsqueeze(-1) == classes).to(x.dtype)  # one-hot: (…, S, N)
    h, c = memory_states(params, x, y)
    _check_query(x, x_query)
    return ask(params, (h[..., -1, :], c[..., -1, :]), _last_labels(y)[..., -1, :], x_query)


def ask(params: Params, state: State, y_last: Tensor, x_query: Tensor) -> Tensor:
    """Return what a memory in a state says to queries, each of which it reads and forgets again.

    A query is the pair (x_query, y_last), y_last the last label, which is still to be told.
    Shapes: h and c (…, H), y_last (…, O), x_query (…, Q, D) → (…, Q, O).
    """
    h, c = (part.unsqueeze(-2) for part in state)
    y_last = y_last.unsqueeze(-2)
    axes = torch.broadcast_shapes(y_last.shape[:-1], x_query.shape[:-1])  # (…, Q)
    pairs = [part.expand(*axes, part.shape[-1]) for part in (x_query, y_last)]
    asked, _ = cell(params, torch.cat(pairs, dim=-1), (h, c))
    return head(params, asked)


def _last_labels(y: Tensor) -> Tensor:
    """The last label before each point and after them all, at first zeros: (…, S + 1, O)."""
    return F.pad(y, (0, 0, 1, 0))


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
) -> tuple[Tensor, Tensor]:
    """Let a learned optimiser minimise a loss, and return all its points and their losses.

    θ_t = θ_{t−1} + step(∇L(θ_{t−1})). The sum of the losses is what the optimiser is trained for
    (Andrychowicz et al. 2016, Eq. 3). With first_order, as in that paper, ∇L counts as a constant;
    without, the second derivatives of L are kept too. Before the steps in cuts, θ, ∇L and the state
    are detached (truncated back-propagation), but L(θ) still counts for the steps before.
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
        step, state = learned_update(params, gradient, state)
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


def _check_cell(params: Params, x: Tensor, h: Tensor, c: Tensor) -> None:
    n_rows, n_inputs = params["weight_ih"].shape
    n_hidden = n_rows // 4
    if x.shape[-1:] != (n_inputs,):
        raise ValueError(f"x must be (…, {n_inputs}) for these weights, got {_of(x)}")
    if h.shape != c.shape or h.shape[-1:] != (n_hidden,):
        raise ValueError(f"h and c must both be (…, {n_hidden}), got {_of(h)} and {_of(c)}")


def _check_sequence(x: Tensor, y: Tensor, h: Tensor) -> None:
    if x.dim() < 2 or y.dim() < 2 or x.shape[:-1] != y.shape[:-1]:
        raise ValueError(
            f"x (…, T, D) and y (…, T, O) must be equally long, got {_of(x)} and {_of(y)}"
        )
    if h.shape[:-1] != x.shape[:-2]:
        raise ValueError(f"state must be (…, H) with the axes of x {_of(x)}, got {_of(h)}")


def _check_query(x: Tensor, x_query: Tensor) -> None:
    if x_query.dim() < 2 or (x_query.shape[:-2], x_query.shape[-1]) != (x.shape[:-2], x.shape[-1]):
        raise ValueError(
            f"x_query (…, Q, D) must be like x_support (…, S, D), got {_of(x_query)} and {_of(x)}"
        )


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
