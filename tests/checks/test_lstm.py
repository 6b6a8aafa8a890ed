"""Chapter 05's exercises: right answers written differently (for test_all_exercises), wrong ones
as learners write them."""

import math

import pytest
import torch
from torch.func import functional_call, grad, grad_and_value
from torch.nn import functional as F

from metacourse import learned_optimisers as optimisers
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


def stream_by_pieces(params, x, y, begins):
    starts = sorted(set(begins) | {0})
    said = []
    for start, end in zip(starts, [*starts[1:], x.shape[-2]], strict=True):
        said.append(kernel.memory_sequence(params, x[..., start:end, :], y[..., start:end, :]))
    return torch.cat(said, -2)


def stream_by_factors(params, x, y, begins):
    h, c = kernel.start_state(params, *x.shape[:-2])
    before, said = torch.zeros_like(y[..., :1, :]).squeeze(-2), []
    for t, (inputs, label) in enumerate(zip(x.unbind(-2), y.unbind(-2), strict=True)):
        keep = float(t not in begins)
        h, c, before = keep * h, keep * c, keep * before
        h, (_, c) = kernel.cell(params, torch.cat([inputs, before], -1), (h, c))
        said.append(kernel.head(params, h))
        before = label
    return torch.stack(said, -2)


def stream_of_states(params, x, y, begins):
    late = kernel.offset_labels(y)
    first = torch.tensor([t in begins for t in range(y.shape[-2])])
    late = late.masked_fill(first[:, None], 0.0)
    state, hs = kernel.start_state(params, *x.shape[:-2]), []
    for t in range(y.shape[-2]):
        state = tuple(map(torch.zeros_like, state)) if first[t] else state
        inputs = torch.cat([x[..., t, :], late[..., t, :]], -1)
        h, state = kernel.cell(params, inputs, state)
        hs.append(h)
    return kernel.head(params, torch.stack(hs, -2))


def stream_read_on(params, x, y, begins):
    return kernel.memory_sequence(params, x, y)


def stream_cut(params, x, y, begins):
    return kernel.memory_sequence(params, x, y, cuts=begins)


def stream_with_the_last_label(params, x, y, begins):
    late, state, said = kernel.offset_labels(y), kernel.start_state(params, *x.shape[:-2]), []
    for t in range(y.shape[-2]):
        if t in begins:
            state = kernel.start_state(params, *x.shape[:-2])
        h, state = kernel.cell(params, torch.cat([x[..., t, :], late[..., t, :]], -1), state)
        said.append(kernel.head(params, h))
    return torch.stack(said, -2)


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
    "memory_stream": (stream_by_pieces, stream_by_factors, stream_of_states),
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
    ("memory_stream", stream_read_on, "`begins` has no say"),
    ("memory_stream", stream_cut, "Detached is not forgotten"),
    ("memory_stream", stream_with_the_last_label, "A leak is left"),
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
    "memory_stream": (
        lambda params, x, y, begins: kernel.memory_stream(params, x, y, begins)[..., :1],
        lambda params, x, y, begins: kernel.memory_stream(params, x, y, begins).detach(),
        lambda params, x, y, begins: y,
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


def test_streams_are_of_one_task_and_of_several_alone_and_side_by_side():
    found = cases("memory_stream")
    assert {len(case["begins"] - {0}) for case in found} == {0, 1, 2}
    assert {case["x"].dim() for case in found} == {2, 3}


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
    names = {"torch": torch, "gated_sum": kernel.gated_sum, "preprocess": optimisers.preprocess}
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
            point, state = optimisers.meta_lstm_step(
                gates, point, *grad_and_value(loss)(point), state
            )
        return point

    def maml_gradient():
        def after(start):
            for _ in range(3):
                start = start - 0.1 * grad(loss)(start, tasks["x_s"], tasks["y_s"])
            return loss(start, tasks["x_q"], tasks["y_q"])

        return grad(after)(theta)

    def learned_optimiser():
        return optimisers.optimise(optimiser, loss, theta, n_steps=3)[0][-1]

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


@pytest.mark.parametrize("question", quizzes.load("learned_optimisers.which_learner"))
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
    first, _ = optimisers.learned_update(params, torch.ones(3), state)
    theta = torch.ones(3) + first
    step, _ = optimisers.learned_update(params, (2 * theta).detach(), state)
    (found,) = torch.autograd.grad((theta + step).square().sum(), first)
    assert found.abs().min() > 0
