"""The LSTM, and read as a memory that learns a task.

The weights (params) are what is learned across tasks and stand still inside a task; what changes
inside is the state, which remembers examples. `gated_sum` is the one line that the cell shares with
the optimisers of `learned_optimisers`.

Every function is written for one task; leading axes (B, …) or `torch.func.vmap` make a batch.
"""

from collections.abc import Collection
from itertools import pairwise

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.episodes import Episode
from metacourse.nets import Params

State = tuple[Tensor, Tensor]  # of a cell: hidden state h and cell state c, each (…, H)


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


def memory_stream(params: Params, x: Tensor, y: Tensor, begins: Collection[int]) -> Tensor:
    """Return what a memory says along a stream of tasks, each of which it begins knowing nothing.

    begins are the steps, of 0 … T − 1, at which a new task begins; step 0 always is one. There the
    state is zeros again, and so is the last label, which belongs to another task: h, c and y_{t−1}
    are all that could leak.
    Shapes: x (…, T, D), y (…, T, O) → (…, T, O).
    Raises ValueError as `memory_states` does.
    """
    limits = sorted({0, *begins, x.shape[-2]})
    parts = [(x[..., a:b, :], y[..., a:b, :]) for a, b in pairwise(limits)]
    return torch.cat([memory_sequence(params, *part) for part in parts], dim=-2)


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
