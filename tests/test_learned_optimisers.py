"""Learned optimisers against torch.optim, hand-written loops and differences.

Every reference is written here anew: plain loops over coordinates and steps.
"""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck
from torch.func import grad, vmap

from metacourse.learned_optimisers import (
    LOG_SCALE,
    UPDATE_SCALE,
    init_meta_lstm,
    learned_update,
    meta_lstm_adapt,
    meta_lstm_loss,
    meta_lstm_step,
    optimise,
    preprocess,
)
from metacourse.lstm import (
    init_lstm,
    start_state,
)
from tests.lstm_problems import (
    N_STEPS,
    SMALLEST,
    as_params,
    assert_same,
    back,
    bowl,
    finite_differences,
    flat,
    gates,
    gates_like_sgd,
    learner,
    leaves,
    network,
    optimiser,
    randn,
    regression,
    regression_tasks,
    seeded,
    slope,
    tasks_of,
    there,
    torch_cell,
    zeros,
)

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

    path = optimise(cast(optimiser()), bowl, randn(3).to(dtype), n_steps=2)
    xs, ys, *_ = (part.to(dtype) for part in tasks_of(regression_tasks(1))[0])
    adapted = meta_lstm_adapt(cast(gates()), regression, cast(learner()), xs, ys, n_steps=2)
    for result in *path, *adapted.values():
        assert result.dtype == dtype
        assert result.isfinite().all()


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


# what cannot be right is refused -----------------------------------------------------------------


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
