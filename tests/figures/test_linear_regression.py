"""Chapter 02's pictures show the numbers that they are given."""

import matplotlib.pyplot as plt
import pytest
import torch

from metacourse import linear_regression as linreg
from metacourse.evaluation import Interval
from metacourse.figures import linear_regression as draw


def labels(ax):
    return ax.get_legend_handles_labels()[1]


def test_the_lines_of_a_task_run_through_their_theta(ax):
    x = torch.tensor([[0.0, 1.0], [1.0, 1.0]])
    draw.draw_task(ax, x, torch.tensor([1.0, 2.0]), {"best": (torch.tensor([1.0, 1.0]), "black")})
    ends, values = ax.lines[1].get_data()
    assert values == pytest.approx(ends + 1)
    assert labels(ax) == ["support points", "best"]


def test_the_grid_has_the_slope_along_columns_and_the_intercept_along_rows():
    grid = draw.grid_of_theta(limit=1.0, n=3)
    assert grid[0, 2].tolist() == [1.0, -1.0]


def test_the_innermost_ring_of_a_surface_holds_the_minimum(ax):
    x = torch.eye(2, dtype=torch.float64)
    grid = draw.grid_of_theta()
    draw.draw_surface(
        ax, grid, linreg.loss(grid, x, torch.tensor([0.5, -0.5], dtype=torch.float64))
    )
    ring = ax.collections[-1].get_paths()[0].vertices
    assert ring.mean(0) == pytest.approx([0.5, -0.5], abs=0.1)


def test_arrows_have_unit_length_and_the_given_direction(ax):
    grid = draw.grid_of_theta(n=2)
    draw.draw_arrows(ax, grid, {"exact": (torch.tensor([3.0, 4.0]).expand(2, 2, 2), "maml")})
    arrows = ax.collections[0]
    assert pytest.approx(0.6) == arrows.U
    assert pytest.approx(0.8) == arrows.V


@pytest.mark.parametrize(
    ("a", "b", "degrees"),
    [([1.0, 0.0], [0.0, 2.0], 90), ([1.0, 0.0], [-3.0, 0.0], 180), ([1.0, 1.0], [2.0, 2.0], 0)],
)
def test_the_angle_between_two_vectors(a, b, degrees):
    found = draw.angle(torch.tensor(a).double(), torch.tensor(b).double())
    assert found.item() == pytest.approx(degrees, abs=1e-5)


def test_an_interval_is_drawn_from_end_to_end(ax):
    draw.draw_intervals(ax, {"MAML": (Interval(0.5, 0.1), "maml")}, noise=0.01)
    assert ax.lines[0].get_xdata() == pytest.approx([0.4, 0.6])


def test_drawing_uses_no_global_figure(ax):
    draw.draw_angles(ax, [0.1, 0.2], {1: [3.0, 4.0], 5: [5.0, 6.0]})
    assert labels(ax) == ["1 inner step", "5 inner steps"]
    assert plt.get_fignums() == []


def test_a_place_outside_the_picture_is_left_out_of_the_legend(ax):
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    draw.draw_points(ax, {"in": (torch.zeros(2), "maml"), "out": (torch.full((2,), 3.0), "joint")})
    assert labels(ax) == ["in"]


@pytest.mark.parametrize(("mean", "limit"), [(0.03, 0.1), (0.12, 0.2), (0.95, 2.0)])
def test_the_axis_of_losses_begins_at_0_and_has_few_lengths(ax, mean, limit):
    draw.draw_intervals(ax, {"MAML": (Interval(mean, 0.06), "maml")}, noise=0.01)
    assert ax.get_xlim() == (0, limit)


def test_starts_and_ends_in_a_valley_are_told_apart(ax):
    starts, ends = torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, 0.0]])
    draw.draw_valley(ax, starts, ends, torch.tensor([1.0, 0.0]))
    assert labels(ax) == ["valley floor: loss 0", "start θ", "θ′"]
    assert len({line.get_marker() for line in ax.lines}) == 3


def test_a_training_is_drawn_from_its_start(ax):
    ax.set(xlim=(-2, 2), ylim=(-2, 2))
    draw.draw_training(ax, torch.tensor([[-1.0, 1.0], [0.0, 0.0]]), "θ")
    assert ax.lines[1].get_xydata().tolist() == [[-1.0, 1.0]]
    assert labels(ax) == ["θ", "start of the training"]


def test_the_weights_of_the_tasks_stand_above_the_tasks(ax):
    h = torch.tensor([0.0, 1.0])
    draw.draw_weights(ax, h, {0: h, 1: h, 5: h}, curvatures=torch.tensor([0.5]))
    assert labels(ax) == [
        "no inner step: joint training",
        "1 inner step",
        "5 inner steps",
        "a task of the family",
    ]
    assert ax.lines[3].get_ydata() < 0
