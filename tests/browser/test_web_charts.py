"""Charts of draggable points in a page without a kernel: they say what Python says."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from metacourse.bayes import Prior
from metacourse.episodes import Episode
from metacourse.experiments import floor, in_context
from metacourse.trained.recipes import load_weights
from metacourse.transformer import ask, prior_fitted_logits
from metacourse.widgets.bayes import belief_widget
from metacourse.widgets.linear_regression import prior_widget
from metacourse.widgets.recorded_state import control_json, params_json
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
BYTES = """() => {
  const { buffer } = metacourse.seen.classes.widget.get("shade");
  return [...new Uint8Array(buffer)];
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


def reset(page, name):
    """A chart as it began."""
    found = figure(page, name)
    found.get_by_role("button", name="Reset").click()
    return found


def seen(page, name, trait):
    return page.evaluate("([n, t]) => metacourse.seen[n].widget.get(t)", [name, trait])


def status(found):
    return found.locator("[role=status]")


def moved(page, name, points, values):
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


@pytest.mark.parametrize(("name", "points", "values"), CASES)
def test_a_chart_says_and_draws_what_python_does(page, name, points, values):
    widget = moved(page, name, points, values)
    lines = seen(page, name, "lines")
    assert [{**line, "x": 0, "y": 0} for line in lines] == [
        {**line, "x": 0, "y": 0} for line in widget.chart.lines
    ]
    for line, other in zip(lines, widget.chart.lines, strict=True):
        exact = 1e-3 if line["name"] == "transformer" else 1e-6  # its weights are rounded
        for axis in "xy":
            assert numbers(line[axis]) == pytest.approx(numbers(other[axis]), 1e-6, exact)


def numbers(values):
    return [1e9 if value is None else value for value in values]


@pytest.mark.parametrize(("name", "points", "values"), [c for c in CASES if c[0] == "classes"])
def test_the_map_has_the_colours_of_python(page, name, points, values):
    widget = moved(page, name, points, values)
    drawn, theirs = (
        np.asarray(Image.open(io.BytesIO(png)), dtype=int)
        for png in (bytes(page.evaluate(BYTES)), widget.chart.shade)
    )
    assert drawn.shape == theirs.shape
    assert np.abs(drawn - theirs).max() <= 1
    assert seen(page, name, "kinds") == widget.chart.kinds


def rounded(params):
    """Weights in float64 as a recording keeps them."""
    return {name: tensor_of(kept) for name, kept in params_json(params).items()}


def tensor_of(kept):
    whole = np.frombuffer(base64.b64decode(kept["whole"]), "<i2")
    values = (whole * kept["scale"]).astype(np.float32)
    return torch.tensor(values.astype(np.float64)).reshape(kept["shape"])


@pytest.mark.parametrize("n_points", [0, 1, 10])
def test_the_transformer_answers_as_in_python(page, n_points):
    params, generator = in_context.lines_start(1), torch.Generator().manual_seed(n_points)
    x, x_query = (torch.randn(n, 2, generator=generator).double() for n in (n_points, 7))
    y = torch.randn(n_points, 1, generator=generator).double()
    told = [[*pair] for pair in zip(x.tolist(), y.tolist(), strict=True)]
    said = page.evaluate(
        "([kept, told, asked]) => { const { ask, weights } = metacourse.transformer;"
        "return [...ask(weights(kept), told, asked)]; }",
        [params_json(params), told, x_query.tolist()],
    )
    assert said == pytest.approx(ask(rounded(params), x, y, x_query)[:, 0].tolist(), abs=1e-6)


@pytest.mark.parametrize("n_points", [1, 5, 40])
def test_a_prior_fitted_network_has_the_chances_of_python(page, n_points):
    params, generator = load_weights("prior_fitted"), torch.Generator().manual_seed(n_points)
    x, x_query = (torch.randn(n, 2, generator=generator).double() for n in (n_points, 7))
    y = torch.randint(0, 2, (n_points,), generator=generator)
    task = Episode(x, y, x_query, torch.zeros(7))
    told = [[*pair] for pair in zip(x.tolist(), y.tolist(), strict=True)]
    said = page.evaluate(
        "([kept, told, asked]) => { const { chances, weights } = metacourse.transformer;"
        "return chances(weights(kept), told, asked); }",
        [params_json(params), told, x_query.tolist()],
    )
    chances = prior_fitted_logits(rounded(params), task).softmax(-1)[:, 1]
    assert said == pytest.approx(chances.tolist(), abs=1e-6)


@pytest.mark.parametrize("name", WIDGETS)
def test_a_point_moves_with_the_arrow_keys_and_alt_text_follows(page, name):
    chart = reset(page, name)
    before = status(chart).inner_text()
    if not seen(page, name, "points"):
        chart.get_by_text("Add a point").click()
    point = chart.locator(".point").first
    point.focus()
    place = point.get_attribute("aria-valuetext")
    page.keyboard.press("Shift+ArrowUp")
    assert point.get_attribute("aria-valuetext") != place
    expect(status(chart)).not_to_have_text(before)
    told = status(chart).inner_text()
    assert chart.locator("svg[role=group]").get_attribute("aria-label").endswith(told)


@pytest.mark.parametrize("name", ["belief", "reading", "classes"])
def test_points_come_and_go_by_click_button_and_key(page, name):
    chart = reset(page, name)
    points, begun = chart.locator(".point"), len(seen(page, name, "points"))
    chart.locator(".room").click(position={"x": 20, "y": 20})
    chart.get_by_text("Add a point").click()
    expect(points).to_have_count(begun + 2)
    expect(status(chart)).to_contain_text(f"{begun + 2} points")
    points.last.focus()
    page.keyboard.press("Delete")
    for _ in range(begun + 2):  # once more than there are
        chart.get_by_text("Remove the last").click()
    expect(points).to_have_count(0)


@pytest.mark.parametrize("name", WIDGETS)
def test_reset_brings_back_what_python_drew_at_first(page, name):
    moved(page, name, *SETTINGS[name][1])
    chart = reset(page, name)
    first = WIDGETS[name]()
    expect(status(chart)).to_have_text(first.chart.readout)
    assert seen(page, name, "points") == first.chart.points
    for input_, control in zip(inputs(chart), first.controls.values(), strict=True):
        assert input_.input_value() == str(control_json("", control)["home"])


def inputs(chart):
    return chart.locator(".metacourse-controls input, .metacourse-controls select").all()


@pytest.mark.parametrize("name", ["prior", "belief", "goal", "reading"])
def test_both_ends_of_every_slider_say_what_python_says(page, name):
    chart, widget = reset(page, name), WIDGETS[name]()
    sliders = [each for each in widget.controls.values() if hasattr(each, "min")]
    for input_, control in zip(chart.locator("input[type=range]").all(), sliders, strict=True):
        kept = control_json("", control)
        for key, end in (("Home", 0), ("End", -1)):
            input_.press(key)
            control.value = kept["values"][end]
            expect(status(chart)).to_have_text(widget.chart.readout)
            assert input_.get_attribute("aria-valuetext") == kept["labels"][end]


def test_a_point_follows_a_finger(page):
    chart = reset(page, "prior")
    point = chart.locator(".point").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)
    for kind, places in (("Start", [(x, y)]), ("Move", [(x + 40, y - 30)]), ("End", [])):
        touches = [{"x": left, "y": top} for left, top in places]
        hand.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})
    (before, after) = (WIDGETS["prior"]().chart.points[0], seen(page, "prior", "points")[0])
    assert after[0] > before[0] + 0.1
    assert after[1] > before[1] + 0.1


def test_on_a_narrow_screen_words_stay_as_large_as_they_are(browser, tmp_path):
    path = written(tmp_path, {"prior": WIDGETS["prior"]().record()})
    with opened_page(browser, path, viewport={"width": 390, "height": 844}) as narrow:
        narrow.locator("[data-live]").wait_for()
        shown = narrow.locator("svg[role=group]")
        drawn = float(shown.get_attribute("viewBox").split()[2])
        assert shown.bounding_box()["width"] == pytest.approx(drawn, rel=0.05)
        assert narrow.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_the_picture_and_its_numbers_stand_there(browser, tmp_path):
    widget = WIDGETS["prior"]()
    path = written(tmp_path, {"prior": widget.record()})
    with opened_page(browser, path, java_script_enabled=False) as still:
        assert still.locator("img").get_attribute("alt").endswith(widget.chart.readout)
        assert widget.chart.readout in still.locator("body").inner_text()
