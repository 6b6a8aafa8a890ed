"""The kernel of chapter 05 against PyTorch's LSTM, torch.optim, hand-written loops and differences.

Every reference is written here anew: `torch.nn.LSTMCell` where there is one, else plain loops over
coordinates and steps.
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
    LOG_SCALE,
    UPDATE_SCALE,
    cell,
    gated_sum,
    head,
    init_lstm,
    init_meta_lstm,
    learned_update,
    memory_logits,
    memory_prediction,
    memory_sequence,
    memory_states,
    meta_lstm_adapt,
    meta_lstm_loss,
    meta_lstm_step,
    offset_labels,
    optimise,
    preprocess,
    start_state,
)

EXACT = {"rtol": 1e-12, "atol": 1e-12}
SMALLEST = math.exp(-10)
CELL = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
N_STEPS = 5


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed=0):
    return torch.randn(shape, generator=seeded(seed), dtype=torch.float64)


def random_like(params, *, scale=0.6, seed=1):
    """Weights that are all different and large enough for every gate to matter."""
    generator = seeded(seed)
    return {
        name: scale * torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        for name, tensor in params.items()
    }


def network(n_inputs=3, n_hidden=4, n_outputs=2, seed=1):
    return random_like(init_lstm(n_inputs, n_hidden, n_outputs, seeded()), seed=seed)


def optimiser(n_hidden=4, seed=1):
    return network(2, n_hidden, 1, seed)


def gates(seed=1, bias=0.0):
    """Gates that look at everything; with a bias the forget gates stay near 1."""
    params = random_like(init_meta_lstm(lr_inner=0.1), scale=0.3, seed=seed)
    return params | {
        "forget.bias": torch.tensor(bias, dtype=torch.float64),
        "write.bias": torch.tensor(-2.0, dtype=torch.float64),
    }


def gates_like_sgd(lr_inner):
    """f = 1 to the last bit, i = α, whatever the gates see."""
    zeros = torch.zeros(6, dtype=torch.float64)
    rate = torch.tensor(lr_inner, dtype=torch.float64)
    open_gate = torch.tensor(50.0, dtype=torch.float64)
    return {
        "forget.weight": zeros,
        "forget.bias": open_gate,
        "write.weight": zeros,
        "write.bias": torch.logit(rate),
    }


def sequences(*axes, n_points=5, n_inputs=2, n_outputs=1, n_queries=3, seed=2):
    """An episode of a regression; with 2 inputs and 1 label it fits `network()`."""
    support = randn(*axes, n_points, n_inputs + n_outputs, seed=seed)
    query = randn(*axes, n_queries, n_inputs + n_outputs, seed=seed + 1)
    return Episode(
        support[..., :n_inputs], support[..., n_inputs:], query[..., :n_inputs], query[..., :0]
    )


def tasks_of(episodes):
    return [Episode(*parts) for parts in zip(*episodes, strict=True)]


def bowl(theta):
    """A loss with a Hessian that is neither constant nor diagonal."""
    mixed = theta + 0.5 * theta.roll(1)
    return (mixed.square() + 0.3 * torch.sin(2 * mixed)).sum() + 0.1 * mixed.prod()


def slope(theta):
    """A loss without a Hessian."""
    return (torch.linspace(-1.0, 2.0, len(theta), dtype=theta.dtype) * theta).sum() + 5.0


def regression(params, x, y):
    return (torch.tanh(x @ params["inward"].mT) @ params["outward"] - y).square().mean()


def learner(seed=3):
    return {"inward": randn(3, 2, seed=seed), "outward": randn(3, seed=seed + 1)}


def regression_tasks(n_tasks, n_support=4, n_query=3):
    x, y = randn(n_tasks, n_support + n_query, 2), randn(n_tasks, n_support + n_query, seed=1)
    return Episode(x[:, :n_support], y[:, :n_support], x[:, n_support:], y[:, n_support:])


def torch_cell(params):
    reference = torch.nn.LSTMCell(
        params["weight_ih"].shape[1], params["weight_hh"].shape[1], dtype=torch.float64
    )
    reference.load_state_dict({name: params[name] for name in CELL})
    return reference


def torch_lstm(params):
    reference = torch.nn.LSTM(
        params["weight_ih"].shape[1],
        params["weight_hh"].shape[1],
        batch_first=True,
        dtype=torch.float64,
    )
    reference.load_state_dict({f"{name}_l0": params[name] for name in CELL})
    return reference


def flat(params):
    return torch.cat([tensor.flatten() for tensor in params.values()])


def as_params(tensors, like):
    return dict(zip(like, tensors, strict=True))


def leaves(*tensors):
    return tuple(tensor.clone().requires_grad_() for tensor in tensors)


def finite_differences(function, params, step=1e-6):
    """Central differences of a scalar function of params, for each of its numbers."""
    rises = {}
    for name, tensor in params.items():
        rise = torch.empty_like(tensor)
        for place in range(tensor.numel()):
            shift = torch.zeros_like(tensor)
            shift.view(-1)[place] = step
            up, down = (
                function({**params, name: tensor + shift}),
                function({**params, name: tensor - shift}),
            )
            rise.view(-1)[place] = (up - down) / (2 * step)
        rises[name] = rise
    return rises


def assert_same(first, second, **tolerance):
    torch.testing.assert_close(first, second, **(tolerance or EXACT))


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


# numbers of any size -----------------------------------------------------------------------------


@pytest.mark.parametrize("value", [SMALLEST * 1.001, 1e-4, 0.3, 1.0, 7.0, 1e6])
@pytest.mark.parametrize("sign", [1, -1])
def test_large_numbers_become_the_share_of_their_logarithm_and_their_sign(value, sign):
    size, kept = preprocess(torch.tensor(sign * value, dtype=torch.float64)).tolist()
    assert size == pytest.approx(math.log(value) / 10, abs=1e-14)
    assert kept == sign


@pytest.mark.parametrize("value", [0.0, 1e-30, 1e-8, 3e-5, SMALLEST * 0.999])
@pytest.mark.parametrize("sign", [1, -1])
def test_small_numbers_become_minus_one_and_themselves_enlarged(value, sign):
    size, kept = preprocess(torch.tensor(sign * value, dtype=torch.float64)).tolist()
    assert size == -1
    assert kept == pytest.approx(sign * value * math.exp(10), rel=1e-14)


def test_both_forms_meet_at_the_threshold():
    values = SMALLEST * torch.tensor([1 - 1e-9, 1.0, 1 + 1e-9], dtype=torch.float64)
    for signed, sign in ((values, 1.0), (-values, -1.0)):
        expected = torch.tensor([-1.0, sign], dtype=torch.float64).expand(3, 2)
        torch.testing.assert_close(preprocess(signed), expected, atol=1e-8, rtol=0)


def test_the_logarithm_is_scaled_by_ten():
    assert LOG_SCALE == 10


def test_every_number_becomes_two_and_the_axes_stay():
    values = randn(2, 3)
    both = preprocess(values)
    assert both.shape == (2, 3, 2)
    assert torch.equal(both[1, 2], preprocess(values[1, 2]))
    assert torch.equal(vmap(vmap(preprocess))(values), both)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [0.0, -0.0, 1e-38, SMALLEST, -SMALLEST, 1e-5, -3.0, 1e30])
def test_derivatives_of_preprocessing_are_finite_everywhere(value, dtype):
    (value,) = leaves(torch.tensor(value, dtype=dtype))
    for which in range(2):
        part = preprocess(value)[which]
        (first,) = torch.autograd.grad(part, value, create_graph=True)
        (second,) = torch.autograd.grad(first, value, allow_unused=True, materialize_grads=True)
        assert part.dtype == dtype
        assert first.isfinite()
        assert second.isfinite()


def test_derivatives_of_preprocessing_pass_gradcheck_on_both_sides():
    (values,) = leaves(torch.tensor([1e-5, -2e-5, 3e-3, -0.2, 4.0], dtype=torch.float64))
    assert gradcheck(preprocess, (values,), eps=1e-9, rtol=1e-3)


# the learned optimiser ---------------------------------------------------------------------------


def test_a_learned_update_is_a_tenth_of_what_the_cell_says_of_the_preprocessed_gradient():
    params, gradient = optimiser(), randn(5)
    state = randn(5, 4), randn(5, 4, seed=1)
    step, (h, c) = learned_update(params, gradient, state)
    assert step.shape == (5,)
    for place in range(5):
        value = gradient[place].item()
        seen = torch.tensor(
            [[math.log(abs(value)) / 10, math.copysign(1, value)]], dtype=torch.float64
        )
        expected_h, expected_c = torch_cell(params)(seen, tuple(p[place][None] for p in state))
        expected = 0.1 * (expected_h @ params["head.weight"].T + params["head.bias"])
        assert_same(step[place], expected.detach().squeeze())
        assert_same(h[place], expected_h[0].detach())
        assert_same(c[place], expected_c[0].detach())


def test_a_new_optimiser_takes_small_steps():
    assert UPDATE_SCALE == 0.1
    params = {name: tensor.double() for name, tensor in init_lstm(2, 20, 1, seeded()).items()}
    step, _ = learned_update(params, randn(1000), start_state(params, 1000))
    assert step.abs().max() < 0.1


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(6)))
def test_permuted_coordinates_take_permuted_steps(order):
    params, gradient, state = optimiser(), randn(6), (randn(6, 4), randn(6, 4, seed=1))
    step, (h, c) = learned_update(params, gradient, state)
    permuted = learned_update(params, gradient[order], tuple(part[order] for part in state))
    assert_same(permuted, (step[order], (h[order], c[order])))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 4), max_size=3))
def test_one_optimiser_fits_a_problem_of_any_shape(shape):
    params, gradient = optimiser(), randn(*shape)
    step, state = learned_update(params, gradient, start_state(params, *shape))
    assert step.shape == gradient.shape
    assert all(part.shape == (*shape, 4) for part in state)
    alone, _ = learned_update(params, gradient.flatten()[0], start_state(params))
    assert_same(step.flatten()[0], alone)


def test_equal_gradients_with_equal_states_take_equal_steps():
    params = optimiser()
    step, _ = learned_update(params, torch.full((7,), 0.3).double(), start_state(params, 7))
    assert (step == step[0]).all()


def test_the_state_of_a_coordinate_knows_no_other_coordinate():
    params, states = optimiser(), start_state(optimiser(), 3)
    first, state = learned_update(params, randn(3), states)
    changed = randn(3)
    changed[1] += 1
    second, other = learned_update(params, changed, states)
    same = torch.tensor([True, False, True])
    assert torch.equal(first == second, same)
    assert torch.equal((state[1] == other[1]).all(-1), same)


def by_hand(params, theta, n_steps, *, cut=(), constant=True):
    """The loop of `optimise` with torch's cell, autograd and no functions of the kernel."""
    read = torch_cell({name: tensor.detach() for name, tensor in params.items()})
    weights = dict(read.named_parameters())
    total, points, losses = 0.0, [theta], []
    state = tuple(torch.zeros(len(theta), 4, dtype=torch.float64) for _ in range(2))
    for t in range(n_steps):
        if not theta.requires_grad:
            theta = theta.clone().requires_grad_()
        loss = bowl(theta)
        (gradient,) = torch.autograd.grad(loss, theta, create_graph=not constant, retain_graph=True)
        total, losses = total + loss, [*losses, loss.item()]
        if t in cut:
            theta, gradient = theta.detach(), gradient.detach()
            state = tuple(part.detach() for part in state)
        seen = torch.stack([gradient.abs().log() / 10, gradient.sign()], -1)
        state = read(seen, state)
        theta = theta + 0.1 * (state[0] @ params["head.weight"].T + params["head.bias"])[:, 0]
        points.append(theta.detach())
    loss = bowl(theta)
    total, losses = total + loss, [*losses, loss.item()]
    heads = [params["head.weight"], params["head.bias"]]
    gradients = torch.autograd.grad(total, [*weights.values(), *heads])
    named = dict(zip([*weights, "head.weight", "head.bias"], gradients, strict=True))
    return torch.stack(points).detach(), torch.tensor(losses, dtype=torch.float64), named


