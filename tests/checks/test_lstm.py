"""Chapter 05's exercises: right answers written differently (for test_all_exercises), wrong ones
as learners write them."""

import math

import pytest
import torch
from torch.func import functional_call, grad, grad_and_value, vmap
from torch.nn import functional as F

from metacourse import lstm as kernel
from metacourse.checks import diagnose, quizzes
from metacourse.checks import lstm as chapter
from metacourse.checks.catalogue import find
from metacourse.episodes import Episode

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

SMALLEST = math.exp(-10)  # from here on `preprocess` no longer takes a logarithm


# Right answers, written differently --------------------------------------------------------------


def cell_by_torch(params, x, state):
    flat = [part.reshape(-1, part.shape[-1]) for part in (x, *state)]
    h, c = torch.lstm_cell(flat[0], flat[1:], *(params[name] for name in WEIGHTS))
    h, c = h.reshape(state[0].shape), c.reshape(state[1].shape)
    return h, (h, c)


def cell_by_module(params, x, state):
    n_hidden, n_inputs = params["weight_hh"].shape[1], params["weight_ih"].shape[1]
    module = torch.nn.LSTMCell(n_inputs, n_hidden, device="meta")
    weights = {name: params[name] for name in WEIGHTS}
    rows = [part.reshape(-1, part.shape[-1]) for part in (x, *state)]
    h, c = functional_call(module, weights, (rows[0], tuple(rows[1:])))
    return h.view_as(state[0]), (h.view_as(state[0]), c.view_as(state[1]))


def cell_by_einsum(params, x, state):
    h, c = state
    w, u = (params[name].unflatten(0, (4, -1)) for name in ("weight_ih", "weight_hh"))
    rows = torch.einsum("ghd,...d->...gh", w, x) + torch.einsum("ghk,...k->...gh", u, h)
    rows = rows + (params["bias_ih"] + params["bias_hh"]).view(4, -1)
    i, f, o = (torch.sigmoid(rows[..., k, :]) for k in (0, 1, 3))
    c = i * torch.tanh(rows[..., 2, :]) + f * c
    h = torch.tanh(c) * o
    return h, (h, c)


def cell_with_weights_in_one(params, x, state):
    h, c = state
    weight = torch.cat([params["weight_ih"], params["weight_hh"]], dim=1)
    rows = torch.cat([x, h], dim=-1) @ weight.T + params["bias_ih"] + params["bias_hh"]
    i, f, g, o = torch.split(rows, c.shape[-1], dim=-1)
    c = torch.addcmul(torch.sigmoid(f) * c, torch.sigmoid(i), torch.tanh(g))
    h = torch.sigmoid(o) * torch.tanh(c)
    return h, (h, c)


def cell_gate_by_gate(params, x, state):
    h, c = state
    n = h.shape[-1]

    def rows(k):
        part = slice(k * n, (k + 1) * n)
        from_x = x @ params["weight_ih"][part].T + params["bias_ih"][part]
        return from_x + h @ params["weight_hh"][part].T + params["bias_hh"][part]

    new = rows(1).sigmoid() * c + rows(0).sigmoid() * rows(2).tanh()
    said = rows(3).sigmoid() * new.tanh()
    return said, (said, new)


def cell_one_by_one(params, x, state):
    if x.dim() > 1:
        outs = [cell_one_by_one(params, *each) for each in zip(x, zip(*state))]  # noqa: B905
        h = torch.stack([out[0] for out in outs])
        return h, [h, torch.stack([out[1][1] for out in outs])]
    rows = params["weight_ih"].mv(x) + params["weight_hh"].mv(state[0])
    rows = (rows + params["bias_ih"] + params["bias_hh"]).reshape(4, -1)
    c = 1 / (1 + torch.exp(-rows[1])) * state[1] + rows[0].sigmoid() * (
        2 * torch.sigmoid(2 * rows[2]) - 1
    )
    h = rows[3].sigmoid() * c.tanh()
    return h, (h, c)


def labels_by_pad(y):
    return F.pad(y, (0, 0, 1, 0))[..., :-1, :]


def labels_by_negative_pad(y):
    return F.pad(y, (0, 0, 1, -1))


def labels_filled_in(y):
    late = torch.zeros(y.shape, dtype=y.dtype)
    late[..., 1:, :] = y[..., :-1, :]
    return late


def labels_by_roll(y):
    late = y.roll(1, dims=-2)
    late[..., 0, :] = 0
    return late


def labels_one_by_one(y):
    rows = [torch.zeros_like(y[..., 0, :])]
    for t in range(1, y.shape[-2]):
        rows.append(y[..., t - 1, :])
    return torch.stack(rows, dim=-2)


def labels_by_matrix(y):
    n_steps = y.shape[-2]
    return torch.diag(torch.ones(n_steps - 1, dtype=y.dtype), -1) @ y


def labels_by_where(y):
    first = torch.arange(y.shape[-2])[:, None] == 0
    return torch.where(first, 0, torch.roll(y, 1, -2))


def split_by_where(v):
    """`preprocess` with the logarithm kept away from 0."""
    large = v.abs() >= torch.tensor(-10.0, dtype=v.dtype).exp()
    size = torch.where(large, torch.where(large, v.abs(), 1.0).log() / 10, -1.0)
    return torch.stack(
        [size, torch.where(large, v.sign(), v * torch.tensor(10.0).double().exp())], -1
    )


