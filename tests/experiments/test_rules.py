"""experiments.rules: rules of thumb, one at a time."""

import pytest
import torch

from metacourse.experiments import rules, schedules
from metacourse.hyperparameters import train_unrolled


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def ends(rule, rate=0.1, seed=3):
    return rules.trained(rule, torch.tensor(rate), *rules.drawn(rule, seed))


def assert_same(found, expected):
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-4, atol=1e-5)


def test_without_a_rule_it_is_gradient_descent():
    start, x, y = schedules.drawn(3)
    rates = torch.full((schedules.N_STEPS,), 0.1)
    assert_same(ends(rules.Rule()), train_unrolled(schedules.digit_loss, start, rates, {}, x, y)[0])


def test_momentum_and_weight_decay_are_those_of_a_setting():
    setting = schedules.setting(torch.tensor(0.1), 1.0, [torch.tensor(0.01)] * 2, 0.9)
    expected = schedules.trained(*schedules.drawn(3), *setting)
    assert_same(ends(rules.Rule(momentum=0.9, penalty=0.01)), expected)


def test_adam_is_that_of_torch():
    start, x, y = schedules.drawn(3)
    theta = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
    optimizer = torch.optim.Adam(theta.values(), lr=0.01)
    for batch in zip(x, y, strict=True):
        optimizer.zero_grad()
        schedules.digit_loss(theta, *batch).backward()
        optimizer.step()
    assert_same(ends(rules.Rule(adam=True), 0.01), {n: w.detach() for n, w in theta.items()})


def test_a_share_of_the_hidden_units_is_dropped_and_the_others_make_up_for_it():
    _, x, _ = rules.drawn(rules.Rule(dropout=0.5), 3)
    kept = x[..., 64:]
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    assert kept.mean().item() == pytest.approx(1, abs=0.02)
    assert (kept[0] != kept[1]).any()


def test_a_dropped_unit_has_no_say():
    start, x, y = rules.drawn(rules.Rule(dropout=0.5), 3)
    x, y = x[0, :1], y[0, :1]
    dropped = (x[0, 64:] == 0).nonzero()[0, 0]
    other = start | {"layer0.bias": start["layer0.bias"].index_fill(0, dropped, 5.0)}
    assert rules.loss(start, x, y) == rules.loss(other, x, y)


def test_shifted_images_are_moved_by_a_pixel_and_the_others_stay():
    image = torch.zeros(64)
    image[27] = 1.0
    moved = rules.shift(image.repeat(3000, 1), 0.5, seeded())
    places = moved.argmax(1)
    assert (moved.sum(1) == 1).all()
    assert set(places.tolist()) == {r * 8 + c for r in (2, 3, 4) for c in (2, 3, 4)}
    stayed = (places == 27).double().mean().item()
    assert stayed == pytest.approx(0.5 + 0.5 / 9, abs=0.03)  # a ninth of the moves are none


def test_images_are_moved_before_the_mean_is_taken_away():
    _, plain, _ = schedules.drawn(3)
    _, x, _ = rules.drawn(rules.Rule(shifted=1.0), 3)
    mean = schedules.mean_image()
    moved, raw = ((part + mean).unflatten(-1, (8, 8)) for part in (x[..., :64], plain))
    assert moved.min() > -1e-6  # pixels have no ink below 0
    inside = moved[..., 1:7, 1:7].unsqueeze(-3)
    shifts = [raw[..., r : r + 6, c : c + 6] for r in range(3) for c in range(3)]
    gaps = (inside - torch.stack(shifts, dim=-3)).abs().amax((-1, -2))
    assert gaps.amin(-1).max() < 1e-5


def test_what_is_moved_in_at_the_edge_is_0():
    full = torch.ones(400, 64)
    sums = rules.shift(full, 1.0, seeded()).sum(1)
    assert set(sums.tolist()) == {64.0, 56.0, 49.0}


def test_the_best_rate_is_the_one_of_least_validation_loss():
    rate, loss = rules.validated(rules.Rule(), (0,))
    assert rate in rules.RATES
    torch.testing.assert_close(rules.judged(rules.Rule(), 0, "validation", rate[None])[0], loss)
    others = rules.judged(rules.Rule(), 0, "validation", rules.RATES[::5]).nan_to_num(nan=99.0)
    assert loss <= others.min() + 1e-5


def test_a_rule_is_judged_on_test_digits_once_a_seed():
    losses = rules.on_test(rules.Rule(dropout=0.2), torch.tensor(0.5), seeds=(7, 8))
    rule = rules.Rule(dropout=0.2)
    network = rules.trained(rule, torch.tensor(0.5), *rules.drawn(rule, 8))
    expected = schedules.digit_loss(network, *schedules.labelled("test"))  # with every hidden unit
    torch.testing.assert_close(losses[1], expected, rtol=1e-4, atol=1e-5)
