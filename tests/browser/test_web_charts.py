"""Charts of draggable points in a page without a kernel: they say what Python says."""

import base64
import json
import math

import pytest
import torch

from metacourse.bayes import Prior
from metacourse.experiments import floor, in_context
from metacourse.trained.recipes import load_weights
from metacourse.transformer import ask, prior_fitted_logits
from metacourse.widgets.bayes import belief_widget
from metacourse.widgets.linear_regression import prior_widget
from metacourse.widgets.recorded_state import numbers_json, params_json
from metacourse.widgets.reinforcement import goal_widget
from metacourse.widgets.transformer import classes_widget, reading_widget
from tests.browser.static_page import opened_page, written

NARROW = Prior(torch.zeros(2).double(), floor.SLANTED, torch.tensor(0.01).double())
FLAT = NARROW._replace(cov=1e4 * torch.eye(2).double())
STARTS = {
    "MAML": (torch.tensor([[-0.2, 0.1, 0.05], [0.1, -0.9, 0.02]]), "maml"),
    "joint": (torch.tensor([[-0.8, 0.0, 0.0], [0.0, -1.8, 0.0]]), "joint"),
}
WIDGETS = {
    "prior": lambda: prior_widget(torch.tensor([0.3, -0.2])),
    "belief": lambda: belief_widget({"learned": NARROW, "flat": FLAT}),
    "goal": lambda: goal_widget(STARTS),
    "reading": lambda: reading_widget(in_context.lines_start(0), NARROW),
    "classes": lambda: classes_widget(
        {"functions": load_weights("prior_fitted"), "lines": load_weights("prior_fitted_lines")}
    ),
}
ONE, EDGE = [[0.5, 0.3]], [[-9.0, -9.0], [9.0, 9.0], [9.0, -9.0]]
EQUAL, UPRIGHT = [[0.3, 0.1]] * 3, [[0.5, -1.0], [0.5, 1.2], [0.5, 0.1]]
SETTINGS = {  # points and controls
    "prior": [
        ([[-1.0, 0.4], [0.25, 1.5], [0.5, -0.125]], {}),
        (EDGE, {"lr_inner": 0.01, "n_steps": 1}),
        (EDGE, {"lr_inner": 0.5, "n_steps": 50}),
        (EQUAL, {"lr_inner": 0.5}),
        (UPRIGHT, {"lr_inner": 0.3, "n_steps": 50}),
        ([[0.0, 0.0]] * 3, {}),
    ],
    "belief": [
        (ONE, {}),
        (EDGE, {"deviation": 0.01}),
        (EDGE, {"deviation": 1.0, "prior": "flat"}),
        ([], {"prior": "flat"}),
        (EQUAL * 4, {"prior": "flat", "deviation": 0.01}),
        (UPRIGHT, {}),
    ],
    "goal": [
        ([[-0.3, 0.2]], {}),
        ([[9.0, -9.0]], {"n_steps": 5, "lr_inner": 0.5}),
        ([[-9.0, -9.0]], {"n_steps": 5, "lr_inner": 1.5}),
        ([[0.0, 0.0]], {"n_steps": 0}),
        ([[0.1, 0.7]], {"n_steps": 3, "lr_inner": 0.0}),
    ],
    "reading": [
        ([[-0.5, 0.4], [0.25, 1.5]], {}),
        (EDGE, {"n_layers": 20, "lr_inner": 1.5}),
        ([], {"n_layers": 0}),
        (EQUAL * 3, {"n_layers": 20, "lr_inner": 0.05}),
        (UPRIGHT, {"n_layers": 3, "lr_inner": 0.0}),
    ],
    "classes": [
        ([[0.5, 0.5], [-0.5, 0.5], [1.0, -1.0]], {}),
        (EDGE, {"network": "lines"}),
        ([], {}),
        ([[0.1, 0.1]] * 40, {"kind": 1}),
        ([[0.0, 0.0]], {}),
    ],
}
CASES = [(name, *case) for name, cases in SETTINGS.items() for case in cases]
SET = """([name, points, values]) => {
  const box = document.querySelector(`[data-recording=${name}]`);
  for (const [label, value] of Object.entries(values)) {
    const input = [...box.querySelectorAll("label")].find((each) =>
      each.firstChild.textContent === label).querySelector("input, select");
    input.value = value;
    input.dispatchEvent(new Event("input"));
  }
  metacourse.seen[name].program(points);
}"""
SPY = """
  metacourse.seen = {};
  for (const [name, brain] of Object.entries(metacourse.brains)) {
    metacourse.brains[name] = (widget, data, controls) => {
      const made = brain(widget, data, controls);
      const program = (points) => { widget.set({ points }); made.changed(["points"]); };
      metacourse.seen[name] = { widget, program };
      return made;
    };
  }
"""


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """A page with all charts, in which a test may look at their traits."""
    recordings = {name: make().record() for name, make in WIDGETS.items()}
    folder = tmp_path_factory.mktemp("charts")
    path = written(folder, json.loads(json.dumps(recordings)), last=SPY)
    with opened_page(browser, path, has_touch=True) as opened:
        for name in WIDGETS:
            figure(opened, name).scroll_into_view_if_needed()
            opened.locator(f"[data-recording={name}][data-live]").wait_for()
        yield opened


def figure(page, name):
    return page.locator(f"[data-recording={name}]")


@pytest.fixture
def fresh(page):
    """The page with all charts as they began."""
    for name in WIDGETS:
        figure(page, name).get_by_role("button", name="Reset").click()
    return page


def seen(page, name, trait):
    return page.evaluate("([n, t]) => metacourse.seen[n].widget.get(t)", [name, trait])


def moved(page, name, points, values):
    """Bring a chart in the page and its widget in Python to the same setting; the widget."""
    widget = WIDGETS[name]()
    for control, value in values.items():
        widget.controls[control].value = value
    widget.chart.points = points
    listed = {each["name"]: each for each in widget.record()["controls"]}
    places = {listed[control]["label"]: listed[control]["home"] for control in values}
    page.evaluate(SET, [name, widget.chart.points, places])
    return widget


@pytest.mark.parametrize(("name", "points", "values"), CASES)
def test_the_read_out_is_that_of_python(fresh, name, points, values):
    widget = moved(fresh, name, points, values)
    told = figure(fresh, name).locator("[role=status]").inner_text()
    assert told == widget.chart.readout


@pytest.mark.parametrize(("name", "points", "values"), CASES)
def test_the_lines_are_those_of_python(fresh, name, points, values):
    widget = moved(fresh, name, points, values)
    lines = seen(fresh, name, "lines")
    assert [{**line, "x": 0, "y": 0} for line in lines] == [
        {**line, "x": 0, "y": 0} for line in widget.chart.lines
    ]
    for line, other in zip(lines, widget.chart.lines, strict=True):
        rounded = 1e-3 if line["name"] == "transformer" else 1e-6  # its weights are
        for axis in "xy":
            assert numbers(line[axis]) == pytest.approx(numbers(other[axis]), 1e-6, rounded)


def numbers(values):
    return [1e9 if value is None else value for value in values]