def split_by_mask(v):
    """`preprocess` written in two masked parts."""
    small = torch.abs(v) < 2.718281828459045**-10
    size = v.abs().masked_fill(small, 2.718281828459045**-10).log().div(10)
    return torch.stack((size, torch.sign(v) * ~small + v * 2.718281828459045**10 * small), dim=-1)


def step_by_columns(params, theta, gradient, loss, state):
    w_f, w_i = params["forget.weight"], params["write.weight"]
    g, losses = kernel.preprocess(gradient), kernel.preprocess(loss)
    columns = [g[:, 0], g[:, 1], losses[0], losses[1], theta]

    def gate(w, b, before):
        return sum(w[k] * column for k, column in enumerate([*columns, before])) + b

    f = gate(w_f, params["forget.bias"], state[0]).sigmoid()
    i = gate(w_i, params["write.bias"], state[1]).sigmoid()
    return f * theta - i * gradient, (f, i)


def step_one_by_one(params, theta, gradient, loss, state):
    new, fs, is_ = [], [], []
    for t, g, f, i in zip(theta, gradient, *state, strict=True):
        seen = torch.cat([kernel.preprocess(g), kernel.preprocess(loss), t[None]])
        fs.append(
            (params["forget.weight"] @ torch.cat([seen, f[None]]) + params["forget.bias"]).sigmoid()
        )
        is_.append(
            (params["write.weight"] @ torch.cat([seen, i[None]]) + params["write.bias"]).sigmoid()
        )
        new.append(fs[-1] * t + is_[-1] * -g)
    return torch.stack(new), (torch.stack(fs), torch.stack(is_))


def step_by_vmap(params, theta, gradient, loss, state):
    def one(t, g, f, i):
        seen = torch.cat([kernel.preprocess(g), kernel.preprocess(loss), t.reshape(1)])
        f = F.linear(
            torch.cat([seen, f.reshape(1)]), params["forget.weight"], params["forget.bias"]
        )
        i = F.linear(torch.cat([seen, i.reshape(1)]), params["write.weight"], params["write.bias"])
        return kernel.gated_sum(f.sigmoid(), t, i.sigmoid(), -g), (f.sigmoid(), i.sigmoid())

    return vmap(one)(theta, gradient, *state)


def step_with_both_gates_at_once(params, theta, gradient, loss, state):
    seen = torch.cat(
        [split_by_where(gradient), split_by_where(loss).repeat(len(theta), 1), theta[:, None]], 1
    )
    inputs = torch.stack([torch.cat([seen, gate[:, None]], 1) for gate in state])
    weights = torch.stack([params["forget.weight"], params["write.weight"]])
    biases = torch.stack([params["forget.bias"], params["write.bias"]])
    f, i = torch.sigmoid(torch.einsum("gnk,gk->gn", inputs, weights) + biases[:, None])
    return torch.addcmul(f * theta, i, gradient, value=-1), (f, i)


def step_with_a_mask(params, theta, gradient, loss, state):
    seen = torch.zeros(len(theta), 5, dtype=theta.dtype)
    seen[:, :2], seen[:, 2:4], seen[:, 4] = split_by_mask(gradient), split_by_mask(loss), theta
    shared = {
        n: seen @ params[f"{n}.weight"][:5] + params[f"{n}.bias"] for n in ("forget", "write")
    }
    f = torch.sigmoid(shared["forget"] + params["forget.weight"][5] * state[0])
    i = torch.sigmoid(shared["write"] + params["write.weight"][5] * state[1])
    return -(i * gradient - f * theta), [f, i]


def step_as_logistic(params, theta, gradient, loss, state):
    def gate(name, before):
        seen = (
            kernel.preprocess(gradient),
            kernel.preprocess(loss.expand_as(theta)),
            theta[..., None],
        )
        z = torch.hstack([*seen, before[..., None]]).mv(params[f"{name}.weight"])
        return 1 / (1 + (-z - params[f"{name}.bias"]).exp())

    f, i = gate("forget", state[0]), gate("write", state[1])
    return torch.lerp(theta, torch.zeros_like(theta), 1 - f) + i * (-gradient), (f, i)


def update_by_torch_cell(params, gradient, state):
    h, new = cell_by_torch(params, kernel.preprocess(gradient), state)
    return 0.1 * (h @ params["head.weight"][0] + params["head.bias"]), new


def update_coordinate_by_coordinate(params, gradient, state):
    n_hidden = state[0].shape[-1]
    hs, cs = (part.reshape(-1, n_hidden) for part in state)
    steps, states = [], []
    for g, h, c in zip(gradient.reshape(-1), hs, cs, strict=True):
        h, new = kernel.cell(params, kernel.preprocess(g), (h, c))
        steps.append(kernel.head(params, h)[0] * 0.1)
        states.append(new)
    h, c = (torch.stack(parts).reshape(state[0].shape) for parts in zip(*states, strict=True))
    return torch.stack(steps).reshape(gradient.shape), (h, c)


def update_by_where(params, gradient, state):
    h, state = kernel.cell(params, split_by_where(gradient), state)
    return kernel.head(params, h)[..., 0] / 10, state


def update_by_mask(params, gradient, state):
    h, state = cell_by_einsum(params, split_by_mask(gradient), state)
    return F.linear(h, 0.1 * params["head.weight"], 0.1 * params["head.bias"]).squeeze(-1), state


def update_of_flat(params, gradient, state):
    flat = [part.reshape(gradient.numel(), -1) for part in state]
    h, new = kernel.cell(params, kernel.preprocess(gradient.flatten()), tuple(flat))
    step = 0.1 * kernel.head(params, h)
    return step.reshape(gradient.shape), [part.reshape(state[0].shape) for part in new]


