"""experiments.horizons: the noisy quadratic in closed form, and rates that look ahead."""

import pytest
import torch

from metacourse.experiments import horizons


def zeros():
    return torch.zeros_like(horizons.START)


def test_steps_at_once_are_as_many_steps_one_after_the_other():
    mean, variance = horizons.START, zeros()
    for _ in range(7):
        mean, variance = horizons.after(mean, variance, 0.3, 1)
    at_once = horizons.after(horizons.START, zeros(), 0.3, 7)
    torch.testing.assert_close(torch.stack(at_once), torch.stack([mean, variance]))


def test_the_expected_loss_is_the_mean_of_many_noisy_descents(generator):
    theta = horizons.START.repeat(200_000, 1)
    for _ in range(5):
        centre = torch.randn(theta.shape, generator=generator, dtype=theta.dtype)
        theta = theta - 0.4 * horizons.CURVATURES * (theta - centre)
    measured = 0.5 * (horizons.CURVATURES * theta**2).sum(-1).mean()
    expected = horizons.expected_loss(*horizons.after(horizons.START, zeros(), 0.4, 5))
    assert measured.item() == pytest.approx(expected.item(), rel=0.01)


def test_the_best_rate_of_one_step_is_where_its_loss_has_no_slope():
    mean, variance = horizons.START, zeros()
    rate = horizons.best_rate(mean, variance, 1)
    h, square = horizons.CURVATURES, mean**2 + variance
    closed = (h**2 * square).sum() / (h**3 * (square + horizons.NOISE)).sum()
    assert rate.item() == pytest.approx(closed.item(), rel=0.03)  # the rates are a grid


def test_at_the_start_both_directions_lose_alike():
    each = 0.5 * horizons.CURVATURES * horizons.START**2
    assert each[0].item() == pytest.approx(each[1].item())


def test_who_looks_one_step_ahead_is_ahead_at_first_and_behind_in_the_end():
    (near, near_losses), (far, far_losses) = map(horizons.with_horizon, (1, horizons.N_STEPS))
    assert len(near) == len(far) == horizons.N_STEPS
    assert near_losses[0] == far_losses[0] == 1
    assert near_losses[10] < far_losses[10]
    assert far_losses[-1] < 0.6 * near_losses[-1]
    assert near[20] < 0.5 * far[20]


def test_the_loss_at_the_end_is_that_of_step_after_step():
    rates = torch.linspace(0.9, 0.1, 7, dtype=torch.float64)
    state = horizons.START, zeros()
    for rate in rates:
        state = horizons.after(*state, rate, 1)
    torch.testing.assert_close(horizons.at_the_end(rates), horizons.expected_loss(*state))
    assert horizons.at_the_end(rates[:0]).item() == pytest.approx(1)


def test_rates_that_are_planned_together_end_far_lower_than_a_constant_one_for_the_rest():
    _, rest = horizons.with_horizon(horizons.N_STEPS)
    rates, losses = horizons.planned(n_outer=300)
    assert losses[0].item() == pytest.approx(1)
    assert losses[-1] < 0.5 * rest[-1]
    assert (rates < horizons.RATES[-1]).all()