def attached(params):
    return {name: tensor.requires_grad_() for name, tensor in params.items()}


@pytest.mark.parametrize("first_order", [True, False])
@pytest.mark.parametrize("cuts", [(), (0,), (2,), (1, 4), tuple(range(5))])
def test_optimising_is_the_loop_written_out_and_so_is_its_gradient(first_order, cuts):
    theta, how = randn(3), {"cuts": cuts, "first_order": first_order}
    points, losses = optimise(optimiser(), bowl, theta, n_steps=N_STEPS, **how)
    gradients = grad(lambda p: optimise(p, bowl, theta, n_steps=N_STEPS, **how)[1].sum())(
        optimiser()
    )
    expected = by_hand(attached(optimiser()), theta, N_STEPS, cut=cuts, constant=first_order)
    assert_same(points, expected[0])
    assert_same(losses, expected[1])
    assert_same({name: gradients[name] for name in expected[2]}, expected[2])


def test_the_losses_are_those_of_the_points():
    points, losses = optimise(optimiser(), bowl, randn(3), n_steps=4)
    assert points.shape == (5, 3)
    assert_same(losses, torch.stack([bowl(point) for point in points]))
    assert torch.equal(points[0], randn(3))


def test_optimising_for_no_step_is_the_start():
    points, losses = optimise(optimiser(), bowl, randn(3), n_steps=0)
    assert torch.equal(points, randn(1, 3))
    assert torch.equal(losses, bowl(randn(3))[None])