def update_by_einsum(params, gradient, state):
    h, new = cell_with_weights_in_one(params, kernel.preprocess(gradient), state)
    said = torch.einsum("...h,oh->...o", h, params["head.weight"]) + params["head.bias"]
    return torch.sum(0.1 * said, dim=-1), new


def update_by_vmap(params, gradient, state):
    update = kernel.learned_update
    for _ in range(gradient.dim()):
        update = vmap(update, in_dims=(None, 0, 0))
    return update(params, gradient, state)


ALTERNATIVES = {
    "cell": (
        cell_by_torch,
        cell_by_module,
        cell_by_einsum,
        cell_with_weights_in_one,
        cell_gate_by_gate,
        cell_one_by_one,
    ),
    "offset_labels": (
        labels_by_pad,
        labels_by_negative_pad,
        labels_filled_in,
        labels_by_roll,
        labels_one_by_one,
        labels_by_matrix,
        labels_by_where,
    ),
    "meta_lstm_step": (
        step_by_columns,
        step_one_by_one,
        step_by_vmap,
        step_with_both_gates_at_once,
        step_with_a_mask,
        step_as_logistic,
    ),
    "learned_update": (
        update_by_torch_cell,
        update_coordinate_by_coordinate,
        update_by_where,
        update_by_mask,
        update_of_flat,
        update_by_einsum,
        update_by_vmap,
    ),
}


# Wrong answers as learners write them ------------------------------------------------------------


def rows_of(params, x, h):
    rows = x @ params["weight_ih"].T + params["bias_ih"]
    return rows + h @ params["weight_hh"].T + params["bias_hh"]


def cell_by(formula, order="ifgo"):
    """A cell by i, f, g, o before σ and tanh, h and c."""

    def wrong(params, x, state):
        n = state[0].shape[-1]
        rows = rows_of(params, x, state[0]).split(n, dim=-1)
        i, f, g, o = (rows[order.index(name)] for name in "ifgo")
        return formula(i, f, g, o, *state)

    return wrong


def finished(o, c):
    h = torch.sigmoid(o) * torch.tanh(c)
    return h, (h, c)


def right_c(i, f, g, c):
    return torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)


def cell_as_in_the_notebook(params, x, state):
    h, c = state
    rows = params["weight_ih"] @ x + params["bias_ih"] + params["weight_hh"] @ h + params["bias_hh"]
    i, f, g, o = rows.chunk(4)
    return finished(o, right_c(i, f, g, c))


def cell_with_one_bias_in_another_order(params, x, state):
    rows = x @ params["weight_ih"].T + state[0] @ params["weight_hh"].T + params["bias_ih"]
    f, i, g, o = rows.chunk(4, -1)
    return finished(o, right_c(i, f, g, state[1]))


def cell_with_one_bias(params, x, state):
    rows = x @ params["weight_ih"].T + state[0] @ params["weight_hh"].T + params["bias_ih"]
    i, f, g, o = rows.chunk(4, -1)
    return finished(o, right_c(i, f, g, state[1]))


def cell_without_tanh(params, x, state):
    i, f, g, o = rows_of(params, x, state[0]).chunk(4, -1)
    c = right_c(i, f, g, state[1])
    return o.sigmoid() * c, (o.sigmoid() * c, c)


def cell_adding_in_place(params, x, state):
    h, c = state
    i, f, g, o = rows_of(params, x, h).chunk(4, -1)
    c *= f.sigmoid()
    c += i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    return h, (h, c)


def cell_writing_data_in_place(params, x, state):
    i, f, g, o = rows_of(params, x, state[0]).chunk(4, -1)
    new = right_c(i, f, g, state[1])
    state[1].data = new.data
    return finished(o, new)


def cell_under_no_grad(params, x, state):
    with torch.no_grad():
        return kernel.cell(params, x, state)


def cell_by_last_axis_of_weights(params, x, state):
    rows = torch.addmm(params["bias_ih"] + params["bias_hh"], x, params["weight_ih"].T)
    i, f, g, o = (rows + state[0] @ params["weight_hh"].T).chunk(4, 1)
    return finished(o, right_c(i, f, g, state[1]))


def cell_with_chunk_0(params, x, state):
    i, f, g, o = rows_of(params, x, state[0]).chunk(4, 0)
    return finished(o, right_c(i, f, g, state[1]))


def cell_with_biases_halved(params, x, state):
    half = (params["bias_ih"] + params["bias_hh"]) / 2
    rows = x @ params["weight_ih"].T + state[0] @ params["weight_hh"].T + half
    i, f, g, o = rows.chunk(4, -1)
    return finished(o, right_c(i, f, g, state[1]))


def cell_with_forget_bias_of_one(params, x, state):
    i, f, g, o = rows_of(params, x, state[0]).chunk(4, -1)
    return finished(o, right_c(i, f + 1, g, state[1]))


def cell_with_c_in_rows(params, x, state):
    i, f, g, o = rows_of(params, x, state[1]).chunk(4, -1)
    return finished(o, right_c(i, f, g, state[1]))


def cell_with_parameters_detached(params, x, state):
    return kernel.cell({name: value.detach() for name, value in params.items()}, x, state)


def cell_with_c_detached(params, x, state):
    return kernel.cell(params, x, (state[0], state[1].detach()))


def cell_with_h_detached(params, x, state):
    return kernel.cell(params, x, (state[0].detach(), state[1]))


