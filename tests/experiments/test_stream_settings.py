"""experiments.stream_settings: how what is compared on streams is tuned."""

import pytest

from metacourse import seeds
from metacourse.experiments import streams
from metacourse.experiments.stream_settings import RATES, Learner, ahead_of_ridge, choose, chosen


def test_choosing_finds_the_setting_of_the_least_loss():
    def loss(*, a, b):
        return (a.log10() + 1).abs() + (b - 2) ** 2

    best = choose(loss, {"a": (1e-3, 1.0)}, {"b": (1, 2, 3)}, n_trials=200)
    assert best["b"] == 2
    assert 0.08 < best["a"] < 0.12


def test_rates_are_chosen_below_the_largest():
    found = chosen(Learner(streams.from_zero, RATES), "two widths", [0], {})
    assert found["lr_inner"] <= streams.largest_rate("two widths") == 0.1


def test_what_is_ahead_of_ridge_is_what_the_tables_have():
    last = seeds.values("streams", "drifting, 3 inner steps: loss of the last 20 tasks")
    expected = last["learned prior, window"][0] - last["ridge from 0"][0]
    assert ahead_of_ridge("drifting").mean().item() == pytest.approx(expected, abs=2e-5)