def test_optimising_for_longer_begins_the_same():
    short = optimise(optimiser(), bowl, randn(3), n_steps=2)
    long = optimise(optimiser(), bowl, randn(3), n_steps=6)
    assert_same(long[0][:3], short[0])
    assert_same(long[1][:3], short[1])


def test_the_derivatives_through_five_learned_steps_pass_gradcheck():
    params = optimiser(2)

    def path(theta, *weights):
        return optimise(as_params(weights, params), bowl, theta, n_steps=N_STEPS, first_order=False)

    tensors = leaves(randn(2), *params.values())
    assert gradcheck(path, tensors)
    assert gradgradcheck(path, tensors, atol=1e-4)


def test_with_first_order_off_the_gradient_is_that_of_finite_differences():
    params, theta = optimiser(), randn(3)

    def total(params):
        return optimise(params, bowl, theta, n_steps=N_STEPS, first_order=False)[1].sum()

    assert_same(grad(total)(params), finite_differences(total, params), rtol=1e-5, atol=1e-8)


def test_dropping_second_derivatives_costs_nothing_where_there_are_none():
    def gradient(loss_fn, first_order):
        def total(params):
            how = {"n_steps": N_STEPS, "first_order": first_order}
            return optimise(params, loss_fn, randn(3), **how)[1].sum()

        return flat(grad(total)(optimiser()))

    assert_same(gradient(slope, True), gradient(slope, False))
    exact = gradient(bowl, False)
    assert (gradient(bowl, True) - exact).norm() > 1e-3 * exact.norm()


