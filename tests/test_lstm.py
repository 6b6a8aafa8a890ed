"""The LSTM of chapter 05 against PyTorch's, torch.optim, hand-written loops and differences.

Every reference is written here anew: `torch.nn.LSTMCell` where there is one, else plain
loops over steps.
"""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck
from torch.func import grad, vmap
from torch.nn import functional as F

from metacourse.episodes import Episode
from metacourse.lstm import (
    cell,
    gated_sum,
    head,
    init_lstm,
    memory_logits,
    memory_prediction,
    memory_sequence,
    memory_states,
    memory_stream,
    offset_labels,
    start_state,
)
from tests.lstm_problems import (
    CELL,
    N_STEPS,
    as_params,
    assert_same,
    back,
    bowl,
    finite_differences,
    leaves,
    network,
    randn,
    seeded,
    sequences,
    tasks_of,
    there,
    torch_cell,
    torch_lstm,
    zeros,
)

# the one line that all share ---------------------------------------------------------------------


def test_a_gated_sum_keeps_a_share_and_adds_a_share():
    two, three, five, seven = (torch.tensor([n, -n]) for n in (2.0, 3.0, 5.0, 7.0))
    assert gated_sum(two, three, five, seven).tolist() == [41.0, 41.0]
    assert gated_sum(0.5, 8.0, 0.25, -4.0) == 3.0


def test_with_f_1_and_i_alpha_a_gated_sum_is_sgd():
    start = randn(4)
    (theta,) = leaves(start)
    sgd, ours = torch.optim.SGD([theta], lr=0.1), start
    for _ in range(N_STEPS):
        ours = gated_sum(1.0, ours, 0.1, -grad(bowl)(ours))
        sgd.zero_grad()
        bowl(theta).backward()
        sgd.step()
        assert_same(ours, theta.detach())


def test_a_gated_sum_of_gradients_is_momentum():
    start = randn(4)
    (theta,) = leaves(start)
    sgd = torch.optim.SGD([theta], lr=0.05, momentum=0.9)
    ours, velocity = start, torch.zeros(4, dtype=torch.float64)
    for _ in range(N_STEPS):
        velocity = gated_sum(0.9, velocity, 1.0, grad(bowl)(ours))
        ours = gated_sum(1.0, ours, 0.05, -velocity)
        sgd.zero_grad()
        bowl(theta).backward()
        sgd.step()
        assert_same(ours, theta.detach())


# the cell ----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 4), st.integers(0, 99))
def test_the_cell_is_that_of_torch_with_the_same_weights(n_inputs, n_hidden, n_tasks, seed):
    params = network(n_inputs, n_hidden, seed=seed)
    x, h, c = randn(n_tasks, n_inputs), randn(n_tasks, n_hidden, seed=1), randn(n_tasks, n_hidden)
    said, (h_next, c_next) = cell(params, x, (h, c))
    expected_h, expected_c = torch_cell(params)(x, (h, c))
    assert_same(said, expected_h.detach())
    assert_same(h_next, expected_h.detach())
    assert_same(c_next, expected_c.detach())


def test_the_cell_of_one_unit_is_its_four_equations():
    rows = {"i": (0.3, -0.2, 0.1), "f": (-0.5, 0.4, 0.7), "g": (0.9, 0.6, -0.3), "o": (0.2, 1.1, 0)}
    x, h, c = 0.8, -0.6, 1.5
    a = {gate: w * x + u * h + b for gate, (w, u, b) in rows.items()}
    sigma = {gate: 1 / (1 + math.exp(-a[gate])) for gate in "ifo"}
    expected_c = sigma["f"] * c + sigma["i"] * math.tanh(a["g"])
    expected_h = sigma["o"] * math.tanh(expected_c)
    w, u, b = torch.tensor(list(rows.values()), dtype=torch.float64).T
    params = {"weight_ih": w[:, None], "weight_hh": u[:, None], "bias_ih": b, "bias_hh": 0 * b}
    state = torch.tensor([h], dtype=torch.float64), torch.tensor([c], dtype=torch.float64)
    said, state = cell(params, torch.tensor([x], dtype=torch.float64), state)
    assert [said.item(), *(part.item() for part in state)] == pytest.approx(
        [expected_h, expected_h, expected_c], rel=1e-14
    )


