"""What notebook 08b answers of its live pictures: of linear layers, and of the two networks that
ship."""

import math

import pytest
import torch

from metacourse.episodes import Episode
from metacourse.experiments import floor, in_context
from metacourse.experiments.two_classes import by_network
from metacourse.trained.recipes import load_weights
from metacourse.widgets.transformer import reading_widget

SMOOTH, WITH_LINES = "prior_fitted", "prior_fitted_lines"
MIDDLE = [[0.0, 0.0]]
CORNERS = [[a, b] for a in (-2.4, 2.4) for b in (-2.4, 2.4)]
COLUMNS = [[[side, y / 2] for y in range(-2, 3)] for side in (-1.0, 1.0)]


@pytest.fixture(scope="module")
def live():
    prior = floor.learned_prior(floor.sample_tasks("square", 2000, 10, seed=0))
    return reading_widget(in_context.lines_start(0), prior)


@pytest.mark.parametrize(
    ("n_layers", "lr_inner", "apart"), [(5, 0.3, "0.09"), (20, 0.3, "0.01"), (5, 0.6, "0.01")]
)
def test_how_far_layers_are_from_bayes_at_the_three_points_of_the_beginning(
    live, n_layers, lr_inner, apart
):
    live.chart.points = live.chart.start
    live.controls["n_layers"].value, live.controls["lr_inner"].value = n_layers, lr_inner
    assert live.chart.readout.endswith(f"{n_layers} linear layers {apart}.")


def test_at_a_rate_of_1_a_single_point_away_from_0_makes_layers_run_away(live):
    live.chart.points = [[0.8, 0.5]]
    live.controls["n_layers"].value, live.controls["lr_inner"].value = 20, 1.0
    assert live.chart.readout.endswith("20 linear layers out of sight.")


def chances(name, of_0, of_1, places):
    """What a network says of class 1 at places, told points of class 0 and of class 1."""
    y = torch.tensor([0] * len(of_0) + [1] * len(of_1))
    return by_network(load_weights(name), Episode(torch.tensor([*of_0, *of_1]), y, places, y))


def around(radius):
    """A ring of twelve points of class 0, and a single point of class 1 in its middle."""
    turns = [2 * math.pi * turn / 12 for turn in range(12)]
    return [[radius * math.cos(turn), radius * math.sin(turn)] for turn in turns], MIDDLE


@pytest.mark.parametrize("name", [SMOOTH, WITH_LINES])
def test_a_lone_point_is_an_island_in_a_wide_ring_and_not_in_a_narrow_one(name):
    middle = torch.tensor(MIDDLE)
    assert chances(name, *around(1.0), middle) > 0.8
    assert (chances(name, *around(0.5), middle) - 0.5).abs() < 0.06


def test_smooth_functions_give_the_plane_outside_of_the_ring_to_the_lone_point():
    assert (chances(SMOOTH, *around(1.0), torch.tensor(CORNERS)) > 0.5).all()


def wandering(name):
    """How far the border between two columns of points moves to and fro."""
    line = torch.linspace(-2.5, 2.5, 101)
    second, first = torch.meshgrid(line[::5], line, indexing="ij")
    places = torch.stack([first, second], dim=-1).flatten(0, 1)
    border = line[(chances(name, *COLUMNS, places).view(21, 101) - 0.5).abs().argmin(1)]
    return (border.max() - border.min()).item()


def test_the_border_of_smooth_functions_wanders_more_than_twice_as_far():
    assert wandering(SMOOTH) > 2 * wandering(WITH_LINES)


def test_far_out_only_the_network_that_knows_lines_is_sure():
    sure = {
        name: (chances(name, *COLUMNS, torch.tensor(CORNERS)) - 0.5).abs()
        for name in (SMOOTH, WITH_LINES)
    }
    assert (sure[SMOOTH] < 0.2).all()
    assert (sure[WITH_LINES] > 0.3).all()