def cell_of_peepholes(params, x, state):
    i, f, g, o = rows_of(params, x, state[0]).chunk(4, -1)
    return finished(o + state[1], right_c(i + state[1], f + state[1], g, state[1]))


def cell_as_gru(params, x, state):
    i, f, g, _ = rows_of(params, x, state[0]).chunk(4, -1)
    h = (1 - i.sigmoid()) * state[0] + i.sigmoid() * (f.sigmoid() * g).tanh()
    return h, (h, state[1])


def cell_with_softmax_gates(params, x, state):
    i, f, g, o = rows_of(params, x, state[0]).chunk(4, -1)
    i, f, o = torch.stack([i, f, o]).softmax(0)
    c = f * state[1] + i * g.tanh()
    return o * c.tanh(), (o * c.tanh(), c)


def cell_normalised(params, x, state):
    h, (_, c) = kernel.cell(params, x, state)
    return F.normalize(h, dim=-1), (F.normalize(h, dim=-1), c)


def labels_from_two(y):
    return torch.cat([torch.zeros_like(y[..., :2, :]), y[..., :-2, :]], dim=-2)


def labels_rolled(y):
    return torch.roll(y, shifts=1, dims=-2)


def labels_padded_at_the_end(y):
    return F.pad(y[..., 1:, :], (0, 0, 0, 1))


def labels_padded_on_the_last_axis(y):
    return F.pad(y, (1, 0))[..., :-1]


def labels_of_replicate(y):
    return torch.cat([y[..., :1, :], y[..., :-1, :]], -2)


def labels_cut_off(y):
    return y[..., :-1, :]


def labels_overwritten(y):
    y[..., 1:, :] = y[..., :-1, :].clone()
    y[..., 0, :] = 0
    return y


def labels_written_one_by_one(y):
    late = torch.zeros_like(y)
    for t in range(y.shape[-2] - 1):
        late[..., t + 1, :] = y[..., 0, :] if t == 0 else late[..., t, :]
    return late


def labels_of_the_first_task(y):
    late = torch.zeros_like(y)
    late[..., 1:, :] = y.reshape(-1, *y.shape[-2:])[0, :-1]
    return late


def labels_of_one_sequence(y):
    return torch.cat([torch.zeros(1, y.shape[-1]), y[:-1]])


def labels_as_differences(y):
    return y - labels_by_pad(y)


def labels_halved(y):
    return (labels_by_pad(y) + y) / 2


def labels_at_random(y):
    return torch.cat([torch.randn_like(y[..., :1, :]), y[..., :-1, :]], -2)


def labels_in_time_first(y):
    return labels_by_pad(y).transpose(-1, -2)


def labels_with_small_start(y):
    return torch.cat([torch.full_like(y[..., :1, :], 1e-3), y[..., :-1, :]], -2)


def labels_of_signs(y):
    return labels_by_pad(y).sign()


def labels_by_order_of_axes(y):
    return labels_by_pad(y.flatten(0, -2)[None])[0].reshape(y.shape)


def gates_of(params, theta, gradient, loss, state, split=kernel.preprocess):
    losses = split(loss).expand(*theta.shape, 2)
    seen = torch.cat([split(gradient), losses, theta[:, None]], -1)
    f, i = (torch.cat([seen, gate[:, None]], -1) for gate in state)
    f = f @ params["forget.weight"] + params["forget.bias"]
    return f, i @ params["write.weight"] + params["write.bias"]


def step_by(formula, split=kernel.preprocess):
    """A step by the gates before σ, θ, ∇, and the gates of the step before."""

    def wrong(params, theta, gradient, loss, state):
        f, i = gates_of(params, theta, gradient, loss, state, split)
        return formula(f, i, theta, gradient, state)

    return wrong


def moved(f, i, theta, g):
    return f.sigmoid() * theta - i.sigmoid() * g


def done(theta, f, i):
    return theta, (f.sigmoid(), i.sigmoid())


def moving(formula):
    """A step by another formula of the gates f and i, θ and ∇."""
    return step_by(lambda f, i, t, g, old: done(formula(f.sigmoid(), i.sigmoid(), t, g), f, i))


def step_in_place(params, theta, gradient, loss, state):
    f, i = (gate.sigmoid() for gate in gates_of(params, theta, gradient, loss, state))
    theta *= f
    theta -= i * gradient
    return theta, (f, i)


def step_with_gates_in_place(params, theta, gradient, loss, state):
    f, i = (gate.sigmoid() for gate in gates_of(params, theta, gradient, loss, state))
    new = f * theta - i * gradient
    state[0].copy_(f)
    return new, (f, i)


def step_without_preprocess(params, theta, gradient, loss, state):
    seen = torch.stack([gradient, loss.expand_as(theta), theta], -1)
    f = torch.sigmoid(torch.cat([seen, state[0][:, None]], -1) @ params["forget.weight"])
    return f * theta - gradient, (f, f)


def step_under_no_grad(params, theta, gradient, loss, state):
    with torch.no_grad():
        return kernel.meta_lstm_step(params, theta, gradient, loss, state)


def step_with_item(params, theta, gradient, loss, state):
    loss = torch.tensor(loss.item(), dtype=torch.float64)
    return kernel.meta_lstm_step(params, theta, gradient, loss, state)


def step_with_weights_detached(params, theta, gradient, loss, state):
    fixed = {name: value.detach() for name, value in params.items()}
    return kernel.meta_lstm_step(fixed, theta, gradient, loss, state)


