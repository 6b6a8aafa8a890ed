"""Chapter 05's live pictures: every control to both ends, and what they say."""

import re
from itertools import product

import pytest
import torch

from metacourse.episodes import Episode
from metacourse.figures.lstm import unit_over_time
from metacourse.lstm import init_lstm, memory_prediction
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.widgets import lstm as widgets
from tests.widgets.sweep import ends, sweep

VALUES = {  # other than those at the start
    "forget": 0.95,
    "write": 0.8,
    "output": 0.3,
    "candidate": "noise",
    "t": 7,
    "task": 2,
    "order": "reversed",
}


@pytest.fixture
def tasks(generator):
    return sample_sinusoids(3, n_shot=10, n_query=120, generator=generator)


@pytest.fixture
def reader(generator):
    return init_lstm(2, 8, 1, generator)


@pytest.fixture
def unit():
    return widgets.unit_widget()


@pytest.fixture
def memory(reader, tasks):
    return widgets.memory_widget(reader, tasks)


@pytest.mark.parametrize("widget", ["unit", "memory"])
def test_every_control_moves_the_picture(request, widget):
    sweep(request.getfixturevalue(widget))


@pytest.mark.parametrize("widget", ["unit", "memory"])
def test_the_readout_and_the_alt_text_change_with_every_control(request, widget):
    live = request.getfixturevalue(widget)
    for name, control in live.controls.items():
        before = live.readout, live.alt_text
        control.value = VALUES[name]
        assert live.readout != before[0], name
        assert live.alt_text != before[1], name


def number(readout, name):
    """The number after a name in a read-out."""
    return float(re.search(rf"{name} ([\d.e-]+\d)", readout)[1])


# one unit ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("forget", [0.3, 0.9, 0.99])
def test_the_unit_reads_out_what_is_left_of_the_pulse(unit, forget):
    unit.controls["forget"].value = forget
    pulse = torch.eye(30)[0]
    c, h = unit_over_time(pulse, forget=forget, write=0.5, output=1.0)
    left = float(re.search(r"([\d.]+)% is left", unit.readout)[1])
    assert left == pytest.approx(100 * (c[-1] / c[0]).item(), abs=0.006)
    for name, values in ("c goes", c), ("h", h):
        told = re.search(rf"{name} from ([\d.]+\d) to ([\d.]+\d)", unit.readout).groups()
        assert [float(value) for value in told] == pytest.approx(values[[0, -1]].tolist(), abs=6e-4)


@pytest.mark.parametrize("forget", [0.5, 0.9, 0.99])
def test_after_the_half_life_half_is_left(unit, forget):
    unit.controls["forget"].value = forget
    steps = float(re.search(r"gone after ([\d.]+) steps", unit.readout)[1])
    assert forget**steps == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize(
    ("forget", "told"), [(0.0, "all is gone at once"), (1.0, "nothing is forgotten")]
)
def test_a_gate_that_is_shut_or_open_is_told_in_words(unit, forget, told):
    unit.controls["forget"].value = forget
    assert told in unit.readout


def test_all_ends_of_the_gates_together_are_drawn(unit):
    for values in product([0.0, 1.0], [0.0, 1.0], ["a pulse", "steps", "noise"]):
        for name, value in zip(("forget", "write", "candidate"), values, strict=True):
            unit.controls[name].value = value
        assert unit.error is None
        assert unit.readout.startswith("Of what step 1 wrote")


# a memory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["as drawn", "reversed", "sorted by x"])
def test_the_memory_reads_out_the_error_of_the_kernel(memory, reader, tasks, order):
    memory.controls["task"].value = 3
    memory.controls["order"].value = order
    x, y, x_query, y_query = (part[2] for part in tasks)
    places = {"reversed": list(range(9, -1, -1)), "sorted by x": x[:, 0].argsort().tolist()}
    places = places.get(order, list(range(10)))
    for t in (0, 1, 10):
        memory.controls["t"].value = t
        episode = Episode(x[places[:t]], y[places[:t]], x_query, y_query)
        expected = (memory_prediction(reader, episode)[-1] - y_query).square().mean().item()
        assert number(memory.readout, "squared error") == pytest.approx(expected, rel=0.006)


def test_before_any_point_the_order_changes_nothing(memory):
    memory.controls["t"].value = 0
    readouts = []
    for order in ends(memory.controls["order"]):
        memory.controls["order"].value = order
        readouts.append(memory.readout)
    assert len(set(readouts)) == 1


def test_reading_leaves_the_weights_alone(reader, tasks):
    for tensor in reader.values():
        tensor.requires_grad_()
    before = {name: tensor.detach().clone() for name, tensor in reader.items()}
    live = sweep(widgets.memory_widget(reader, tasks), hostile=())
    assert live.error is None
    for name, tensor in reader.items():
        assert torch.equal(tensor, before[name])
        assert tensor.grad is None


def test_a_single_task_of_two_points_is_enough(reader, tasks):
    small = Episode(tasks.x_support[:1, :2], tasks.y_support[:1, :2], *(q[:1] for q in tasks[2:]))
    live = widgets.memory_widget(reader, small)
    assert live.error is None
    assert live.readout.startswith("After 2 points: ")