@pytest.mark.parametrize("first_order", [True, False])
def test_cuts_change_no_point_and_no_loss(first_order):
    how = {"n_steps": N_STEPS, "first_order": first_order}
    whole = optimise(optimiser(), bowl, randn(3), **how)
    for cuts in [0], [2], range(5):
        assert_same(optimise(optimiser(), bowl, randn(3), **how, cuts=cuts), whole)


@pytest.mark.parametrize("cuts", [[0], [2], [1, 3], range(5)])
def test_no_loss_after_a_cut_depends_on_the_start(cuts):
    """The loss at the cut itself still does: it judges the steps before."""

    def slopes(theta, t):
        how = {"n_steps": N_STEPS, "first_order": False, "cuts": cuts}
        return grad(lambda theta: optimise(optimiser(), bowl, theta, **how)[1][t])(theta)

    for t in range(6):
        assert slopes(randn(3), t).any() == (t <= min(cuts))


def test_optimising_is_mapped_over_starts_by_vmap():
    params, starts = optimiser(), randn(4, 3)
    mapped = vmap(lambda theta: optimise(params, bowl, theta, n_steps=3))(starts)
    loop = [optimise(params, bowl, theta, n_steps=3) for theta in starts]
    assert_same(mapped[0], torch.stack([points for points, _ in loop]))
    assert_same(mapped[1], torch.stack([losses for _, losses in loop]))