def step_of_mean_loss(params, theta, gradient, loss, state):
    return kernel.meta_lstm_step(params, theta, gradient, loss / len(theta), state)


def step_at_new_theta(params, theta, gradient, loss, state):
    new, gates = kernel.meta_lstm_step(params, theta, gradient, loss, state)
    return kernel.meta_lstm_step(params, new, gradient, loss, gates)


def split_natural(v):
    return torch.stack([torch.log1p(v.abs()), v.sign()], -1)


def split_by_log_10(v):
    return torch.stack([v.abs().clamp(min=1e-10).log10() / 10, v.sign()], -1)


def split_with_infinity(v):
    return torch.stack([v.abs().log() / 10, v.sign()], -1)


def split_by_unsafe_where(v):
    small = v.abs() < torch.tensor(-10.0, dtype=v.dtype).exp()
    size = torch.where(small, -torch.ones_like(v), torch.log(v.abs()) / 10)
    return torch.stack(
        [size, torch.where(small, v * torch.tensor(10.0).double().exp(), v.sign())], -1
    )


def update_by(formula, split=kernel.preprocess):
    """An update by the weights, h, the new state, ∇, and the old state."""

    def wrong(params, gradient, state):
        h, new = kernel.cell(params, split(gradient), state)
        return formula(params, h, new, gradient, state)

    return wrong


def said(params, h):
    return kernel.head(params, h).squeeze(-1)


def update_with_gradient_alone(params, gradient, state):
    h, new = kernel.cell(params, gradient.unsqueeze(-1), state)
    return 0.1 * said(params, h), new


def update_from_the_start(params, gradient, state):
    start = kernel.start_state(params, *gradient.shape)
    h, new = kernel.cell(params, kernel.preprocess(gradient), start)
    return 0.1 * said(params, h), new


def update_under_no_grad(params, gradient, state):
    with torch.no_grad():
        return kernel.learned_update(params, gradient, state)


def update_read_twice(params, gradient, state):
    _, state = kernel.cell(params, kernel.preprocess(gradient), state)
    h, state = kernel.cell(params, kernel.preprocess(gradient), state)
    return 0.1 * said(params, h), state


def update_of_one_state(params, gradient, state):
    first = tuple(part.reshape(-1, part.shape[-1])[0].expand_as(part) for part in state)
    h, new = kernel.cell(params, kernel.preprocess(gradient), first)
    return 0.1 * said(params, h), new


def update_with_h_detached(params, gradient, state):
    h, new = kernel.cell(params, kernel.preprocess(gradient), (state[0].detach(), state[1]))
    return 0.1 * said(params, h), new


def update_with_weights_detached(params, gradient, state):
    return kernel.learned_update({n: v.detach() for n, v in params.items()}, gradient, state)


def update_with_head_detached(params, gradient, state):
    h, new = kernel.cell(params, kernel.preprocess(gradient), state)
    return 0.1 * said({n: v.detach() for n, v in params.items()}, h), new


def update_of_the_old_h(params, gradient, state):
    _, new = kernel.cell(params, kernel.preprocess(gradient), state)
    return 0.1 * said(params, state[0]), new