def test_a_sequence_through_the_cell_is_the_lstm_of_torch():
    params, x, state = network(), randn(6, 9, 3), (randn(6, 4), randn(6, 4, seed=1))
    outputs, (h, c) = torch_lstm(params)(x, tuple(part[None] for part in state))
    said = []
    for inputs in x.unbind(1):
        out, state = cell(params, inputs, state)
        said.append(out)
    assert_same(torch.stack(said, 1), outputs.detach())
    assert_same(state, (h[0].detach(), c[0].detach()))


def test_the_gradients_of_an_unrolled_cell_are_those_of_the_lstm_of_torch():
    params, x = network(), randn(3, 6, 3)
    reference = torch_lstm(params)
    reference(x)[0].square().sum().backward()

    def total(params):
        state, sum_of_squares = start_state(params, 3), 0
        for inputs in x.unbind(1):
            out, state = cell(params, inputs, state)
            sum_of_squares = sum_of_squares + out.square().sum()
        return sum_of_squares

    gradients = grad(total)(params)
    for name in CELL:
        assert_same(gradients[name], getattr(reference, f"{name}_l0").grad)


def test_leading_axes_of_the_cell_are_a_loop_and_vmap():
    params, x, state = network(), randn(2, 3, 3), (randn(2, 3, 4), randn(2, 3, 4, seed=1))
    together = cell(params, x, state)
    looped = cell(params, x[1, 2], tuple(part[1, 2] for part in state))
    assert_same(together[0][1, 2], looped[0])
    assert_same(together[1][1][1, 2], looped[1][1])
    mapped = vmap(vmap(cell, in_dims=(None, 0, 0)), in_dims=(None, 0, 0))(params, x, state)
    assert_same(mapped, together)


def test_a_cell_with_other_weights_for_each_task_is_a_loop():
    sets = [network(seed=seed) for seed in range(3)]
    stacked = {name: torch.stack([params[name] for params in sets]) for name in sets[0]}
    x, state = randn(3, 3), (randn(3, 4), randn(3, 4, seed=1))
    said, _ = vmap(cell)(stacked, x, state)
    for task, params in enumerate(sets):
        assert_same(said[task], cell(params, x[task], tuple(part[task] for part in state))[0])


def test_derivatives_through_five_steps_of_the_cell_pass_gradcheck():
    params, x, state = network(2, 2, 1), randn(N_STEPS, 2), (randn(2), randn(2, seed=1))

    def unrolled(x, h, c, *weights):
        for inputs in x:
            _, (h, c) = cell(as_params(weights, params), inputs, (h, c))
        return head(as_params(weights, params), h), c

    tensors = leaves(x, *state, *params.values())
    assert gradcheck(unrolled, tensors)
    assert gradgradcheck(unrolled, tensors)


def test_the_head_is_linear_in_the_hidden_state():
    params, h = network(), randn(5, 4)
    expected = h @ params["head.weight"].T + params["head.bias"]
    assert_same(head(params, h), expected)


def test_a_cell_that_has_read_nothing_is_at_zero():
    params = network()
    for axes, shape in ((), (4,)), ((2, 3), (2, 3, 4)):
        h, c = start_state(params, *axes)
        assert h.shape == c.shape == shape
        assert not h.any()
        assert not c.any()
        assert h.dtype == c.dtype == torch.float64


def test_the_first_weights_have_the_layout_of_torch():
    params = init_lstm(3, 5, 2, seeded())
    reference = torch.nn.LSTMCell(3, 5)
    reference.load_state_dict({name: params[name] for name in CELL})
    assert params["head.weight"].shape == (2, 5)
    assert params["head.bias"].shape == (2,)
    assert all(tensor.dtype == torch.float32 for tensor in params.values())


