"""benchmarks.scale: where times are those of the model, it finds the model's numbers."""

import pytest

from benchmarks.scale import CLOCKS, LENGTHS, PART, fitted_ring, fitted_step, gains
from metacourse.communication import all_reduce_time, step_time

RING = {"latency": 3e-4, "bandwidth": 5e8}
COMPUTE, PER_GRADIENT, SAMPLE, OPTIMISER, N_WEIGHTS = 0.04, 0.004, 0.002, 0.001, 50_000


@pytest.fixture
def rounds():
    def by_both(seconds):
        return dict.fromkeys(CLOCKS, seconds)

    fixed = PER_GRADIENT + SAMPLE + OPTIMISER
    communication = all_reduce_time(4 * N_WEIGHTS, 2, **RING)
    times = {
        "step": step_time(COMPUTE, fixed, 0.0, 1),
        "together": step_time(COMPUTE, fixed, communication, 2),
        "all tasks": COMPUTE + PER_GRADIENT,
        "half": COMPUTE / 2 + PER_GRADIENT,
        "a quarter": COMPUTE / PART + PER_GRADIENT,
        "sample": SAMPLE,
        "optimiser": OPTIMISER,
    }
    messages = {str(n): by_both(all_reduce_time(4 * n, 2, **RING)) for n in LENGTHS}
    return 3 * [{"small": {name: by_both(s) for name, s in times.items()}, "messages": messages}]


def test_compute_is_what_grows_with_the_tasks_and_the_rest_is_fixed(rounds):
    assert fitted_step(rounds, "small") == pytest.approx((0.04, 0.007))


def test_latency_and_bandwidth_are_found(rounds):
    found = fitted_ring(rounds)
    assert found["latency"] == pytest.approx(3e-4, rel=0.02)  # 4 bytes take time as well
    assert found["bandwidth"] == pytest.approx(5e8, rel=0.02)


def test_the_gain_that_is_measured_stands_beside_that_of_the_model(rounds):
    rows = {what: (told, goal) for what, told, goal in gains("small", N_WEIGHTS, rounds, RING)}
    told, goal = rows["small: gain by the wall's clock"]
    assert told.startswith("1.68 ×")
    assert goal == "model: 1.68 ×"