NAMED = [
    ("cell", cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g, c)), "ifog"),
     "are taken as i, f, o, g"),
    ("cell", cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g, c)), "figo"),
     "what should be kept is written"),
    ("cell", cell_by(lambda i, f, g, o, h, c: finished(o, right_c(f, i, g, c))),
     "f and i are exchanged"),
    ("cell", cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g, c)), "iofg"), "ONNX"),
    ("cell", cell_by(lambda i, f, g, o, h, c: finished(o, f * c + i.sigmoid() * g.tanh())),
     "The forget gate has no sigmoid"),
    ("cell", cell_by(lambda i, f, g, o, h, c: finished(
        o, f.sigmoid() * c + i.sigmoid() * torch.sigmoid(g))), "in place of tanh"),
    ("cell", cell_by(lambda i, f, g, o, h, c: finished(
        o, f.sigmoid() * c + (1 - f.sigmoid()) * g.tanh())), "1 − f stands in place of i"),
    ("cell", cell_without_tanh, "The tanh on the output is missing"),
    ("cell", cell_with_one_bias, "bias_hh is left out"),
    ("cell", cell_adding_in_place, "in place"),
    ("cell", cell_under_no_grad, "no gradient flows from them"),
    ("cell", cell_as_in_the_notebook, "W @ x is the product for one example alone"),
    ("cell", cell_with_chunk_0, "along the first axis, which is right for one example alone"),
    ("cell", cell_with_biases_halved, "The mean of the two biases"),
    ("cell", cell_with_forget_bias_of_one, "`forget_bias`"),
    ("cell", cell_with_c_in_rows, "read c in place of h"),
    ("cell", cell_with_parameters_detached, "the weights are detached"),
    ("cell", cell_with_c_detached, "the c that comes in is detached"),
    ("cell", cell_with_h_detached, "the h that comes in is detached"),
    ("cell", cell_of_peepholes, "peepholes"),
    ("cell", cell_with_one_bias_in_another_order, "bias_hh is left out"),
    ("cell", cell_with_one_bias_in_another_order, "are taken as f, i, g, o"),
    ("cell", cell_by(lambda i, f, g, o, h, c: (
        finished(o, right_c(i, f, g, c))[0], (h, c))), "nothing is ever remembered"),
    ("cell", lambda params, x, state: kernel.cell(params, x, state)[1], "It returns h, c."),
    ("offset_labels", lambda y: y, "not offset"),
    ("offset_labels", labels_rolled, "goes round in a circle"),
    ("offset_labels", labels_padded_at_the_end, "a look ahead"),
    ("offset_labels", labels_padded_on_the_last_axis, "along the last axis"),
    ("offset_labels", lambda y: F.pad(y, (0, 0, 2, 0))[..., :-2, :], "two steps late"),
    ("offset_labels", labels_of_replicate, "its own label"),
    ("offset_labels", labels_overwritten, "in place"),
    ("offset_labels", lambda y: F.pad(y, (0, 0, 1, 0)), "T + 1 rows"),
    ("offset_labels", labels_cut_off, "T − 1 rows"),
    ("offset_labels", lambda y: F.pad(y, (0, 0, 1, -1), value=1.0), "holds ones"),
    ("offset_labels", labels_from_two, "two steps late"),
    ("offset_labels", lambda y: labels_by_pad(y) + 0.0, "whole-number labels decimal"),
    ("offset_labels", labels_written_one_by_one, "every row is y_1"),
    ("offset_labels", labels_halved, "half a step late"),
    ("offset_labels", labels_in_time_first, "The last two axes are exchanged"),
    ("offset_labels", labels_by_order_of_axes, "joined to one long sequence"),
    ("offset_labels", labels_of_one_sequence, "right for one sequence (T, O) alone"),
    ("offset_labels", lambda y: torch.cat([y, torch.zeros_like(y[..., :1, :])], -2),
     "the zeros stand at the end"),
    ("meta_lstm_step", step_by(
        lambda f, i, theta, g, old: done(f.sigmoid() * theta + i.sigmoid() * g, f, i)), "climbs"),
    ("meta_lstm_step", step_by(
        lambda f, i, theta, g, old: done(theta - i.sigmoid() * g, f, i)), "not multiplied by f"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: (
        moved(f, i, theta, g), old)), "The old gates"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: (f * theta - i * g, (f, i))),
     "no sigmoid"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: done(
        moved(f, i, theta, g), f, i), split_with_infinity), "of 0 it is −∞"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: done(
        moved(f, i, theta, g), f, i), split_by_unsafe_where), "0 · ∞ = NaN"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: done(
        f.sigmoid() * theta.data - i.sigmoid() * g, f, i)), "applied to a detached θ"),
    ("meta_lstm_step", step_in_place, "in place"),
    ("meta_lstm_step", step_under_no_grad, "cut out of the graph"),
    ("meta_lstm_step", step_with_item, "L is detached"),
    ("meta_lstm_step", step_without_preprocess, "The gates get four numbers"),
    ("learned_update", update_by(lambda p, h, new, g, old: (said(p, h), new)), "scale 0.1 is miss"),
    ("learned_update", update_by(lambda p, h, new, g, old: (-0.1 * said(p, h), new)), "a minus"),
    ("learned_update", update_by(lambda p, h, new, g, old: (0.1 * said(p, h), old)),
     "The old state"),
    ("learned_update", update_by(lambda p, h, new, g, old: (0.1 * h.mean(-1), new)), "mean of h"),
    ("learned_update", update_by(lambda p, h, new, g, old: (0.1 * kernel.head(p, h), new)),
     "one axis too many"),
    ("learned_update", update_by(
        lambda p, h, new, g, old: (0.1 * said(p, h), new), split_with_infinity), "of 0 it is −∞"),
    ("learned_update", update_by(
        lambda p, h, new, g, old: (0.1 * said(p, h), new), split_by_unsafe_where), "0 · ∞ = NaN"),
    ("learned_update", update_by(lambda p, h, new, g, old: (0.1 * said(p, h), new),
                                 lambda v: kernel.preprocess(v.abs())), "The sign of the gradient"),
    ("learned_update", update_with_gradient_alone, "one number for each coordinate"),
    ("learned_update", update_from_the_start, "It starts from zeros"),
    ("learned_update", update_under_no_grad, "cut out of the graph"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrong", "told"), NAMED)
def test_wrong_answers_as_learners_write_them_are_told_by_name(name, wrong, told):
    report = diagnose(find("EXERCISES", f"lstm.{name}"), wrong)
    assert report.state == "failed"
    assert told in str(report)


WRONG = {
    "cell": (
        cell_writing_data_in_place,
        cell_by_last_axis_of_weights,
        cell_as_gru,
        cell_with_softmax_gates,
        cell_normalised,
        cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g, c).clamp(-1, 1))),
        cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i.exp(), f, g, c))),
        cell_by(lambda i, f, g, o, h, c: finished(o, right_c(F.hardsigmoid(i), f, g, c))),
        cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g, c).detach())),
        cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g.sigmoid() * 2 - 1, c))),
        cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g, c) / 2)),
        cell_by(lambda i, f, g, o, h, c: finished(o, f.sigmoid() + c * i.sigmoid() * g.tanh())),
        cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g, c + h))),
        cell_by(lambda i, f, g, o, h, c: finished(o, right_c(i, f, g + h, c))),
        cell_by(lambda i, f, g, o, h, c: (finished(o, right_c(i, f, g, c))[0], None)),
    ),
    "offset_labels": (
        labels_of_the_first_task,
        labels_as_differences,
        labels_at_random,
        labels_with_small_start,
        labels_of_signs,
        lambda y: labels_by_pad(y).squeeze(-1),
        lambda y: labels_by_pad(y)[:1],
        lambda y: labels_by_pad(y).long(),
        lambda y: labels_by_pad(y).tolist(),
        lambda y: torch.roll(y, 1, -2) * (y.shape[-2] == 1),
        lambda y: None,
    ),
    "meta_lstm_step": (
        step_with_gates_in_place,
        step_with_weights_detached,
        step_of_mean_loss,
        step_at_new_theta,
        *(
            step_by(
                lambda f, i, theta, g, old: done(moved(f, i, theta, g), f, i), split
            )
            for split in (split_natural, split_by_log_10, lambda v: split_by_where(v) / 10)
        ),
        moving(lambda f, i, t, g: f * t - i * g.sign()),
        moving(lambda f, i, t, g: f * t - i.exp() * g),
        moving(lambda f, i, t, g: (f * t - i * g) / 2),
        moving(lambda f, i, t, g: f * t - 0.1 * i * g),
        moving(lambda f, i, t, g: f * t - i * g.mean()),
        moving(lambda f, i, t, g: f.mean() * t - i * g),
        moving(lambda f, i, t, g: f * t - i * t),
        step_by(lambda f, i, theta, g, old: done(old[0] * theta - i.sigmoid() * g, f, i)),
        step_by(lambda f, i, theta, g, old: (
            moved(f, i, theta, g), (f.sigmoid().mean(), i.sigmoid().mean()))),
        step_by(lambda f, i, theta, g, old: (
            moved(f, i, theta, g), (old[0], i.sigmoid()))),
        step_by(lambda f, i, theta, g, old: (
            moved(f, i, theta, g), (f.sigmoid() * old[0], i.sigmoid() * old[1]))),
        step_by(lambda f, i, theta, g, old: done(
            (moved(f, i, theta, g)).detach(), f, i)),
        step_by(lambda f, i, theta, g, old: done(moved(f, i, theta, g), f, i)[::-1]),
    ),
    "learned_update": (
        update_read_twice,
        update_of_one_state,
        update_with_h_detached,
        update_with_weights_detached,
        update_with_head_detached,
        update_of_the_old_h,
        *(
            update_by(lambda p, h, new, g, old: (0.1 * said(p, h), new), split)
            for split in (split_natural, split_by_log_10, lambda v: split_by_where(v) / 10)
        ),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h).sign(), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h).abs(), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h) * g.abs(), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h).clamp(-1, 1), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h) / 2, new)),
        update_by(lambda p, h, new, g, old: (-g, new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h.tanh()), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h), (old[0], new[1]))),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h), (new[0], old[1]))),
        update_by(lambda p, h, new, g, old: (0.1 * (said(p, h) - said(p, h).mean()), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h) + 0.9 * said(p, old[0]), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h).sum(), new)),
        update_by(lambda p, h, new, g, old: (new, 0.1 * said(p, h))),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "wrong"), [(n, w) for n, group in WRONG.items() for w in group])
