"""The live pictures of chapter 07."""

import math
import re

import pytest
import torch

from metacourse import bayes
from metacourse.bayes import Prior
from metacourse.experiments import floor
from metacourse.widgets import bayes as widgets
from tests.widgets.sweep import sweep

NARROW = Prior(torch.zeros(2).double(), floor.SLANTED, torch.tensor(0.01).double())
FLAT = NARROW._replace(cov=1e4 * torch.eye(2).double())


@pytest.fixture
def live():
    return widgets.belief_widget({"learned": NARROW, "flat": FLAT})


def named(live, name):
    return next(line for line in live.chart.lines if line["name"] == name)


def test_a_point_closes_the_fan_where_it_is(live):
    def spread(x):
        place = min(range(25), key=lambda i: abs(widgets.PLACES[i].item() - x))
        heights = [line["y"][place] for line in live.chart.lines if not line["name"]]
        return max(heights) - min(heights)

    before = spread(0.5)
    live.chart.points = [[0.5, 0.3]]
    assert spread(0.5) < 0.3 * before
    assert spread(0.5) < 0.5 * spread(-1.2)


def test_the_mean_is_that_of_the_posterior(live):
    live.chart.points = [[0.5, 0.3], [-0.4, 0.1]]
    x = torch.tensor([[0.5, 1.0], [-0.4, 1.0]]).double()
    mean = bayes.posterior(x, torch.tensor([0.3, 0.1]).double(), NARROW).mean
    told = live.chart.readout.replace("−", "-")
    slope, intercept = map(float, re.findall(r"(?:slope|intercept) (-?[\d.]+)", told))
    assert (slope, intercept) == pytest.approx(mean.tolist(), abs=0.01)


def test_another_prior_and_another_noise_are_another_belief(live):
    live.chart.points = [[0.0, 1.9]]
    at_home = named(live, "mean")["y"][12]
    live.controls["deviation"].value = 0.5
    assert named(live, "mean")["y"][12] < at_home - 0.5  # a noisy label is not believed
    live.controls["prior"].value = "flat"
    assert named(live, "mean")["y"][12] == pytest.approx(1.9, abs=1e-3)


@pytest.mark.parametrize("points", [[], [[0.3, 0.1]] * 12, [[-1.2, -2.0], [1.2, 2.0]]])
@pytest.mark.parametrize("deviation", [0.01, 1.0])
@pytest.mark.parametrize("prior", ["learned", "flat"])
def test_whatever_is_clicked_the_lines_are_finite(live, points, deviation, prior):
    live.controls["deviation"].value = deviation
    live.controls["prior"].value = prior
    live.chart.points = points
    heights = [y for line in live.chart.lines for y in line["y"] if y is not None]
    assert all(map(math.isfinite, heights))
    assert f"After {len(points)} point{'' if len(points) == 1 else 's'}:" in live.chart.readout


def test_its_reset_puts_the_controls_back(live):
    live.controls["prior"].value = "flat"
    live.chart._handle_custom_msg("reset", [])  # as the browser's button sends it
    assert live.controls["prior"].value == "learned"


def test_without_a_kernel_the_fan_stands_there_with_alt_text(live):
    static = live.stand_in()["text/html"]
    assert 'alt="Points to click' in static
    assert live.chart.points_name in [
        text.get_text() for text in live.chart._figure().axes[0].get_legend().get_texts()
    ]


@pytest.fixture(scope="module")
def moved():
    return widgets.shifted_widget(NARROW)


def test_every_control_moves_the_picture_of_a_moved_family(moved):
    sweep(moved)


def test_it_reads_out_that_the_band_holds_less_after_a_move(moved):
    moved.reset()
    held = []
    for shift in (0.0, 6.0):
        moved.controls["shift"].value = shift
        held.append(int(re.search(r"band holds (\d+)%", moved.readout)[1]))
    assert held[0] == pytest.approx(95, abs=2)
    assert held[1] < 75
