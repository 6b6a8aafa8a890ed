"""The live picture of notebook 11a."""

import re

import pytest

from metacourse.communication import all_reduce_time
from metacourse.widgets.distributed import N_PROCESSES, cost_widget, costs
from tests.widgets.sweep import sweep


@pytest.fixture(scope="module")
def made():
    return cost_widget(2e-4, 1e9)


@pytest.fixture
def live(made):
    made.reset()
    return made


def told(live):
    """The milliseconds of a step, of one process's, the gain, and the share of the messages."""
    found = re.search(
        r"takes ([\d.e+]+) ms, of one ([\d.e+]+); ([\d.]+) times .* take (\d+)%", live.readout
    )
    return tuple(map(float, found.groups()))


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_a_step_is_computing_messages_and_what_is_fixed(live):
    live.controls["chosen"].value = 1
    messages = 1e3 * all_reduce_time(4 * 30_000, 2, latency=2e-4, bandwidth=1e9)
    two, one, gain, share = told(live)
    assert one == pytest.approx(12 * 22 + 3, rel=1e-2)
    assert two == pytest.approx(6 * 22 + 3 + messages, rel=1e-2)
    assert gain == pytest.approx((12 * 22 + 3) / (6 * 22 + 3 + messages), abs=0.006)
    assert share == pytest.approx(100 * messages / (6 * 22), abs=0.6)


def test_more_processes_than_tasks_bring_nothing():
    found = costs(12, 10.0, 0.0, 1e3, 0.0, 1e9)
    assert found["computing"][N_PROCESSES.index(16) :].tolist() == [10.0] * 6


def test_one_process_sends_nothing(live):
    live.controls["chosen"].value = 0
    assert live.readout.startswith("1 process: ")
    assert told(live)[2:] == (1.0, 0.0)


def test_shorter_wires_make_messages_shorter(live):
    before = told(live)[3]
    live.controls["latency"].value, live.controls["bandwidth"].value = 3, 50
    assert told(live)[3] < before


def test_what_the_text_asks_for_is_recorded(live):
    assert live.record()["together"][0] == ["Weights", "A task takes (ms)", "Processes"]