def test_optimising_changes_no_weight_and_not_the_start():
    params, theta = optimiser(), randn(3)
    optimise(params, bowl, theta, n_steps=3)
    assert torch.equal(theta, randn(3))
    assert all(torch.equal(params[name], tensor) for name, tensor in optimiser().items())


# the meta-LSTM -----------------------------------------------------------------------------------


def meta_step_by_hand(params, theta, gradient, loss, forget, write):
    """One coordinate, in plain numbers."""

    def two(value):
        if abs(value) >= SMALLEST:
            return [math.log(abs(value)) / 10, math.copysign(1, value)]
        return [-1, value / SMALLEST]

    def gate(name, before):
        seen = [*two(gradient), *two(loss), theta, before]
        weights = params[f"{name}.weight"].tolist()
        total = sum(w * s for w, s in zip(weights, seen, strict=True))
        return 1 / (1 + math.exp(-total - params[f"{name}.bias"].item()))

    f, i = gate("forget", forget), gate("write", write)
    return f * theta - i * gradient, f, i


def test_a_step_of_the_meta_lstm_is_its_equations_for_each_coordinate():
    params, theta, gradient = gates(), randn(4), randn(4, seed=1)
    gradient[2] = -1e-5
    loss, (forget, write) = torch.tensor(0.7, dtype=torch.float64), randn(2, 4).sigmoid()
    theta_next, (f, i) = meta_lstm_step(params, theta, gradient, loss, (forget, write))
    assert theta_next.shape == f.shape == i.shape == (4,)
    for place, values in enumerate(zip(theta, gradient, forget, write, strict=True)):
        th, gr, fo, wr = (value.item() for value in values)
        expected = meta_step_by_hand(params, th, gr, 0.7, fo, wr)
        got = theta_next[place].item(), f[place].item(), i[place].item()
        assert got == pytest.approx(expected, rel=1e-12)


def test_with_f_1_and_i_alpha_the_meta_lstm_is_sgd():
    start, params = randn(4), gates_like_sgd(0.1)
    (theta,) = leaves(start)
    sgd = torch.optim.SGD([theta], lr=0.1)
    ours, state = start, (torch.ones(4).double(), torch.zeros(4).double())
    for _ in range(8):
        ours, state = meta_lstm_step(params, ours, grad(bowl)(ours), bowl(ours), state)
        sgd.zero_grad()
        bowl(theta).backward()
        sgd.step()
        assert_same(ours, theta.detach())
        assert torch.equal(state[0], torch.ones(4).double())


