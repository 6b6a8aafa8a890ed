"""Points that are dragged: ranges, lines, and what stands there without a kernel."""

import json
import math

import pytest

from metacourse.widgets.points import DraggablePoints


@pytest.fixture
def chart():
    return DraggablePoints(
        [[0.0, 0.5], [0.5, 1.0]],
        x_label="x",
        y_label="y",
        x_range=(-1, 1),
        y_range=(0, 2),
        alt="Two points.",
        lines=[{"x": [-1, 1], "y": [0, 2], "name": "fit", "colour": "maml"}],
    )


def test_points_outside_the_ranges_are_moved_to_the_edge(chart):
    chart.points = [[-5, 7], [math.nan, math.inf], [0.2, -math.inf]]
    assert chart.points == [[-1.0, 2.0], [-1.0, 0.0], [0.2, 0.0]]


def test_a_moved_point_can_be_observed(chart):
    seen = []
    chart.observe(lambda change: seen.append(change.new), "points")
    chart.points = [[0.1, 0.5], [0.5, 1.0]]
    assert seen == [[[0.1, 0.5], [0.5, 1.0]]]


def test_reset_goes_back_to_the_points_as_given(chart):
    chart.points = [[0.1, 0.5], [0.5, 1.0]]
    assert chart.start == [[0.0, 0.5], [0.5, 1.0]]


def test_what_is_sent_to_the_browser_is_plain_json(chart):
    chart.lines = [{"x": [0, 1, math.inf], "y": [math.nan, 1, 2], "name": "fit"}]
    assert json.loads(json.dumps(chart.lines, allow_nan=False))[0]["x"] == [0.0, 1.0, None]
    assert chart.lines[0]["y"] == [None, 1.0, 2.0]


def test_roles_become_colours_and_other_colours_pass(chart):
    assert chart.lines[0]["colour"] == "#009E73"
    chart.lines = [{"x": [0], "y": [0], "colour": "rebeccapurple"}, {"x": [0], "y": [0]}]
    assert [line["colour"] for line in chart.lines] == ["rebeccapurple", "currentColor"]


def test_ticks_lie_within_the_range_and_have_a_true_minus(chart):
    places = [value for value, _ in chart.x_axis["ticks"]]
    assert len(places) >= 3
    assert min(places) >= -1
    assert max(places) <= 1
    assert chart.x_axis["ticks"][0][1].startswith("−")


def test_without_a_kernel_a_picture_with_alt_text_stands_there(chart):
    chart.readout = "slope 1.00"
    bundle, _ = chart._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert 'alt="Two points. slope 1.00"' in bundle["text/html"]
    assert bundle["text/plain"] == "Two points. slope 1.00"


def test_lines_with_gaps_dashes_and_theme_colours_have_a_static_picture(chart):
    chart.lines = [
        {"x": [0, math.nan, 1], "y": [0, 1, 1], "dash": "6 4", "name": "broken"},
        {"x": [0, 1], "y": [1, 1], "name": "whole"},
    ]
    assert "data:image/png" in chart._repr_mimebundle_()[0]["text/html"]


def test_points_may_have_names_also_without_a_kernel(chart):
    chart.names = ["a", "b"]
    (ax,) = chart._figure().axes
    assert [(text.get_text(), [*text.xy]) for text in ax.texts] == [
        ("a", [0.0, 0.5]),
        ("b", [0.5, 1.0]),
    ]
