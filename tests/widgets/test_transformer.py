"""The live pictures of notebook 08b."""

import io
import math
import re

import pytest
import torch
from PIL import Image

from metacourse import bayes
from metacourse import linear_regression as linreg
from metacourse.bayes import Prior
from metacourse.experiments import in_context
from metacourse.transformer import init_transformer
from metacourse.widgets import transformer as widgets
from tests.lstm_problems import seeded

PRIOR = Prior(torch.zeros(2).double(), torch.eye(2).double() / 3, torch.tensor(0.01).double())
HOSTILE = [[], [[0.3, 0.1]] * 10, [[-1.2, -2.0], [1.2, 2.0]], [[0.0, 0.0]]]


@pytest.fixture
def live():
    return widgets.reading_widget(in_context.lines_start(0), PRIOR)


def named(live, name):
    return next(line for line in live.chart.lines if line["name"] == name)


def points(live):
    places = torch.tensor(live.chart.points).double()
    return torch.stack([places[:, 0], torch.ones(len(places))], dim=1).double(), places[:, 1]


def heights(values):
    return pytest.approx(values.tolist(), abs=1e-5)


def grid():
    return torch.stack([widgets.PLACES, torch.ones_like(widgets.PLACES)], dim=1)


def test_k_layers_are_the_line_after_k_steps(live):
    live.controls["n_layers"].value = 3
    live.controls["lr_inner"].value = 0.25
    theta = linreg.adapt(torch.zeros(2).double(), *points(live), lr_inner=0.25, n_steps=3)
    assert named(live, "linear layers")["y"][:-1] == heights(linreg.predict(theta, grid()))


def test_peeling_layers_off_leaves_the_lines_on_the_way(live):
    live.controls["n_layers"].value = 4
    thin = [line["y"] for line in live.chart.lines if not line["name"]]
    assert len(thin) == 4
    live.controls["n_layers"].value = 2
    assert named(live, "linear layers")["y"] == thin[2]


def test_the_transformer_and_bayes_follow_a_point(live):
    before = {name: named(live, name)["y"] for name in ("transformer", "Bayes")}
    live.chart.points = [[0.5, 1.5], *live.chart.points[1:]]
    x, y = points(live)
    mean = linreg.predict(bayes.posterior(x, y, PRIOR).mean, grid())
    assert named(live, "Bayes")["y"][:-1] == heights(mean)
    said = in_context.answers(live.params, x, y, grid())
    assert named(live, "transformer")["y"][:-1] == heights(said)
    assert all(named(live, name)["y"] != before[name] for name in before)


@pytest.mark.parametrize("places", HOSTILE)
@pytest.mark.parametrize("n_layers", [0, 20])
@pytest.mark.parametrize("lr_inner", [0.0, 1.5])
def test_whatever_is_done_to_it_the_lines_are_finite(live, places, n_layers, lr_inner):
    live.controls["n_layers"].value = n_layers
    live.controls["lr_inner"].value = lr_inner
    live.chart.points = places
    found = [y for line in live.chart.lines for y in line["y"] if y is not None]
    assert all(map(math.isfinite, found))
    told = f"After {len(places)} point{'' if len(places) == 1 else 's'}, mean distance"
    assert live.chart.readout.startswith(told)


def test_steps_that_run_away_are_out_of_sight(live):
    live.controls["lr_inner"].value = 1.5
    live.controls["n_layers"].value = 20
    assert live.chart.readout.endswith("20 linear layers out of sight.")


def test_without_a_kernel_the_lines_stand_there_with_alt_text(live):
    assert 'alt="Points to move' in live.stand_in()["text/html"]


@pytest.fixture
def classes():
    networks = {f"prior {seed}": init_transformer(2, 2, 8, 2, seeded(seed)) for seed in (0, 1)}
    return widgets.classes_widget(networks)


def pixels(classes):
    return Image.open(io.BytesIO(classes.chart.shade)).convert("RGB")


def test_a_click_adds_a_point_of_the_chosen_class(classes):
    classes.controls["kind"].value = 1
    classes.chart.points = [*classes.chart.points, [0.0, 0.0]]
    assert classes.chart.kinds == [0] * 5 + [1] * 6
    classes.controls["kind"].value = 0
    classes.chart.points = [*classes.chart.points, [0.5, 0.0]]
    assert classes.chart.kinds[-2:] == [1, 0]


@pytest.mark.parametrize("gone", [0, 4, 5, 9])
def test_a_point_that_is_taken_away_takes_its_class_along(classes, gone):
    kinds = list(classes.chart.kinds)
    classes.chart.points = [p for i, p in enumerate(classes.chart.points) if i != gone]
    assert classes.chart.kinds == [kind for i, kind in enumerate(kinds) if i != gone]


def test_a_point_that_is_moved_keeps_its_class_and_moves_the_map(classes):
    before, kinds = classes.chart.shade, list(classes.chart.kinds)
    classes.chart.points = [[2.0, -2.0], *classes.chart.points[1:]]
    assert classes.chart.kinds == kinds
    assert classes.chart.shade != before


def test_another_network_draws_another_map(classes):
    before = classes.chart.shade
    classes.controls["network"].value = "prior 1"
    assert classes.chart.shade != before


@pytest.mark.parametrize("places", [[], [[0.0, 0.0]], [[1.0, 1.0]] * 40, [[-9.0, 9.0]] * 3])
def test_whatever_is_clicked_there_is_a_map(classes, places):
    classes.chart.points = places
    assert pixels(classes).size[0] >= 2
    assert len(classes.chart.kinds) == len(places)
    assert classes.chart.readout


def test_it_reads_out_how_many_points_lie_on_their_side(classes):
    told = re.match(
        r"10 points, (\d+) on the right side\. Class 1 has \d+% of", classes.chart.readout
    )
    assert 0 <= int(told[1]) <= 10


def test_its_reset_puts_points_classes_and_controls_back(classes):
    first = classes.chart.shade
    classes.controls["kind"].value = 1
    classes.chart.points = [[0.0, 0.0]]
    classes.chart.points = classes.chart.start  # as the browser's button does, and then says so
    classes.chart._handle_custom_msg("reset", [])
    assert classes.chart.kinds == [0] * 5 + [1] * 5
    assert classes.controls["kind"].value == 0
    assert classes.chart.shade == first


def test_without_a_kernel_the_map_stands_there_with_both_kinds_of_points(classes):
    (ax,) = classes.chart._figure().axes
    assert len(ax.images) == 1
    assert [len(line.get_xdata()) for line in ax.lines] == [5, 5]
    assert 'alt="Points of two classes' in classes.stand_in()["text/html"]
