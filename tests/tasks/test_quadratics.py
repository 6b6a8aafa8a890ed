from math import cos, pi, sin

import pytest
import torch
from torch.func import grad, jacrev, vmap

from metacourse.tasks.quadratics import (
    CURVATURES,
    Quadratic,
    plane_hessian,
    quadratic_loss,
    sample_quadratics,
)


def generator(seed=0, device="cpu"):
    return torch.Generator(device=device).manual_seed(seed)


def draw(n_tasks, n_dims=3, seed=0, **ranges) -> Quadratic:
    drawn = sample_quadratics(n_tasks, n_dims=n_dims, generator=generator(seed), **ranges)
    return Quadratic(*(part.double() for part in drawn))


@pytest.mark.parametrize("n_dims", [1, 2, 10])
def test_shapes_follow_tasks_and_dimensions(n_dims):
    shapes = [tuple(part.shape) for part in draw(4, n_dims)]
    assert shapes == [(4, n_dims, n_dims), (4, n_dims), (4, n_dims)]


def test_the_hessian_is_the_second_derivative_of_the_loss():
    task = Quadratic(*(part[0] for part in draw(1)))
    second = jacrev(grad(quadratic_loss))(task.start, task.hessian, task.minimum)
    torch.testing.assert_close(second, task.hessian, atol=1e-5, rtol=0)


def test_the_loss_and_its_gradient_are_zero_at_the_minimum_and_the_loss_is_positive_elsewhere():
    H, minimum, start = draw(50)
    gradients, losses = torch.func.grad_and_value(
        lambda theta: quadratic_loss(theta, H, minimum).sum()
    )(minimum)
    assert losses == 0
    assert not gradients.any()
    assert (quadratic_loss(start, H, minimum) > 0).all()


def test_the_loss_of_a_batch_is_the_loss_of_each_task():
    H, minimum, start = draw(5)
    batched = quadratic_loss(start, H, minimum)
    torch.testing.assert_close(batched, vmap(quadratic_loss)(start, H, minimum))
    by_hand = [0.5 * (s - m) @ h @ (s - m) for h, m, s in zip(H, minimum, start, strict=True)]
    torch.testing.assert_close(batched, torch.stack(by_hand))


def test_the_gradient_leads_to_the_minimum_in_one_step_of_newton():
    H, minimum, start = draw(5)
    gradient = vmap(grad(quadratic_loss))(start, H, minimum)
    torch.testing.assert_close(start - torch.linalg.solve(H, gradient), minimum, atol=1e-5, rtol=0)


@pytest.mark.parametrize("curvatures", [CURVATURES, (1.0, 1000.0), (2.0, 2.0)])
def test_curvatures_lie_in_their_range_and_are_log_uniform(curvatures):
    low, high = (torch.tensor(value, dtype=torch.float64).log() for value in curvatures)
    drawn = torch.linalg.eigvalsh(draw(3000, 2, curvatures=curvatures).hessian).log().flatten()
    assert drawn.min() >= low - 1e-3
    assert drawn.max() <= high + 1e-3
    shares = torch.tensor([0.01, 0.25, 0.5, 0.75, 0.99], dtype=torch.float64)
    expected = low + (high - low) * shares
    tolerance = 0.04 * (high - low).item() + 1e-3
    torch.testing.assert_close(torch.quantile(drawn, shares), expected, atol=tolerance, rtol=0)


def test_the_steepest_direction_is_any_direction():
    steepest = torch.linalg.eigh(draw(4000, 2).hessian).eigenvectors[:, :, -1]
    angles = torch.atan2(steepest[:, 1], steepest[:, 0]) % pi
    counts = torch.histc(angles, bins=8, min=0, max=pi) / 4000
    torch.testing.assert_close(counts, torch.full_like(counts, 1 / 8), atol=0.03, rtol=0)


def test_minimum_and_start_are_standard_normal_and_independent():
    _, minimum, start = draw(8000, 2)
    covariance = torch.cov(torch.cat([minimum, start], dim=1).T)
    torch.testing.assert_close(covariance, torch.eye(4).double(), atol=0.07, rtol=0)


def test_the_seed_decides_the_tasks():
    first, again, other = (draw(2, seed=seed) for seed in (0, 0, 1))
    assert all(map(torch.equal, first, again))
    assert not any(map(torch.equal, first, other))


def test_the_generator_decides_the_device(device):
    tasks = sample_quadratics(2, n_dims=3, generator=generator(device=device))
    assert {part.device.type for part in tasks} == {device.type}


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.0])
def test_a_valley_in_the_plane_is_flat_along_its_angle_and_steep_across(angle):
    H = plane_hessian(condition=50.0, angle=angle, steepest=4.0)
    along = torch.tensor([cos(angle), sin(angle)])
    across = torch.tensor([-sin(angle), cos(angle)])
    torch.testing.assert_close(H @ along, 4 / 50 * along, atol=1e-5, rtol=0)
    torch.testing.assert_close(H @ across, 4 * across)


@pytest.mark.parametrize(("condition", "steepest"), [(0.5, 1.0), (10.0, 0.0), (10.0, -1.0)])
def test_a_valley_that_cannot_be_is_refused(condition, steepest):
    with pytest.raises(ValueError, match="steepest must be > 0 and condition ≥ 1"):
        plane_hessian(condition=condition, angle=0.0, steepest=steepest)
