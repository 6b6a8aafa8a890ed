"""The kernel of chapter 03 against chapter 02's closed forms, finite differences and autograd."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import grad, jacrev
from torch.nn import functional as F

from metacourse import linear_regression as lr
from metacourse.episodes import Episode
from metacourse.maml import (
    anil_loss,
    inner_adapt,
    losses_by_step,
    maml_loss,
    maml_step,
    meta_sgd_step,
    reptile_step,
    train_maml,
)
from metacourse.nets import convnet, init_convnet, init_mlp, mlp
from metacourse.tasks.sinusoids import sample_sinusoids

EXACT = {"rtol": 1e-10, "atol": 1e-10}
STEPS = [0, 1, 2, 5]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def linear_loss(params, x, y):
    return lr.loss(params["theta"], x, y)


def mse(params, x, y):
    """A smooth network: finite differences need second derivatives."""
    hidden = torch.tanh(x @ params["inward"].mT)
    return (hidden @ params["outward"] - y).square().mean()


def absolute_answer(params, x, y):
    """Linear in the parameters, so without curvature, and different for each task."""
    return (x @ params["w"] * y).mean()


def random_episodes(*, n_tasks=3, n_support=4, n_query=5):
    options = {"generator": seeded(), "dtype": torch.float64}
    x = torch.randn(n_tasks, n_support + n_query, 2, **options)
    y = torch.randn(n_tasks, n_support + n_query, **options)
    return Episode(x[:, :n_support], y[:, :n_support], x[:, n_support:], y[:, n_support:])


def network(seed=1):
    generator = seeded(seed)
    return {
        "inward": torch.randn(3, 2, generator=generator, dtype=torch.float64),
        "outward": torch.randn(3, generator=generator, dtype=torch.float64),
    }


def line(seed=1):
    return {"theta": torch.randn(2, generator=seeded(seed), dtype=torch.float64)}


def tasks_of(episodes):
    return [Episode(*parts) for parts in zip(*episodes, strict=True)]


def flat(params):
    return torch.cat([tensor.flatten() for tensor in params.values()])


def unflat(vector, like):
    sizes = [tensor.numel() for tensor in like.values()]
    pieces = zip(like, vector.split(sizes), strict=True)
    return {name: piece.view(like[name].shape) for name, piece in pieces}


def meta_gradient(loss_fn, params, episodes, **steps):
    return grad(lambda params: maml_loss(loss_fn, params, episodes, **steps))(params)


def finite_differences(function, params, step=1e-6):
    """Central differences of a scalar function of params, as one vector."""
    vector = flat(params)
    shifts = step * torch.eye(len(vector), dtype=vector.dtype)
    rises = [
        function(unflat(vector + s, params)) - function(unflat(vector - s, params)) for s in shifts
    ]
    return torch.stack(rises) / (2 * step)


def assert_same(first, second, **tolerance):
    assert first.keys() == second.keys()
    for name in first:
        torch.testing.assert_close(first[name], second[name], **(tolerance or EXACT))


# the inner loop ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n_steps", STEPS)
def test_on_a_linear_model_the_inner_loop_is_chapter_02s(n_steps):
    task, params = tasks_of(random_episodes())[0], line()
    adapted = inner_adapt(linear_loss, params, *task[:2], lr_inner=0.1, n_steps=n_steps)
    expected = lr.adapt_closed_form(params["theta"], *task[:2], lr_inner=0.1, n_steps=n_steps)
    torch.testing.assert_close(adapted["theta"], expected, **EXACT)


@pytest.mark.parametrize("n_steps", STEPS)
def test_the_adapted_parameters_move_with_the_start_by_the_factor_of_chapter_02(n_steps):
    task, params = tasks_of(random_episodes())[0], line()
    steps = {"lr_inner": 0.1, "n_steps": n_steps}
    moves = jacrev(lambda p: inner_adapt(linear_loss, p, *task[:2], **steps)["theta"])(params)
    torch.testing.assert_close(moves["theta"], lr.contraction(task.x_support, **steps), **EXACT)


def test_first_order_adapts_to_the_same_place_and_counts_as_a_mere_shift():
    task, params = tasks_of(random_episodes())[0], network()
    steps = {"lr_inner": 0.1, "n_steps": 3}

    def adapt(params, first_order):
        return inner_adapt(mse, params, *task[:2], **steps, first_order=first_order)

    assert_same(adapt(params, True), adapt(params, False))
    moves = jacrev(lambda v: flat(adapt(unflat(v, params), True)))(flat(params))
    torch.testing.assert_close(moves, torch.eye(len(moves), dtype=moves.dtype))


def test_one_rate_for_every_weight_is_the_rate_as_a_number():
    task, params = tasks_of(random_episodes())[0], network()
    rates = {name: torch.full_like(tensor, 0.1) for name, tensor in params.items()}
    with_rates = inner_adapt(mse, params, *task[:2], lr_inner=rates, n_steps=3)
    assert_same(with_rates, inner_adapt(mse, params, *task[:2], lr_inner=0.1, n_steps=3))


def test_a_weight_whose_rate_is_zero_stays_where_it_is():
    task, params = tasks_of(random_episodes())[0], network()
    rates = {"inward": 0.0, "outward": 0.1}
    adapted = inner_adapt(mse, params, *task[:2], lr_inner=rates, n_steps=3)
    assert torch.equal(adapted["inward"], params["inward"])
    assert not torch.equal(adapted["outward"], params["outward"])


def test_adapting_leaves_the_start_unchanged():
    task, params = tasks_of(random_episodes())[0], network()
    before = {name: tensor.clone() for name, tensor in params.items()}
    inner_adapt(mse, params, *task[:2], lr_inner=0.1, n_steps=2)
    assert all(torch.equal(params[name], before[name]) for name in params)


def test_adapting_without_a_graph_arrives_at_the_same_place():
    task, params = tasks_of(random_episodes())[0], network()
    with torch.no_grad():
        without = inner_adapt(mse, params, *task[:2], lr_inner=0.1, n_steps=2)
    assert_same(without, inner_adapt(mse, params, *task[:2], lr_inner=0.1, n_steps=2))
    assert not any(tensor.requires_grad for tensor in without.values())


# the objective and its gradient ------------------------------------------------------------------


@pytest.mark.parametrize("n_steps", STEPS)
def test_the_meta_gradient_of_a_linear_model_is_the_closed_form(n_steps):
    episodes, params = random_episodes(), line()
    steps = {"lr_inner": 0.1, "n_steps": n_steps}
    got = meta_gradient(linear_loss, params, episodes, **steps)["theta"]
    expected = lr.meta_gradient(params["theta"], episodes, **steps).mean(0)
    torch.testing.assert_close(got, expected, **EXACT)


@pytest.mark.parametrize("n_steps", STEPS)
def test_the_meta_gradient_of_a_network_is_that_of_finite_differences(n_steps):
    episodes, params = random_episodes(), network()
    steps = {"lr_inner": 0.1, "n_steps": n_steps}
    got = flat(meta_gradient(mse, params, episodes, **steps))
    expected = finite_differences(lambda p: maml_loss(mse, p, episodes, **steps), params)
    torch.testing.assert_close(got, expected, rtol=1e-6, atol=1e-8)


def test_first_and_second_derivatives_pass_gradcheck():
    episodes, params = random_episodes(n_tasks=2), network()

    def objective(*tensors):
        start = dict(zip(params, tensors, strict=True))
        return maml_loss(mse, start, episodes, lr_inner=0.1, n_steps=2)

    tensors = tuple(tensor.requires_grad_() for tensor in params.values())
    assert torch.autograd.gradcheck(objective, tensors)
    assert torch.autograd.gradgradcheck(objective, tensors)


def test_the_gradient_with_respect_to_the_rates_is_that_of_finite_differences():
    episodes, params = random_episodes(), network()
    rates = {name: torch.full_like(tensor, 0.1) for name, tensor in params.items()}

    def objective(rates):
        return maml_loss(mse, params, episodes, lr_inner=rates, n_steps=2)

    expected = finite_differences(objective, rates)
    torch.testing.assert_close(flat(grad(objective)(rates)), expected, rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(0, 3))
def test_a_batch_of_tasks_is_a_loop_over_them(n_tasks, n_support, n_query, n_steps):
    episodes = random_episodes(n_tasks=n_tasks, n_support=n_support, n_query=n_query)
    params = {name: tensor.requires_grad_() for name, tensor in network().items()}
    losses = []
    for x_support, y_support, x_query, y_query in tasks_of(episodes):
        adapted = params
        for _ in range(n_steps):
            loss = mse(adapted, x_support, y_support)
            gradients = torch.autograd.grad(loss, list(adapted.values()), create_graph=True)
            steps = zip(adapted.items(), gradients, strict=True)
            adapted = {name: tensor - 0.1 * gradient for (name, tensor), gradient in steps}
        losses.append(mse(adapted, x_query, y_query))
    expected = torch.stack(losses).mean()
    got = maml_loss(mse, params, episodes, lr_inner=0.1, n_steps=n_steps)
    torch.testing.assert_close(got, expected, **EXACT)
    assert_same(
        dict(zip(params, torch.autograd.grad(got, list(params.values())), strict=True)),
        dict(zip(params, torch.autograd.grad(expected, list(params.values())), strict=True)),
    )


def test_the_losses_by_step_are_those_of_adapting_for_so_many_steps():
    params, (task, *_) = network(), tasks_of(random_episodes())
    found = losses_by_step(mse, params, task, rates=[0.1] * 3)
    for k in range(4):
        adapted = inner_adapt(mse, params, *task[:2], lr_inner=0.1, n_steps=k)
        assert_same({"": found[k]}, {"": mse(adapted, *task[2:])}, **EXACT)


def test_each_of_the_losses_by_step_has_a_rate_of_its_own():
    params, (task, *_) = network(), tasks_of(random_episodes())
    found = losses_by_step(mse, params, task, rates=[0.1, {"inward": 0.0, "outward": 0.2}])
    adapted = inner_adapt(mse, params, *task[:2], lr_inner=0.1)
    adapted = inner_adapt(mse, adapted, *task[:2], lr_inner={"inward": 0.0, "outward": 0.2})
    assert_same({"": found[2]}, {"": mse(adapted, *task[2:])}, **EXACT)


def test_first_order_is_exact_where_the_loss_has_no_curvature():
    episodes = random_episodes()
    params = {"w": torch.tensor([1.0, -2.0], dtype=torch.float64)}
    steps = {"lr_inner": 0.1, "n_steps": 3}
    exact = meta_gradient(absolute_answer, params, episodes, **steps)
    assert_same(exact, meta_gradient(absolute_answer, params, episodes, **steps, first_order=True))


def test_first_order_differs_from_exact_where_the_loss_is_curved():
    episodes, params = random_episodes(), network()
    exact = flat(meta_gradient(mse, params, episodes, lr_inner=0.1))
    first = flat(meta_gradient(mse, params, episodes, lr_inner=0.1, first_order=True))
    assert (exact - first).norm() > 0.01 * exact.norm()


def test_first_order_takes_the_query_gradient_at_the_adapted_parameters():
    episodes, params = random_episodes(n_tasks=1), network()
    (task,) = tasks_of(episodes)
    adapted = inner_adapt(mse, params, *task[:2], lr_inner=0.1, n_steps=2)
    steps = {"lr_inner": 0.1, "n_steps": 2, "first_order": True}
    assert_same(meta_gradient(mse, params, episodes, **steps), grad(mse)(adapted, *task[2:]))


def test_no_inner_step_is_joint_training():
    episodes, params = random_episodes(), network()
    expected = torch.stack([mse(params, *task[2:]) for task in tasks_of(episodes)]).mean()
    got = maml_loss(mse, params, episodes, lr_inner=0.1, n_steps=0)
    torch.testing.assert_close(got, expected, **EXACT)


def test_the_kernel_takes_a_convolutional_network(device):
    generator = seeded()
    params = init_convnet(n_filters=8, n_blocks=2, generator=generator)
    params["head"] = 0.01 * torch.randn(5, 8 * 49, generator=generator)
    images = torch.rand(2, 10, 28, 28, generator=generator)
    labels = torch.arange(5).repeat(2, 2)
    episodes = Episode(images[:, :5], labels[:, :5], images[:, 5:], labels[:, 5:]).to(device)
    params = {name: tensor.to(device).requires_grad_() for name, tensor in params.items()}

    def cross_entropy(params, x, y):
        body = {name: tensor for name, tensor in params.items() if name != "head"}
        return F.cross_entropy(convnet(body, x) @ params["head"].T, y)

    loss = maml_loss(cross_entropy, params, episodes, lr_inner=0.05, n_steps=2)
    loss.backward()
    assert loss.device.type == device.type
    assert all(tensor.grad.isfinite().all() for tensor in params.values())


def test_cpu_and_device_agree(device):
    episodes, params = random_episodes(), network()
    there = {name: tensor.to(device) for name, tensor in params.items()}
    steps = {"lr_inner": 0.1, "n_steps": 3}
    got = meta_gradient(mse, there, episodes.to(device), **steps)
    got = {name: tensor.cpu() for name, tensor in got.items()}
    assert_same(got, meta_gradient(mse, params, episodes, **steps))


# outer steps -------------------------------------------------------------------------------------


def test_an_outer_step_follows_the_meta_gradient():
    episodes = random_episodes()
    params = {name: tensor.requires_grad_() for name, tensor in network().items()}
    steps = {"lr_inner": 0.1, "n_steps": 2}
    gradient = meta_gradient(mse, network(), episodes, **steps)
    loss = maml_step(mse, params, torch.optim.SGD(params.values(), lr=0.5), episodes, **steps)
    expected = {name: tensor - 0.5 * gradient[name] for name, tensor in network().items()}
    assert_same({name: tensor.detach() for name, tensor in params.items()}, expected)
    assert loss == maml_loss(mse, network(), episodes, **steps)
    assert not loss.requires_grad


def test_an_outer_step_learns_the_rates_that_the_optimizer_holds():
    episodes = random_episodes()
    params = {name: tensor.requires_grad_() for name, tensor in network().items()}
    rates = {name: torch.full_like(t, 0.1).requires_grad_() for name, t in params.items()}
    optimizer = torch.optim.SGD([*params.values(), *rates.values()], lr=0.5)
    maml_step(mse, params, optimizer, episodes, lr_inner=rates)
    start = {name: torch.full_like(tensor, 0.1) for name, tensor in network().items()}
    moved = meta_sgd_step(mse, network(), start, episodes, lr_outer=0.5)
    assert_same({name: tensor.detach() for name, tensor in params.items()}, moved[0])
    assert_same({name: tensor.detach() for name, tensor in rates.items()}, moved[1])


def test_outer_steps_lower_the_objective_on_sinusoids(generator):
    params = {n: t.requires_grad_() for n, t in init_mlp([1, 20, 20, 1], generator).items()}
    optimizer = torch.optim.Adam(params.values(), lr=1e-2)

    def network_loss(params, x, y):
        return (mlp(params, x) - y).square().mean()

    losses = []
    for _ in range(100):
        episodes = sample_sinusoids(10, n_shot=10, generator=generator)
        losses.append(maml_step(network_loss, params, optimizer, episodes, lr_inner=0.01).item())
    assert sum(losses[-20:]) < 0.8 * sum(losses[:20])


def test_reptile_moves_towards_the_mean_of_the_adapted_parameters():
    episodes, params = random_episodes(), network()
    moved = reptile_step(mse, params, episodes, lr_inner=0.1, lr_outer=0.3, n_steps=4)
    x = torch.cat([episodes.x_support, episodes.x_query], 1)
    y = torch.cat([episodes.y_support, episodes.y_query], 1)
    ends = [inner_adapt(mse, params, *xy, lr_inner=0.1, n_steps=4) for xy in zip(x, y, strict=True)]
    for name, start in params.items():
        mean = torch.stack([end[name] for end in ends]).mean(0)
        torch.testing.assert_close(moved[name], 0.7 * start + 0.3 * mean, **EXACT)


def test_reptile_with_one_inner_step_is_joint_training():
    episodes, params = random_episodes(), network()
    moved = reptile_step(mse, params, episodes, lr_inner=0.1, lr_outer=0.3, n_steps=1)
    together = Episode(
        *episodes[:2],
        torch.cat([episodes.x_support, episodes.x_query], 1),
        torch.cat([episodes.y_support, episodes.y_query], 1),
    )
    joint = meta_gradient(mse, params, together, lr_inner=0.1, n_steps=0)
    assert_same(moved, {name: tensor - 0.03 * joint[name] for name, tensor in params.items()})


# ANIL ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_steps", STEPS)
def test_anil_is_maml_with_a_rate_of_0_for_the_body(n_steps):
    params, episodes = network(), random_episodes()
    rates = {"inward": 0.0, "outward": 0.1}
    ways = (
        grad(
            lambda p: anil_loss(mse, p, episodes, head=["outward"], lr_inner=0.1, n_steps=n_steps)
        ),
        grad(lambda p: maml_loss(mse, p, episodes, lr_inner=rates, n_steps=n_steps)),
    )
    head_only, with_rates = (way(params) for way in ways)
    assert_same(head_only, with_rates)
    assert all(gradient.abs().sum() > 0 for gradient in head_only.values())


def test_a_head_that_params_lack_is_refused():
    with pytest.raises(ValueError, match="head has names that params lack: bias"):
        anil_loss(mse, network(), random_episodes(), head=["outward", "bias"], lr_inner=0.1)


# what cannot be right is refused -----------------------------------------------------------------


def adapt_with(**changes):
    task = tasks_of(random_episodes())[0]
    arguments = {"params": network(), "x_support": task.x_support, "y_support": task.y_support}
    options = {"lr_inner": 0.1, "n_steps": 1}
    return inner_adapt(changes.pop("loss_fn", mse), **(arguments | options | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"params": {}}, "params is empty"),
        ({"n_steps": -1}, "n_steps must be 0 or more, got -1"),
        ({"x_support": torch.zeros(0, 2), "y_support": torch.zeros(0)}, "x_support and y_support"),
        ({"y_support": torch.zeros(3)}, r"got \(4, 2\) and \(3,\)"),
        ({"lr_inner": {"inward": 0.1}}, "lr_inner must have the keys of params.*outward"),
        ({"lr_inner": {"inward": 0.1, "outward": 0.1, "bias": 0.1}}, "lr_inner.*bias"),
        ({"loss_fn": lambda p, x, y: x @ p["inward"].mT}, r"scalar, \(\); it returned \(4, 3\)"),
    ],
)
def test_adapting_says_what_cannot_be_right(changes, message):
    with pytest.raises(ValueError, match=message):
        adapt_with(**changes)


@pytest.mark.parametrize(
    "outer",
    [
        lambda episodes: maml_loss(mse, network(), episodes, lr_inner=0.1),
        lambda episodes: reptile_step(
            mse, network(), episodes, lr_inner=0.1, lr_outer=0.1, n_steps=1
        ),
        lambda episodes: meta_sgd_step(mse, network(), network(), episodes, lr_outer=0.1),
    ],
)
@pytest.mark.parametrize("size", [slice(0, 0), slice(0, 2)])
def test_episodes_without_a_common_task_axis_are_refused(outer, size):
    episodes = random_episodes()
    wrong = episodes._replace(x_support=episodes.x_support[size])
    wrong = Episode(*(part[size] for part in wrong)) if size.stop == 0 else wrong
    with pytest.raises(ValueError, match="episodes need the same task axis B ≥ 1"):
        outer(wrong)


def test_a_query_loss_that_is_no_scalar_is_refused():
    with pytest.raises(ValueError, match=r"loss_fn must return a scalar"):
        maml_loss(
            lambda p, x, y: p["inward"], network(), random_episodes(), lr_inner=0.1, n_steps=0
        )


def test_training_is_gradient_descent_down_the_objective_on_new_batches():
    params, batches = {"slope": torch.zeros(1, dtype=torch.float64)}, []

    def loss_fn(params, x, y):
        return (x @ params["slope"] - y).square().mean()

    def sample(generator):
        def draw(*shape):
            return torch.randn(*shape, generator=generator, dtype=torch.float64)

        batches.append(Episode(draw(3, 4, 1), draw(3, 4), draw(3, 5, 1), draw(3, 5)))
        return batches[-1]

    rates, generator = {"lr_inner": 0.1, "n_steps": 2}, torch.Generator().manual_seed(0)
    arguments = {"lr_outer": 0.2, "n_outer": 3, "generator": generator}
    trained = train_maml(loss_fn, params, sample, **rates, **arguments)
    theta = {"slope": torch.zeros(1, dtype=torch.float64, requires_grad=True)}
    optimizer = torch.optim.SGD(theta.values(), lr=0.2)
    for batch in batches:
        maml_step(loss_fn, theta, optimizer, batch, **rates)
    assert len(batches) == 3
    torch.testing.assert_close(trained["slope"], theta["slope"].detach())
    assert params["slope"].item() == 0


def test_a_trained_start_holds_no_graph_of_the_steps_that_led_to_it():
    params = {"slope": torch.zeros(1, requires_grad=True)}

    def sample(generator):
        return Episode(*torch.randn(4, 2, 3, generator=generator))

    trained = train_maml(
        lambda params, x, y: (params["slope"] * x - y).square().mean(),
        params,
        sample,
        lr_inner=0.1,
        lr_outer=0.1,
        n_outer=2,
        generator=seeded(),
    )
    assert not trained["slope"].requires_grad