def test_the_first_weights_are_uniform_within_one_over_the_root_of_the_units():
    params = init_lstm(100, 64, 100, seeded())
    for name in "weight_ih", "weight_hh", "head.weight":
        shares = torch.quantile(params[name].flatten() * 8, torch.tensor([0.01, 0.5, 0.99]))
        torch.testing.assert_close(shares, torch.tensor([-0.98, 0.0, 0.98]), atol=0.05, rtol=0)
        assert params[name].abs().max() <= 1 / 8


def test_only_the_forget_gates_start_open():
    bias = init_lstm(3, 50, 1, seeded())["bias_ih"]
    write, forget, candidate, output = bias.chunk(4)
    assert forget.tolist() == [1.0] * 50
    for other in write, candidate, output:
        assert other.abs().max() <= 1 / math.sqrt(50)


def test_the_seed_decides_the_first_weights():
    first, again, other = (init_lstm(3, 4, 2, seeded(seed)) for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_the_first_weights_lie_on_the_device_of_the_generator(device):
    params = init_lstm(3, 4, 2, torch.Generator(device).manual_seed(0))
    assert all(tensor.device.type == device.type for tensor in params.values())


# a memory: the offset ----------------------------------------------------------------------------


def test_labels_come_one_step_late():
    y = torch.tensor([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    assert offset_labels(y).tolist() == [[0.0, 0.0], [1.0, 10.0], [2.0, 20.0]]
    assert torch.equal(offset_labels(torch.stack([y, -y]))[1], -offset_labels(y))


@pytest.mark.parametrize("t", range(5))
def test_no_state_knows_a_label_before_the_next_point_is_read(t):
    params, (x, y, *_) = network(), sequences(4)
    told = y.clone()
    told[:, t] += 1
    before, after = memory_states(params, x, y), memory_states(params, x, told)
    for first, second in zip(before, after, strict=True):
        assert torch.equal(first[:, : t + 2], second[:, : t + 2])  # until x_t has been read
        assert (first[:, t + 2 :] != second[:, t + 2 :]).all()


@pytest.mark.parametrize("t", range(5))
def test_changing_a_label_changes_exactly_the_predictions_made_after_it(t):
    params, episode = network(), sequences(4)
    told = episode.y_support.clone()
    told[:, t] += 1
    first = memory_prediction(params, episode)
    second = memory_prediction(params, episode._replace(y_support=told))
    assert torch.equal(first[:, : t + 1], second[:, : t + 1])
    assert (first[:, t + 1 :] != second[:, t + 1 :]).all()


@pytest.mark.parametrize("t", range(5))
def test_the_prediction_for_a_point_about_to_be_read_cannot_know_its_label(t):
    """The network is asked about x_t itself, as in training."""
    params, episode = network(), sequences()
    asked = episode._replace(x_query=episode.x_support[t : t + 1])
    slopes = grad(
        lambda y: memory_prediction(params, asked._replace(y_support=y))[t].square().sum()
    )(episode.y_support)
    assert not slopes[t:].any()
    assert slopes[:t].all()


def test_what_is_said_after_t_points_depends_on_these_only():
    params, episode = network(), sequences()
    whole = memory_prediction(params, episode)
    for t in range(6):
        part = episode._replace(x_support=episode.x_support[:t], y_support=episode.y_support[:t])
        assert_same(memory_prediction(params, part), whole[: t + 1])


# a memory: what it says --------------------------------------------------------------------------


def test_the_states_are_those_of_the_lstm_of_torch_fed_points_and_last_labels():
    params, (x, y, *_) = network(), sequences(3)
    late = torch.cat([torch.zeros(3, 1, 1, dtype=torch.float64), y[:, :-1]], 1)
    outputs, (_, c) = torch_lstm(params)(torch.cat([x, late], -1))
    hs, cs = memory_states(params, x, y)
    assert hs.shape == cs.shape == (3, 6, 4)
    assert not hs[:, 0].any()
    assert not cs[:, 0].any()
    assert_same(hs[:, 1:], outputs.detach())
    assert_same(cs[:, -1], c[0].detach())


def test_a_prediction_is_one_more_step_with_the_query_and_the_last_label():
    params, (x, y, x_query, _) = network(), sequences()
    read, nothing = torch_cell(params), torch.zeros(1, dtype=torch.float64)
    state, last = start_state(params), nothing
    for t in range(6):
        for q, asked in enumerate(x_query):
            h, _ = read(torch.cat([asked, last]), state)
            expected = h @ params["head.weight"].T + params["head.bias"]
            said = memory_prediction(params, Episode(x, y, x_query, None))[t, q]
            assert_same(said, expected.detach())
        if t < 5:
            state, last = read(torch.cat([x[t], last]), state), y[t]


def test_asking_is_forgotten():
    params, episode = network(), sequences(2)
    together = memory_prediction(params, episode)
    for q in range(3):
        alone = episode._replace(x_query=episode.x_query[:, q : q + 1])
        assert_same(memory_prediction(params, alone)[..., 0, :], together[..., q, :])
    assert_same(
        memory_prediction(params, episode._replace(x_query=episode.x_query.flip(1))),
        together.flip(2),
    )


def test_a_memory_without_points_or_queries_answers_in_the_right_shape():
    params = network()
    assert memory_prediction(params, sequences(n_points=0)).shape == (1, 3, 2)
    assert memory_prediction(params, sequences(n_queries=0)).shape == (6, 0, 2)


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.integers(0, 4), st.integers(1, 4), st.integers(1, 3))
def test_a_batch_of_memories_is_a_loop_and_vmap(n_tasks, n_points, n_queries, n_inputs):
    params = network(n_inputs + 1)
    sizes = {"n_points": n_points, "n_queries": n_queries, "n_inputs": n_inputs}
    episodes = sequences(n_tasks, **sizes)
    together = memory_prediction(params, episodes)
    loop = [memory_prediction(params, task) for task in tasks_of(episodes)]
    assert together.shape == (n_tasks, n_points + 1, n_queries, 2)
    assert_same(together, torch.stack(loop))
    mapped = vmap(lambda *parts: memory_prediction(params, Episode(*parts)))(*episodes)
    assert_same(mapped, together)


def test_two_leading_axes_are_a_loop_over_both():
    params, episodes = network(), sequences(2, 3)
    together = memory_prediction(params, episodes)
    assert together.shape == (2, 3, 6, 3, 2)
    assert_same(together[1], memory_prediction(params, tasks_of(episodes)[1]))


def test_class_scores_are_predictions_from_one_hot_labels():
    params = network(2 + 3, 4, 3)
    x, _, x_query, _ = sequences(2)
    labels = torch.tensor([[0, 2, 1, 1, 0], [2, 2, 0, 1, 2]])
    episode = Episode(x, labels, x_query, None)
    one_hot = F.one_hot(labels, 3).double()
    logits = memory_logits(params, episode)
    assert logits.shape == (2, 3, 3)
    assert_same(logits, memory_prediction(params, episode._replace(y_support=one_hot))[:, -1])
    mapped = vmap(lambda *parts: memory_logits(params, Episode(*parts, None)))(x, labels, x_query)
    assert_same(mapped, logits)


@pytest.mark.parametrize("t", range(5))
def test_class_scores_depend_on_every_label_of_the_support_set(t):
    params = network(2 + 3, 4, 3)
    x, _, x_query, _ = sequences()
    labels = torch.tensor([0, 2, 1, 1, 0])
    other = labels.clone()
    other[t] = (other[t] + 1) % 3
    first = memory_logits(params, Episode(x, labels, x_query, None))
    second = memory_logits(params, Episode(x, other, x_query, None))
    assert (first != second).all()


def test_another_order_of_the_support_set_leaves_another_state():
    params, (x, y, *_) = network(), sequences()
    order = torch.tensor([3, 0, 4, 1, 2])
    for first, second in zip(
        memory_states(params, x, y), memory_states(params, x[order], y[order]), strict=True
    ):
        assert (first[-1] - second[-1]).abs().min() > 1e-4


def test_reading_and_asking_change_no_weight_and_no_input():
    params, episode = network(2 + 3, 4, 3), sequences(2)
    episode = episode._replace(y_support=torch.tensor([[0, 2, 1, 1, 0]] * 2))
    copies = [tensor.clone() for tensor in (*params.values(), *episode)]
    memory_logits(params, episode)
    for before, after in zip(copies, (*params.values(), *episode), strict=True):
        assert torch.equal(before, after)


def test_a_state_is_read_on_from():
    params, (x, y, *_) = network(), sequences(2)
    state = randn(2, 4), randn(2, 4, seed=1)
    hs, cs = memory_states(params, x, y, state=state)
    assert torch.equal(hs[:, 0], state[0])
    assert torch.equal(cs[:, 0], state[1])
    late = torch.cat([torch.zeros(2, 1, 1, dtype=torch.float64), y[:, :-1]], 1)
    outputs, _ = torch_lstm(params)(torch.cat([x, late], -1), tuple(part[None] for part in state))
    assert_same(hs[:, 1:], outputs.detach())


def test_the_derivatives_of_five_read_points_pass_gradcheck():
    params, (x, y, x_query, _) = network(3, 2, 1), sequences(n_queries=1)

    def said(x, y, x_query, *weights):
        return memory_prediction(as_params(weights, params), Episode(x, y, x_query, None))

    tensors = leaves(x, y, x_query, *params.values())
    assert gradcheck(said, tensors)
    assert gradgradcheck(said, tensors)


def test_the_gradient_of_a_memory_is_that_of_finite_differences():
    params, episode = network(), sequences(2)

    def loss(params):
        return memory_prediction(params, episode).square().mean()

    assert_same(grad(loss)(params), finite_differences(loss, params), rtol=1e-6, atol=1e-9)


# a memory: where gradients are cut ---------------------------------------------------------------


def test_in_a_stream_a_task_is_answered_as_if_it_were_alone():
    params, (x, y, _, _) = network(), sequences(2, n_points=6)
    said = memory_stream(params, x, y, {2, 5})
    for task in (slice(0, 2), slice(2, 5), slice(5, 6)):
        assert_same(said[:, task], memory_sequence(params, x[:, task], y[:, task]))


def test_a_stream_that_begins_once_is_a_sequence():
    params, (x, y, _, _) = network(), sequences(n_points=4)
    for begins in ((), {0}):
        assert_same(memory_stream(params, x, y, begins), memory_sequence(params, x, y))


def test_nothing_of_a_task_reaches_the_next_in_a_stream():
    params, (x, y, _, _) = network(), sequences(n_points=6)
    x, y = x.requires_grad_(), y.requires_grad_()
    told = torch.autograd.grad(memory_stream(params, x, y, {3})[3:].sum(), (x, y))
    assert all((part[:3] == 0).all() for part in told)


@pytest.mark.parametrize("cuts", [[0], [2], [1, 3], range(5), {4}])
def test_cuts_change_no_number(cuts):
    params, episode = network(), sequences(2)
    for cut, whole in zip(
        memory_states(params, *episode[:2], cuts=cuts),
        memory_states(params, *episode[:2]),
        strict=True,
    ):
        assert torch.equal(cut, whole)
    assert torch.equal(
        memory_sequence(params, *episode[:2], cuts=cuts), memory_sequence(params, *episode[:2])
    )


@pytest.mark.parametrize("cuts", [[], [0], [2], [1, 3], [4], range(5)])
def test_gradients_flow_back_to_the_last_cut_and_no_further(cuts):
    """State t + 1 is made by step t; it depends on x_s for s from the last cut ≤ t on."""
    params, (x, y, *_) = network(), sequences()
    for t in range(5):
        for part in range(2):
            slopes = grad(
                lambda x, t=t, part=part: memory_states(params, x, y, cuts=cuts)[part][t + 1].sum()
            )(x)
            last = max((cut for cut in cuts if cut <= t), default=0)
            assert not slopes[:last].any()
            assert slopes[last : t + 1].all()
            assert not slopes[t + 1 :].any()


def test_a_cut_before_the_first_step_detaches_the_given_state():
    params, (x, y, *_) = network(), sequences()
    state = randn(4), randn(4, seed=1)

    def total(state, cuts):
        hs, cs = memory_states(params, x, y, state=state, cuts=cuts)
        return hs[1:].sum() + cs[1:].sum()

    assert all(part.all() for part in grad(total)(state, ()))
    assert not any(part.any() for part in grad(total)(state, (0,)))


def test_the_answers_along_a_sequence_are_cut_where_its_states_are():
    params, (x, y, *_) = network(), sequences()

    def said(x, t):
        return memory_sequence(params, x, y, cuts=[3])[t].sum()

    assert grad(said)(x, 2)[:3].all()
    later = grad(said)(x, 3)
    assert not later[:3].any()
    assert later[3].all()


@pytest.mark.parametrize("t", range(5))
def test_the_answers_along_a_sequence_are_those_to_its_inputs_as_queries(t):
    params, (x, y, *_) = network(), sequences(2)
    asked = memory_prediction(params, Episode(x, y, x[:, t : t + 1], None))
    assert_same(memory_sequence(params, x, y)[:, t], asked[:, t, 0])


def test_a_cut_gives_the_gradient_of_two_separate_sequences():
    params, (x, y, *_) = network(), sequences(2)

    def cut(params):
        hs, _ = memory_states(params, x, y, cuts=[3])
        return hs.square().sum()

    middle = torch.cat([x, offset_labels(y)], -1)

    def separate(params):
        total, state = 0.0, start_state(params, 2)
        for t in range(5):
            if t == 3:
                frozen = {name: tensor.detach() for name, tensor in network().items()}
                state = start_state(frozen, 2)
                for earlier in range(3):
                    _, state = cell(frozen, middle[:, earlier], state)
            h, state = cell(params, middle[:, t], state)
            total = total + h.square().sum()
        return total

    assert_same(grad(cut)(params), grad(separate)(params))


# types and devices -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_the_type_of_the_numbers_is_kept(dtype):
    def cast(params):
        return {name: tensor.to(dtype) for name, tensor in params.items()}

    x, y, x_query, _ = (part.to(dtype) for part in sequences())
    memory = cast(network(2 + 3, 4, 3))
    scored = memory_logits(memory, Episode(x, torch.tensor([0, 2, 1, 1, 0]), x_query, None))
    said = memory_prediction(cast(network()), Episode(x, y, x_query, None))
    for result in scored, said:
        assert result.dtype == dtype
        assert result.isfinite().all()


def test_cpu_and_device_agree_on_a_memory(device):
    episodes = sequences(3)._replace(y_support=torch.tensor([[0, 2, 1, 1, 0]] * 3))

    def loss(params, episodes):
        return memory_logits(params, episodes).square().mean()

    params = network(2 + 3, 4, 3)
    moved = Episode(*(part.to(device) for part in episodes))
    assert_same(back(grad(loss)(there(params, device), moved)), grad(loss)(params, episodes))


def test_cudnns_lstm_has_no_second_derivative_and_the_cell_has(cuda):
    params = there(network(), cuda)
    x = randn(2, 6, 3).to(cuda)
    reference = torch_lstm(network()).to(cuda)
    (first,) = torch.autograd.grad(
        reference(x)[0].square().sum(), reference.weight_hh_l0, create_graph=True
    )
    with pytest.raises(RuntimeError, match=r"_cudnn_rnn_backward.* is not implemented"):
        first.square().sum().backward()

    def total(params):
        state, sum_of_squares = start_state(params, 2), 0
        for inputs in x.unbind(1):
            out, state = cell(params, inputs, state)
            sum_of_squares = sum_of_squares + out.square().sum()
        return sum_of_squares

    second = grad(lambda params: grad(total)(params)["weight_hh"].square().sum())(params)
    assert second["weight_hh"].isfinite().all()
    assert second["weight_hh"].any()


# what cannot be right is refused -----------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 5), max_size=3), st.lists(st.integers(0, 5), max_size=3))
def test_a_cell_refuses_widths_that_its_weights_have_not(x_shape, h_shape):
    params, x, h = network(), zeros(*x_shape), zeros(*h_shape)
    if x_shape[-1:] != [3]:
        with pytest.raises(ValueError, match=r"x must be \(…, 3\) for these weights, got"):
            cell(params, x, (h, h))
    elif h_shape[-1:] != [4]:
        with pytest.raises(ValueError, match=r"h and c must both be \(…, 4\), got"):
            cell(params, x, (h, h))


@pytest.mark.parametrize("c", [zeros(3), zeros(5), zeros(1, 4), zeros()])
def test_a_cell_refuses_two_parts_of_a_state_that_differ(c):
    with pytest.raises(ValueError, match=r"h and c must both be \(…, 4\), got \(4,\) and"):
        cell(network(), zeros(3), (zeros(4), c))


@pytest.mark.parametrize("y", [zeros(), zeros(5)])
def test_labels_without_a_time_axis_are_refused(y):
    with pytest.raises(ValueError, match=r"y must have a time axis and a label axis"):
        offset_labels(y)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (zeros(5, 2), zeros(4, 1)),
        (zeros(5, 2), zeros(5)),
        (zeros(5), zeros(5, 1)),
        (zeros(5), zeros(5)),
        (zeros(2, 5, 2), zeros(5, 1)),
        (zeros(2, 5, 2), zeros(3, 5, 1)),
        (zeros(), zeros()),
    ],
)
def test_points_and_labels_that_are_not_equally_long_are_refused(x, y):
    with pytest.raises(ValueError, match=r"x \(…, T, D\) and y \(…, T, O\) must be equally long"):
        memory_states(network(), x, y)
    with pytest.raises(ValueError, match=r"x \(…, T, D\) and y \(…, T, O\) must be equally long"):
        memory_prediction(network(), Episode(x, y, zeros(3, 2), None))


