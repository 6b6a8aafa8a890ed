"""What the web edition keeps of a widget that draws in the browser."""

import base64
import json

import numpy as np
import pytest
import torch

from metacourse.widgets.controls import choice, float_slider, int_slider, log_slider, toggle
from metacourse.widgets.points import DraggablePoints
from metacourse.widgets.recorded_state import (
    control_json,
    numbers_json,
    params_json,
    program_of,
    recorded,
    state_of,
)


@pytest.fixture
def chart():
    look = {"x_label": "x", "y_label": "y", "x_range": (-1, 1), "y_range": (0, 2), "alt": "Two."}
    return DraggablePoints([[0.0, 0.5], [0.5, 1.0]], **look)


def test_the_state_is_what_the_program_reads_and_plain_json(chart):
    chart.shade = b"\x01\x02"
    state = json.loads(json.dumps(state_of(chart), allow_nan=False))
    assert state["points"] == [[0.0, 0.5], [0.5, 1.0]]
    assert state["shade"] == {"$bytes": "AQI="}
    assert "layout" not in state
    assert not [name for name in state if name.startswith("_")]


def test_a_program_is_known_by_the_path_of_its_class(chart):
    assert program_of(chart) == "metacourse.widgets.points.DraggablePoints"


def test_a_recording_names_its_controls(chart):
    controls = {"rate": float_slider("Rate", 0.2, 0.0, 1.0, 0.1)}
    kept = recorded(chart, brain="b", data={}, static="<p>", controls=controls)
    assert [control["name"] for control in kept["controls"]] == ["rate"]


@pytest.mark.parametrize(
    ("control", "values", "labels", "home"),
    [
        (int_slider("k", 2, 1, 3), [1, 2, 3], ["1", "2", "3"], 1),
        (float_slider("α", 0.3, 0.1, 0.3, 0.1), [0.1, 0.2, 0.3], ["0.1", "0.2", "0.3"], 2),
        (choice("c", {"one": 1, "two": 2}, 2), [1, 2], ["one", "two"], 1),
        (choice("c", ["a", "b"]), ["a", "b"], ["a", "b"], 0),
        (toggle("t", True), [False, True], ["off", "on"], 1),
    ],
)
def test_a_control_is_kept_with_all_its_values(control, values, labels, home):
    kept = control_json("name", control)
    assert (kept["values"], kept["labels"], kept["home"]) == (values, labels, home)


def test_a_slider_of_factors_goes_from_end_to_end_through_its_value():
    kept = control_json("σ", log_slider("σ", 0.0123, 0.01, 1.0))
    assert (kept["values"][0], kept["values"][-1]) == (0.01, 1.0)
    assert kept["values"][kept["home"]] == 0.0123
    assert kept["values"] == sorted(kept["values"])


@pytest.mark.parametrize("values", [torch.randn(3, 4), torch.zeros(2), torch.tensor([5.0])])
def test_numbers_come_back_nearly_exactly(values):
    kept = numbers_json(values)
    whole = np.frombuffer(base64.b64decode(kept["whole"]), "<i2")
    most = values.abs().max().item()
    assert whole * kept["scale"] == pytest.approx(values.flatten().numpy(), abs=most / 65_000)


def test_weights_keep_their_shapes():
    assert params_json({"head": torch.ones(2, 3)})["head"]["shape"] == [2, 3]
