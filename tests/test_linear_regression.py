"""The kernel of chapter 02 against closed forms, finite differences and autograd."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from metacourse import linear_regression as linreg
from metacourse.episodes import Episode

SIZES = st.integers(1, 6)
STEPS = st.integers(0, 7)
EXACT = {"rtol": 1e-10, "atol": 1e-10}


def random_task(n_points, n_features, *batch, seed=0):
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    theta = torch.randn(n_features, **options)
    x = torch.randn(*batch, n_points, n_features, **options)
    return theta, x, torch.randn(*batch, n_points, **options)


def random_episodes(n_tasks, n_support, n_query, n_features, seed=0):
    theta, x_support, y_support = random_task(n_support, n_features, n_tasks, seed=seed)
    _, x_query, y_query = random_task(n_query, n_features, n_tasks, seed=seed + 1)
    return theta, Episode(x_support, y_support, x_query, y_query)


def one_task(episodes, index=0):
    return Episode(*(part[index] for part in episodes))


def finite_differences(function, theta, step=1e-6):
    """Central differences of a scalar function, one coordinate at a time."""
    shifts = step * torch.eye(len(theta), dtype=theta.dtype)
    return torch.stack([(function(theta + s) - function(theta - s)) / (2 * step) for s in shifts])


def maml_objective(theta, episodes, **steps):
    x_support, y_support, x_query, y_query = episodes
    return linreg.loss(linreg.adapt(theta, x_support, y_support, **steps), x_query, y_query).mean()


def test_the_loss_of_a_hand_made_example():
    x = torch.tensor([[1.0, 1.0], [2.0, 1.0]])
    y = torch.tensor([1.0, 5.0])
    assert linreg.loss(torch.tensor([1.0, 0.0]), x, y).item() == 4.5  # errors 0 and −3


@given(n_points=SIZES, n_features=SIZES)
@settings(max_examples=20, deadline=None)
def test_the_gradient_agrees_with_finite_differences_and_autograd(n_points, n_features):
    theta, x, y = random_task(n_points, n_features)
    exact = linreg.gradient(theta, x, y)
    numeric = finite_differences(lambda t: linreg.loss(t, x, y), theta)
    torch.testing.assert_close(exact, numeric, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(exact, torch.func.grad(linreg.loss)(theta, x, y), **EXACT)


def test_the_hessian_is_the_jacobian_of_the_gradient():
    theta, x, y = random_task(5, 3)
    jacobian = torch.func.jacrev(linreg.gradient)(theta, x, y)
    torch.testing.assert_close(linreg.hessian(x), jacobian, **EXACT)


@given(n_points=SIZES, n_features=SIZES, n_steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_the_closed_form_arrives_where_the_steps_arrive(n_points, n_features, n_steps):
    theta, x, y = random_task(n_points, n_features)
    steps = {"lr_inner": 0.05, "n_steps": n_steps}
    torch.testing.assert_close(
        linreg.adapt_closed_form(theta, x, y, **steps), linreg.adapt(theta, x, y, **steps), **EXACT
    )


def test_no_step_leaves_theta_alone():
    theta, x, y = random_task(4, 3)
    assert torch.equal(linreg.adapt(theta, x, y, lr_inner=0.3, n_steps=0), theta)


@pytest.mark.parametrize("n_steps", [0, 1, 2])
def test_one_start_for_a_batch_of_tasks_becomes_one_theta_a_task(n_steps):
    theta, x, y = random_task(4, 3, 5)
    adapted = linreg.adapt(theta, x, y, lr_inner=0.1, n_steps=n_steps)
    assert adapted.shape == (5, 3)
    for one, x_one, y_one in zip(adapted, x, y, strict=True):
        alone = linreg.adapt(theta, x_one, y_one, lr_inner=0.1, n_steps=n_steps)
        torch.testing.assert_close(one, alone, **EXACT)


def test_directions_without_curvature_never_move():
    theta, x, y = random_task(1, 3)
    adapted = linreg.adapt_closed_form(theta, x, y, lr_inner=0.1, n_steps=500)
    flat = torch.eye(3, dtype=x.dtype) - torch.linalg.pinv(x) @ x  # projects onto the null space
    torch.testing.assert_close(flat @ adapted, flat @ theta, **EXACT)
    torch.testing.assert_close(linreg.predict(adapted, x), y, **EXACT)


@pytest.mark.parametrize(("fraction", "shrinks"), [(0.99, True), (1.01, False)])
def test_descent_converges_below_two_over_the_largest_eigenvalue_only(fraction, shrinks):
    theta, x, y = random_task(6, 3)
    rate = fraction * 2 / torch.linalg.eigvalsh(linreg.hessian(x)).max()
    adapted = linreg.adapt(theta, x, y, lr_inner=rate, n_steps=500)
    assert bool(linreg.loss(adapted, x, y) < linreg.loss(theta, x, y)) is shrinks


@pytest.mark.parametrize("n_support", [1, 2, 5])
@pytest.mark.parametrize("n_steps", [0, 1, 4])
def test_the_meta_gradient_agrees_with_finite_differences_and_autograd(n_support, n_steps):
    theta, episodes = random_episodes(1, n_support, 4, 3)
    steps = {"lr_inner": 0.1, "n_steps": n_steps}
    exact = linreg.meta_gradient(theta, one_task(episodes), **steps)

    def objective(theta):
        return maml_objective(theta, episodes, **steps)

    torch.testing.assert_close(exact, torch.func.grad(objective)(theta), **EXACT)
    numeric = finite_differences(objective, theta)
    torch.testing.assert_close(exact, numeric, rtol=1e-6, atol=1e-6)


def test_unrolled_adaptation_passes_gradcheck_in_every_argument():
    theta, x, y = (part.requires_grad_() for part in random_task(3, 2))
    assert torch.autograd.gradcheck(
        lambda theta, x, y: linreg.adapt(theta, x, y, lr_inner=0.1, n_steps=3), (theta, x, y)
    )


@pytest.mark.parametrize("n_support", [1, 4])
@pytest.mark.parametrize("n_steps", [0, 1, 3])
def test_the_gradient_of_mamls_objective_vanishes_at_its_optimum(n_support, n_steps):
    theta, episodes = random_episodes(7, n_support, 5, 3)
    steps = {"lr_inner": 0.1, "n_steps": n_steps}
    optimum = linreg.maml_optimum(episodes, **steps)
    rest = linreg.meta_gradient(optimum, episodes, **steps).mean(0)
    torch.testing.assert_close(rest, torch.zeros_like(rest), **EXACT)
    assert maml_objective(optimum, episodes, **steps) < maml_objective(theta, episodes, **steps)


def test_the_adapted_losses_of_a_batch_have_mamls_objective_as_their_mean():
    theta, episodes = random_episodes(7, 2, 5, 3)
    steps = {"lr_inner": 0.1, "n_steps": 2}
    losses = linreg.adapted_loss(theta, episodes, **steps)
    assert losses.shape == (7,)
    assert losses.mean() == maml_objective(theta, episodes, **steps)
    assert losses[3] == pytest.approx(
        linreg.adapted_loss(theta, one_task(episodes, 3), **steps).item(), rel=1e-12
    )


@pytest.mark.parametrize("n_steps", [0, 1, 3])
def test_mamls_objective_is_a_linear_regression_on_warped_data(n_steps):
    theta, episodes = random_episodes(7, 2, 5, 3)
    steps = {"lr_inner": 0.1, "n_steps": n_steps}
    x, y = linreg.maml_regression(episodes, **steps)
    objective = maml_objective(theta, episodes, **steps)
    torch.testing.assert_close(linreg.loss(theta, x, y), objective, **EXACT)
    mean_gradient = linreg.meta_gradient(theta, episodes, **steps).mean(0)
    torch.testing.assert_close(linreg.gradient(theta, x, y), mean_gradient, **EXACT)


def test_the_outer_loop_ends_at_the_optimum():
    theta, episodes = random_episodes(7, 3, 5, 3)
    steps = {"lr_inner": 0.1, "n_steps": 2}
    trained = linreg.maml(theta, episodes, **steps, lr_outer=0.1, n_outer=3000)
    torch.testing.assert_close(trained, linreg.maml_optimum(episodes, **steps), **EXACT)


def test_an_outer_step_goes_down_the_mean_of_the_meta_gradients():
    theta, episodes = random_episodes(4, 3, 5, 2)
    steps = {"lr_inner": 0.1, "n_steps": 2}
    downhill = linreg.meta_gradient(theta, episodes, **steps).mean(0)
    moved = linreg.maml(theta, episodes, **steps, lr_outer=0.3, n_outer=1)
    torch.testing.assert_close(moved, theta - 0.3 * downhill, **EXACT)


@pytest.mark.parametrize("n_steps", [0, 1, 3])
def test_the_first_order_gradient_vanishes_at_its_resting_place(n_steps):
    _, episodes = random_episodes(7, 2, 5, 3)
    place = linreg.first_order_optimum(episodes, lr_inner=0.1, n_steps=n_steps)
    adapted = linreg.adapt(place, *episodes[:2], lr_inner=0.1, n_steps=n_steps)
    rest = linreg.gradient(adapted, *episodes[2:]).mean(0)
    torch.testing.assert_close(rest, torch.zeros_like(rest), **EXACT)


def test_joint_training_is_ordinary_least_squares_on_all_query_points():
    _, episodes = random_episodes(5, 3, 4, 2)
    pooled = torch.linalg.lstsq(
        episodes.x_query.flatten(0, 1), episodes.y_query.flatten().unsqueeze(-1)
    ).solution.squeeze(-1)
    torch.testing.assert_close(linreg.joint_optimum(episodes), pooled, **EXACT)


def shared_inputs(n_tasks, noise, seed=0):
    """Tasks that share their inputs, hence their Hessian; labels are linear plus noise."""
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    x = torch.randn(6, 2, **options).expand(n_tasks, 6, 2)
    y = linreg.predict(torch.randn(n_tasks, 2, **options), x)
    noisy = [y + noise * torch.randn(y.shape, **options) for _ in range(2)]
    return Episode(x, noisy[0], x, noisy[1])


def test_with_equal_curvature_and_no_noise_maml_and_joint_training_agree():
    episodes = shared_inputs(20, noise=0.0)
    maml = linreg.maml_optimum(episodes, lr_inner=0.2, n_steps=2)
    torch.testing.assert_close(maml, linreg.joint_optimum(episodes), **EXACT)


def test_with_different_curvature_maml_and_joint_training_part():
    _, episodes = random_episodes(20, 3, 5, 2)
    maml = linreg.maml_optimum(episodes, lr_inner=0.2)
    assert (maml - linreg.joint_optimum(episodes)).norm() > 0.05


@pytest.mark.parametrize("n_points", [1, 5])
def test_the_map_estimate_minimises_the_loss_plus_the_prior(n_points):
    theta, x, y = random_task(n_points, 3)
    estimate = linreg.map_estimate(theta, x, y, precision=0.7)
    pull = linreg.gradient(estimate, x, y) + 0.7 * (estimate - theta)
    torch.testing.assert_close(pull, torch.zeros(3, dtype=x.dtype), **EXACT)


def test_a_batch_of_tasks_equals_a_loop_over_them_and_vmap():
    theta, episodes = random_episodes(4, 3, 5, 2)
    steps = {"lr_inner": 0.1, "n_steps": 2}
    batch = linreg.meta_gradient(theta, episodes, **steps)
    loop = torch.stack(
        [linreg.meta_gradient(theta, one_task(episodes, i), **steps) for i in range(4)]
    )
    mapped = torch.func.vmap(lambda e: linreg.meta_gradient(theta, e, **steps))(episodes)
    torch.testing.assert_close(batch, loop, **EXACT)
    torch.testing.assert_close(batch, mapped, **EXACT)


def test_every_function_keeps_device_and_dtype(device):
    theta, episodes = random_episodes(3, 2, 4, 2)
    steps = {"lr_inner": 0.1, "n_steps": 2}
    theta_there = theta.to(device, torch.float32)
    episodes_there = Episode(*(part.to(device, torch.float32) for part in episodes))
    for function, reference in [
        (linreg.meta_gradient(theta_there, episodes_there, **steps),
         linreg.meta_gradient(theta, episodes, **steps)),
        (linreg.maml_optimum(episodes_there, **steps), linreg.maml_optimum(episodes, **steps)),
    ]:  # fmt: skip
        assert function.dtype == torch.float32
        assert function.device.type == torch.device(device).type
        torch.testing.assert_close(function.cpu().double(), reference, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("theta", "x", "y", "message"),
    [
        ((3,), (4, 2), (4,), "theta and x must agree in D"),
        ((2,), (2,), (4,), "theta and x must agree in D"),
        ((2,), (4, 2), (5,), "y must have one value per point"),
        ((2,), (4, 2), (4, 1), "y must have one value per point"),
        ((2,), (0, 2), (0,), "x has no points"),
    ],
)
def test_shapes_that_cannot_be_right_are_named(theta, x, y, message):
    arguments = [torch.zeros(shape) for shape in (theta, x, y)]
    for function in (linreg.loss, linreg.gradient):
        with pytest.raises(ValueError, match=message):
            function(*arguments)
    with pytest.raises(ValueError, match=message):
        linreg.adapt_closed_form(*arguments, lr_inner=0.1)


def test_episodes_that_cannot_be_right_are_named():
    _, episodes = random_episodes(3, 4, 5, 2)
    with pytest.raises(ValueError, match="episodes needs a task axis"):
        linreg.maml_optimum(one_task(episodes), lr_inner=0.1)
    with pytest.raises(ValueError, match="episodes needs a task axis"):
        linreg.maml(torch.zeros(2), one_task(episodes), lr_inner=0.1, lr_outer=0.1, n_outer=1)
    with pytest.raises(ValueError, match="y must have one value per point"):
        linreg.maml_optimum(episodes._replace(y_query=torch.zeros(3, 1)), lr_inner=0.1)


def test_a_negative_number_of_steps_is_refused():
    theta, x, y = random_task(4, 2)
    for function in (linreg.adapt, linreg.adapt_closed_form):
        with pytest.raises(ValueError, match="n_steps must be 0 or more, got -1"):
            function(theta, x, y, lr_inner=0.1, n_steps=-1)