def test_the_gates_of_a_new_meta_lstm_are_those_of_gradient_descent():
    params = init_meta_lstm(lr_inner=0.02)
    assert {name: tuple(tensor.shape) for name, tensor in params.items()} == {
        "forget.weight": (6,),
        "forget.bias": (),
        "write.weight": (6,),
        "write.bias": (),
    }
    state = torch.rand(5, generator=seeded()), torch.rand(5, generator=seeded(1))
    theta, gradient = randn(5).float(), randn(5, seed=1).float()
    moved, (f, i) = meta_lstm_step(params, theta, gradient, torch.tensor(3.0), state)
    torch.testing.assert_close(i, torch.full((5,), 0.02), rtol=1e-5, atol=0)
    assert ((f > 0.9998) & (f < 1)).all()
    torch.testing.assert_close(moved, theta - 0.02 * gradient, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("lr_inner", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_a_rate_that_no_gate_can_have_is_refused(lr_inner):
    with pytest.raises(ValueError, match="lr_inner must lie between 0 and 1"):
        init_meta_lstm(lr_inner=lr_inner)


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(6)))
def test_permuted_parameters_take_permuted_steps_of_the_meta_lstm(order):
    params, theta, gradient = gates(), randn(6), randn(6, seed=1)
    state = tuple(randn(2, 6).sigmoid())
    loss = torch.tensor(0.7).double()
    moved, (f, i) = meta_lstm_step(params, theta, gradient, loss, state)
    permuted = tuple(part[order] for part in state)
    got = meta_lstm_step(params, theta[order], gradient[order], loss, permuted)
    assert_same(got, (moved[order], (f[order], i[order])))


def adapt_by_hand(params, start, x, y, n_steps, *, constant):
    theta = start
    state = [{name: torch.full_like(t, value) for name, t in start.items()} for value in (1.0, 0.0)]
    for _ in range(n_steps):
        loss = regression(theta, x, y)
        gradients = torch.autograd.grad(
            loss, list(theta.values()), create_graph=not constant, retain_graph=True
        )
        if constant:
            loss = loss.detach()
        sizes = loss.abs().log() / 10, loss.sign()
        moved, opened = {}, [{}, {}]
        for (name, values), gradient in zip(theta.items(), gradients, strict=True):
            for which, gate in enumerate(("forget", "write")):
                seen = [
                    gradient.abs().log() / 10,
                    gradient.sign(),
                    *sizes,
                    values,
                    state[which][name],
                ]
                weighted = sum(w * s for w, s in zip(params[f"{gate}.weight"], seen, strict=True))
                opened[which][name] = torch.sigmoid(weighted + params[f"{gate}.bias"])
            moved[name] = opened[0][name] * values - opened[1][name] * gradient
        theta, state = moved, opened
    return theta


@pytest.mark.parametrize("first_order", [True, False])
def test_adapting_with_the_meta_lstm_is_the_loop_written_out_and_so_is_its_gradient(first_order):
    x, y, x_query, y_query = tasks_of(regression_tasks(1))[0]
    results = []
    for ours in True, False:
        params, start = attached(gates()), attached(learner())
        if ours:
            how = {"n_steps": N_STEPS, "first_order": first_order}
            adapted = meta_lstm_adapt(params, regression, start, x, y, **how)
        else:
            adapted = adapt_by_hand(params, start, x, y, N_STEPS, constant=first_order)
        loss = regression(adapted, x_query, y_query)
        gradients = torch.autograd.grad(loss, [*params.values(), *start.values()])
        results.append(({name: t.detach() for name, t in adapted.items()}, gradients))
    assert_same(results[0][0], results[1][0])
    assert_same(results[0][1], results[1][1], rtol=1e-10, atol=1e-12)


def test_adapting_for_no_step_is_the_start():
    x, y, *_ = tasks_of(regression_tasks(1))[0]
    adapted = meta_lstm_adapt(gates(), regression, learner(), x, y, n_steps=0)
    assert_same(adapted, learner(), rtol=0, atol=0)


def test_adapting_changes_neither_gates_nor_start_nor_task():
    x, y, *_ = tasks_of(regression_tasks(1))[0]
    inputs = [*gates().values(), *learner().values(), x.clone(), y.clone()]
    params, start = gates(), learner()
    meta_lstm_adapt(params, regression, start, x, y, n_steps=3)
    for before, after in zip(inputs, [*params.values(), *start.values(), x, y], strict=True):
        assert torch.equal(before, after)