def test_no_other_wrong_answer_passes(name, wrong):
    assert diagnose(find("EXERCISES", f"lstm.{name}"), wrong).state == "failed"


# Cases, stubs, quizzes ---------------------------------------------------------------------------


def cases(name):
    exercise = find("EXERCISES", f"lstm.{name}")
    return [exercise.cases(torch.Generator().manual_seed(seed)) for seed in range(6)]


def test_a_cell_gets_one_example_a_batch_and_a_batch_of_sequences_of_several_widths():
    found = cases("cell")
    assert {case["x"].dim() for case in found} == {1, 2, 3}
    assert {case["state"][0].shape[-1] for case in found} >= {1, 2, 3}
    assert all(case["state"][0].abs().max() < 1 for case in found)


def test_labels_come_with_and_without_axes_in_front_and_for_one_step_alone():
    shapes = [case["y"].shape for case in cases("offset_labels")]
    assert {len(shape) for shape in shapes} == {2, 3, 4}
    assert 1 in {shape[-2] for shape in shapes}
    assert any(len(shape) == 2 and shape[-2] > 1 for shape in shapes)
    assert all((case["y"].abs() >= 1).all() for case in cases("offset_labels"))


@pytest.mark.parametrize("name", ["meta_lstm_step", "learned_update"])
def test_the_gradients_are_of_usual_size_tiny_large_and_zero_and_of_one_or_more_coordinates(name):
    gradients = [case["gradient"] for case in cases(name)]
    size = torch.cat([gradient.abs().flatten() for gradient in gradients])
    assert (size == 0).any()
    assert ((size > 0) & (size < SMALLEST)).any()
    assert (size > 10).any()
    assert any(((g.abs() > 0.1) & (g.abs() < 2)).all() for g in gradients)
    assert 1 in {gradient.numel() for gradient in gradients}
    assert max(gradient.numel() for gradient in gradients) > 3


def test_a_loss_may_be_zero_tiny_or_large():
    losses = [case["loss"].item() for case in cases("meta_lstm_step")]
    assert 0.0 in losses
    assert min(loss for loss in losses if loss) < SMALLEST
    assert max(losses) > 10


@pytest.mark.parametrize("order", ["igfo", "iofg", "gofi", "figo"])
def test_an_order_of_the_gates_is_told_with_what_it_mixes_up(order):
    told = chapter.told_order(order)
    assert ", ".join(order) in told
    for mine, theirs in zip(order, "ifgo", strict=True):
        sentence = f"the {chapter.NAMES[mine]} gets the rows of the {chapter.NAMES[theirs]}"
        assert (sentence in told) == (mine != theirs)


@pytest.mark.parametrize("name", chapter.EXERCISES)
def test_a_stub_is_not_attempted_yet(name):
    def stub(*args, **kwargs):
        """Return something."""
        ...

    assert diagnose(find("EXERCISES", f"lstm.{name}"), stub).state == "unattempted"


