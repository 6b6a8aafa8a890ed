"""The charts of draggable points, in Python and in a page without a kernel, at one setting."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from playwright.sync_api import Browser, Locator, Page, expect

from metacourse.bayes import Prior
from metacourse.experiments import floor, in_context
from metacourse.trained.recipes import load_weights
from metacourse.widgets.bayes import belief_widget
from metacourse.widgets.linear_regression import prior_widget
from metacourse.widgets.recorded_state import control_json
from metacourse.widgets.reinforcement import goal_widget
from metacourse.widgets.steered import SteeredChart
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
    metacourse.brains[name] = (widget, ...others) => {
      const made = brain(widget, ...others);
      const program = (points) => { widget.set({ points }); made.changed(["points"]); };
      metacourse.seen[name] = { widget, program };
      return made;
    };
  }
"""


@contextmanager
def charts_page(browser: Browser, folder: Path) -> Iterator[Page]:
    """A page with all charts, in which a test may look at their traits."""
    recordings = {name: make().record() for name, make in WIDGETS.items()}
    path = written(folder, json.loads(json.dumps(recordings)), last=SPY)
    with opened_page(browser, path, has_touch=True) as page:
        for name in WIDGETS:
            figure(page, name).scroll_into_view_if_needed()
            page.locator(f"[data-recording={name}][data-live]").wait_for()
        yield page


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"[data-recording={name}]")


def reset(page: Page, name: str) -> Locator:
    """A chart as it began."""
    found = figure(page, name)
    found.get_by_role("button", name="Reset").click()
    return found


def seen(page: Page, name: str, trait: str):
    """The value that a trait has in the page."""
    return page.evaluate("([n, t]) => metacourse.seen[n].widget.get(t)", [name, trait])


def status(found: Locator) -> Locator:
    return found.locator("[role=status]")


def moved(page: Page, name: str, points: list, values: dict) -> SteeredChart:
    """Bring a chart in the page and its widget in Python to the same setting; the widget."""
    reset(page, name)
    widget = WIDGETS[name]()
    for control, value in values.items():
        widget.controls[control].value = value
    widget.chart.points = points
    told = [control_json(control, widget.controls[control]) for control in values]
    places = {control["label"]: control["home"] for control in told}
    page.evaluate(SET, [name, widget.chart.points, places])
    expect(status(figure(page, name))).to_have_text(widget.chart.readout)
    return widget