@pytest.mark.parametrize("state", [zeros(4), zeros(3, 4), zeros(2, 1, 4), zeros()])
def test_a_state_of_other_tasks_is_refused(state):
    with pytest.raises(ValueError, match=r"state must be \(…, H\) with the axes of x"):
        memory_states(network(), zeros(2, 5, 2), zeros(2, 5, 1), state=(state, state))


@pytest.mark.parametrize(
    ("x_query", "message"),
    [
        (zeros(3, 3), "x_query"),
        (zeros(2), "x_query"),
        (zeros(), "x_query"),
        (zeros(2, 3, 2), "x_query"),
    ],
)
def test_queries_that_are_not_like_the_support_set_are_refused(x_query, message):
    x, y, *_ = sequences()
    with pytest.raises(ValueError, match=message):
        memory_prediction(network(), Episode(x, y, x_query, None))


def test_labels_as_wide_as_the_weights_do_not_expect_are_refused():
    x, _, x_query, _ = sequences()
    with pytest.raises(ValueError, match=r"x must be \(…, 3\) for these weights, got \(4,\)"):
        memory_prediction(network(), Episode(x, zeros(5, 2), x_query, None))


def test_class_labels_with_a_label_axis_are_refused():
    x, _, x_query, _ = sequences()
    with pytest.raises(ValueError, match="must be equally long"):
        memory_logits(network(2 + 3, 4, 3), Episode(x, torch.zeros(5, 1), x_query, None))