def programs():
    """What each right option of the quiz says, computed by the kernel."""
    draw = {"generator": torch.Generator().manual_seed(0), "dtype": torch.float64}
    n, n_hidden, n_way = 4, 3, 2
    matrix, target = torch.randn(n, n, **draw), torch.randn(n, **draw)
    tasks = {name: torch.randn(5, n, **draw) for name in ("x_s", "x_q")}
    tasks |= {name: torch.randn(5, **draw) for name in ("y_s", "y_q")}

    def loss(theta, x=matrix, y=target):
        return (x @ theta - y).square().mean()

    memory = kernel.init_lstm(n + n_way, n_hidden, n_way, torch.Generator().manual_seed(1))
    optimiser = kernel.init_lstm(2, n_hidden, 1, torch.Generator().manual_seed(2))
    memory, optimiser = (
        {name: value.double() for name, value in params.items()} for params in (memory, optimiser)
    )
    gates = {f"{name}.weight": torch.randn(6, **draw) for name in ("forget", "write")}
    gates |= {f"{name}.bias": torch.randn((), **draw) for name in ("forget", "write")}

    def modules(params):
        cell = torch.nn.LSTMCell(params["weight_ih"].shape[1], n_hidden).double()
        cell.load_state_dict({name: params[name] for name in WEIGHTS})
        return {
            "lstm": lambda x, state: cell(x, state),
            "out": lambda h: kernel.head(params, h),
        }

    theta = torch.randn(n, **draw)
    names = {"torch": torch, "gated_sum": kernel.gated_sum, "preprocess": kernel.preprocess}
    names |= {"loss": loss, "k": 3, "n": n, "theta": theta, **tasks}

    def momentum():
        point = theta.clone().requires_grad_()
        optimizer = torch.optim.SGD([point], lr=0.1, momentum=0.9)
        for _ in range(3):
            optimizer.zero_grad()
            loss(point).backward()
            optimizer.step()
        return point.detach()

    support = torch.randn(6, n, **draw), F.one_hot(torch.tensor([0, 1, 1, 0, 1, 0])).double()
    query = torch.randn(1, n, **draw)

    def said_by_memory():
        episode = Episode(*support, query, torch.zeros(1, n_way).double())
        return kernel.memory_prediction(memory, episode)[-1, 0]

    def meta_lstm():
        point, state = theta, (torch.ones_like(theta), torch.zeros_like(theta))
        for _ in range(3):
            point, state = kernel.meta_lstm_step(gates, point, *grad_and_value(loss)(point), state)
        return point

    def maml_gradient():
        def after(start):
            for _ in range(3):
                start = start - 0.1 * grad(loss)(start, tasks["x_s"], tasks["y_s"])
            return loss(start, tasks["x_q"], tasks["y_q"])

        return grad(after)(theta)

    def learned_optimiser():
        return kernel.optimise(optimiser, loss, theta, n_steps=3)[0][-1]

    reader = {"x_support": support[0], "y_support": support[1], "x_query": query[0]}
    w = {"w_f": gates["forget.weight"], "w_i": gates["write.weight"]}
    b = {"b_f": gates["forget.bias"], "b_i": gates["write.bias"]}
    before = {"c": theta, "f": torch.ones_like(theta), "i": torch.zeros_like(theta)}
    sizes = {"n_hidden": n_hidden, "n_way": n_way}
    start = theta.clone().requires_grad_()
    return {
        "gradient descent with momentum": (names | {"lr": 0.1}, "theta", momentum),
        "the state of a memory": (
            names | modules(memory) | reader | sizes,
            "logits",
            said_by_memory,
        ),
        "the cell state of a meta-LSTM": (names | w | b | before, "c", meta_lstm),
        "MAML": (names | {"start": start, "alpha": 0.1}, "outer", maml_gradient),
        "θ, by a learned optimiser": (names | modules(optimiser), "theta", learned_optimiser),
    }


@pytest.mark.parametrize("question", quizzes.load("lstm.which_learner"))
def test_the_programs_of_the_quiz_do_what_the_right_option_says(question):
    (right,) = (option.text for option in question.options if option.correct)
    with torch.random.fork_rng(devices=[]):
        known = {key: program for key, program in programs().items() if right.startswith(key)}
    ((names, result, needed),) = known.values()
    torch.set_default_dtype(torch.float64)
    try:
        exec(question.text.split("```")[1], names)
    finally:
        torch.set_default_dtype(torch.float32)
    got = names[result][0] if isinstance(names[result], tuple) else names[result]
    torch.testing.assert_close(got, needed(), check_dtype=False)


def test_gates_of_one_and_a_rate_are_gradient_descent_as_the_self_check_says():
    theta, g = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 4.0])
    torch.testing.assert_close(kernel.gated_sum(1, theta, 0.1, -g), theta - 0.1 * g)


def test_with_the_gradient_as_a_constant_a_first_step_still_learns_as_the_self_check_says():
    params = kernel.init_lstm(2, 4, 1, torch.Generator().manual_seed(0))
    params = {name: value.requires_grad_() for name, value in params.items()}
    state = kernel.start_state(params, 3)
    first, _ = kernel.learned_update(params, torch.ones(3), state)
    theta = torch.ones(3) + first
    step, _ = kernel.learned_update(params, (2 * theta).detach(), state)
    (found,) = torch.autograd.grad((theta + step).square().sum(), first)
    assert found.abs().min() > 0