def test_the_derivatives_through_five_steps_of_the_meta_lstm_pass_gradcheck():
    x, y, *_ = tasks_of(regression_tasks(1))[0]
    params, start = gates(), learner()

    def adapted(*tensors):
        weights, theta = as_params(tensors[:4], params), as_params(tensors[4:], start)
        how = {"n_steps": N_STEPS, "first_order": False}
        return tuple(meta_lstm_adapt(weights, regression, theta, x, y, **how).values())

    tensors = leaves(*params.values(), *start.values())
    assert gradcheck(adapted, tensors)


def test_the_gradient_of_the_meta_lstms_objective_is_that_of_finite_differences():
    episodes, start = regression_tasks(3), learner()
    how = {"n_steps": N_STEPS, "first_order": False}

    def of_gates(params):
        return meta_lstm_loss(params, regression, start, episodes, **how)

    def of_start(start):
        return meta_lstm_loss(gates(), regression, start, episodes, **how)

    for objective, at in (of_gates, gates()), (of_start, start):
        expected = finite_differences(objective, at)
        assert_same(grad(objective)(at), expected, rtol=1e-5, atol=1e-9)


def linear_regression_loss(params, x, y):
    return (x @ params["w"] * y).mean() + 3.0


def gradient_of_adapting(loss_fn, params, start, first_order):
    x, y, *_ = tasks_of(regression_tasks(1))[0]

    def total(start):
        how = {"n_steps": N_STEPS, "first_order": first_order}
        return flat(meta_lstm_adapt(params, loss_fn, start, x, y, **how)).sum()

    return flat(grad(total)(start))


def test_constant_gradients_and_losses_cost_nothing_without_curvature_and_sight_of_the_loss():
    blind = gates()
    for name in "forget.weight", "write.weight":
        blind[name][2:4] = 0
    line = {"w": randn(2)}
    assert_same(
        gradient_of_adapting(linear_regression_loss, blind, line, True),
        gradient_of_adapting(linear_regression_loss, blind, line, False),
    )
    for loss_fn, params, start in (
        (linear_regression_loss, gates(), line),
        (regression, blind, learner()),
    ):
        exact = gradient_of_adapting(loss_fn, params, start, False)
        first = gradient_of_adapting(loss_fn, params, start, True)
        assert (exact - first).norm() > 1e-4 * exact.norm()


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.booleans())
def test_the_meta_lstms_objective_is_the_mean_over_a_loop(n_tasks, n_points, n_steps, first_order):
    episodes, params, start = regression_tasks(n_tasks, n_points), gates(), learner()
    how = {"n_steps": n_steps, "first_order": first_order}
    losses = []
    for x, y, x_query, y_query in tasks_of(episodes):
        adapted = meta_lstm_adapt(params, regression, start, x, y, **how)
        losses.append(regression(adapted, x_query, y_query))
    got = meta_lstm_loss(params, regression, start, episodes, **how)
    assert_same(got, torch.stack(losses).mean())


# types and devices -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_the_type_of_the_numbers_is_kept(dtype):
    def cast(params):
        return {name: tensor.to(dtype) for name, tensor in params.items()}

    x, y, x_query, _ = (part.to(dtype) for part in sequences())
    memory = cast(network(2 + 3, 4, 3))
    scored = memory_logits(memory, Episode(x, torch.tensor([0, 2, 1, 1, 0]), x_query, None))
    said = memory_prediction(cast(network()), Episode(x, y, x_query, None))
    path = optimise(cast(optimiser()), bowl, randn(3).to(dtype), n_steps=2)
    xs, ys, *_ = (part.to(dtype) for part in tasks_of(regression_tasks(1))[0])
    adapted = meta_lstm_adapt(cast(gates()), regression, cast(learner()), xs, ys, n_steps=2)
    for result in scored, said, *path, *adapted.values():
        assert result.dtype == dtype
        assert result.isfinite().all()


def there(params, device):
    return {name: tensor.to(device) for name, tensor in params.items()}


def back(params):
    return {name: tensor.cpu() for name, tensor in params.items()}


