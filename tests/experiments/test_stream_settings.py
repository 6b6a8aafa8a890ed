"""experiments.stream_settings: how what is compared on streams is tuned."""

from metacourse.experiments import streams
from metacourse.experiments.stream_settings import RATES, Learner, choose, chosen


def test_choosing_finds_the_setting_of_the_least_loss():
    def loss(*, a, b):
        return (a.log10() + 1).abs() + (b - 2) ** 2

    best = choose(loss, {"a": (1e-3, 1.0)}, {"b": (1, 2, 3)}, n_trials=200)
    assert best["b"] == 2
    assert 0.08 < best["a"] < 0.12


def test_rates_are_chosen_below_the_largest():
    found = chosen(Learner(streams.from_zero, RATES), "two widths", [0], {})
    assert found["lr_inner"] <= streams.largest_rate("two widths") == 0.1
