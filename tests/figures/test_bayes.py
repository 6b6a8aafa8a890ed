"""The pictures of chapter 07 show the numbers that they are given."""

import math

import pytest
import torch
from matplotlib.patches import Circle, Ellipse

from metacourse.bayes import Gaussian
from metacourse.figures import bayes as draw


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_a_running_mean_is_that_of_the_tasks_so_far(ax):
    draw.draw_running_mean(ax, {"two": (torch.tensor([1.0, 3.0, 2.0, 10.0]), "blue")})
    assert line(ax, "two").get_xdata().tolist() == [1, 2, 3, 4]
    assert line(ax, "two").get_ydata() == pytest.approx([1, 2, 2, 4])


def test_the_rings_of_a_belief_have_its_axes_and_its_direction(ax):
    turn = math.radians(30)
    axes = torch.tensor([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    cov = axes @ torch.diag(torch.tensor([0.09, 0.01])) @ axes.T
    draw.draw_belief(ax, Gaussian(torch.tensor([0.5, -0.5]), cov))
    rings = [patch for patch in ax.patches if isinstance(patch, Ellipse)]
    assert [ring.width for ring in rings] == pytest.approx([0.6, 1.2])
    assert [ring.height for ring in rings] == pytest.approx([0.2, 0.4])
    assert [ring.angle % 180 for ring in rings] == pytest.approx([30, 30], abs=1e-3)
    assert ax.lines[0].get_xydata().tolist() == [[0.5, -0.5]]


def test_a_fan_has_a_line_for_each_draw_its_mean_and_the_points(ax):
    lines = torch.tensor([[1.0, 0.0], [0.0, 0.5]]).double()
    mean, deviation = torch.zeros(3).double(), torch.ones(3).double()
    draw.draw_fan(ax, lines, mean, deviation, torch.tensor([0.2]), torch.tensor([0.1]))
    first, second, middle, points = ax.lines
    assert first.get_ydata() == pytest.approx([-1.1, 1.1])
    assert second.get_ydata() == pytest.approx([0.5, 0.5])
    assert middle.get_ydata() == pytest.approx([0, 0, 0])
    assert points.get_xydata() == pytest.approx(torch.tensor([[0.2, 0.1]]).numpy())
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((-1.96, 1.96))


def test_the_model_has_three_circles_of_which_two_are_seen(ax):
    draw.draw_graphical_model(ax)
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    assert len(circles) == 3
    assert sum(circle.get_facecolor()[0] < 0.9 for circle in circles) == 2
    told = {text.get_text() for text in ax.texts}
    assert {"μ, Σ", "σ²", "θᵢ", "yᵢⱼ", "xᵢⱼ", "task i = 1 … B", "point j = 1 … S"} <= told


def test_errors_by_points_stand_above_the_floor(ax):
    draw.draw_by_shots(ax, {"far": ((1, 2), (0.5, 1e9), "maml")}, ((1, 2), (0.1, 0.01)))
    assert line(ax, "the floor").get_ydata() == pytest.approx([0.1, 0.01])
    assert line(ax, "far").get_ydata() == pytest.approx([0.5, 1e3])  # what is higher is cut


def test_calibration_is_drawn_against_what_the_bands_should_hold(ax):
    draw.draw_calibration(ax, (0.5, 0.95), {"mine": ((0.4, 0.9), "bayes")})
    assert line(ax, "mine").get_xydata().tolist() == [[0.5, 0.4], [0.95, 0.9]]


def test_a_mans_first_wages_are_told_from_his_later_ones(ax):
    wages, answer = torch.tensor([1.0, 1.2, 1.4]), torch.tensor([1.1, 1.2, 1.3])
    draw.draw_people(ax, (1980, 1981, 1982), wages, 2, {"mine": (answer, "bayes", 0.1 * answer)})
    assert line(ax, "seen").get_xdata().tolist() == [1980, 1981]
    assert line(ax, "to foretell").get_ydata() == pytest.approx([1.4])
    assert line(ax, "mine").get_ydata() == pytest.approx(answer)
    assert len(ax.collections) == 1  # its band