def test_cpu_and_device_agree_on_a_memory(device):
    episodes = sequences(3)._replace(y_support=torch.tensor([[0, 2, 1, 1, 0]] * 3))

    def loss(params, episodes):
        return memory_logits(params, episodes).square().mean()

    params = network(2 + 3, 4, 3)
    moved = Episode(*(part.to(device) for part in episodes))
    assert_same(back(grad(loss)(there(params, device), moved)), grad(loss)(params, episodes))


def test_cpu_and_device_agree_on_a_learned_optimiser(device):
    def total(params, theta):
        return optimise(params, bowl, theta, n_steps=N_STEPS, first_order=False)[1].sum()

    got = grad(total)(there(optimiser(), device), randn(3).to(device))
    assert_same(back(got), grad(total)(optimiser(), randn(3)), rtol=1e-10, atol=1e-11)


def test_cpu_and_device_agree_on_a_meta_lstm(device):
    def objective(params, start, episodes):
        how = {"n_steps": N_STEPS, "first_order": False}
        return meta_lstm_loss(params, regression, start, episodes, **how)

    episodes = regression_tasks(3)
    got = grad(objective)(there(gates(), device), there(learner(), device), episodes.to(device))
    expected = grad(objective)(gates(), learner(), episodes)
    assert_same(back(got), expected, rtol=1e-10, atol=1e-11)


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


def zeros(*shape):
    return torch.zeros(shape, dtype=torch.float64)


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


@pytest.mark.parametrize("shape", [(4,), (2, 4), (3, 1, 4)])
def test_a_learned_update_refuses_a_state_for_other_coordinates(shape):
    with pytest.raises(ValueError, match=r"every coordinate needs a state: gradient \(3,\), h"):
        learned_update(optimiser(), zeros(3), (zeros(*shape), zeros(*shape)))


def test_a_learned_update_refuses_a_head_with_two_outputs():
    with pytest.raises(ValueError, match=r"head.bias must be \(1,\), for one step, got \(2,\)"):
        learned_update(network(2, 4, 2), zeros(3), (zeros(3, 4), zeros(3, 4)))


def test_a_learned_update_refuses_weights_that_read_something_else():
    with pytest.raises(ValueError, match=r"x must be \(…, 3\) for these weights, got \(3, 2\)"):
        learned_update(network(3, 4, 1), zeros(3), (zeros(3, 4), zeros(3, 4)))


@pytest.mark.parametrize("theta", [zeros(), zeros(2, 3)])
def test_optimising_refuses_a_start_that_is_no_vector(theta):
    with pytest.raises(ValueError, match=r"theta must be a vector, \(n,\), got"):
        optimise(optimiser(), torch.sum, theta, n_steps=1)


def test_a_negative_number_of_steps_is_refused():
    with pytest.raises(ValueError, match="n_steps must be 0 or more, got -1"):
        optimise(optimiser(), bowl, zeros(3), n_steps=-1)
    x, y, *_ = tasks_of(regression_tasks(1))[0]
    with pytest.raises(ValueError, match="n_steps must be 0 or more, got -1"):
        meta_lstm_adapt(gates(), regression, learner(), x, y, n_steps=-1)


@pytest.mark.parametrize("wrong", ["gradient", "f", "i"])
@pytest.mark.parametrize("shape", [(), (4,), (1,), (3, 1), (2, 3)])
def test_a_step_of_the_meta_lstm_names_what_is_not_like_theta(wrong, shape):
    parts = {name: zeros(3) for name in ("gradient", "f", "i")} | {wrong: zeros(*shape)}
    state = parts["f"], parts["i"]
    with pytest.raises(ValueError, match=rf"theta is \(3,\); of another shape: .*'{wrong}'"):
        meta_lstm_step(gates(), zeros(3), parts["gradient"], zeros(), state)


@pytest.mark.parametrize("loss", [zeros(1), zeros(3)])
def test_a_step_of_the_meta_lstm_refuses_a_loss_that_is_no_scalar(loss):
    with pytest.raises(ValueError, match=r"loss must be a scalar, \(\), got"):
        meta_lstm_step(gates(), zeros(3), zeros(3), loss, (zeros(3), zeros(3)))
