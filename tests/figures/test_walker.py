"""The pictures of notebook 09c show the robots and numbers that they are given."""

import numpy as np
import pytest
import torch

from metacourse.bayes import Gaussian
from metacourse.figures import walker as draw
from metacourse.walker import MASSES, new_body


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def dotted(ax):
    look = draw.LOOKS["limp muscle"]
    return [line for line in ax.lines if line.get_color() == look["color"]]


def test_muscles_of_a_limp_leg_are_dotted(ax):
    draw.draw_robot(ax, MASSES, new_body(limp=(1, 2)))
    (limp,) = dotted(ax)
    assert np.isfinite(limp.get_xdata()).sum() == 8  # four muscles, two ends each
    assert limp.get_linestyle() != "-"


def test_a_whole_robot_has_nothing_dotted(ax):
    draw.draw_robot(ax, MASSES, new_body())
    assert len(dotted(ax)[0].get_xdata()) == 0


def test_the_ground_rises_by_the_slope(ax):
    draw.draw_film(ax, MASSES[None], new_body(slope=0.1))
    ground = next(line for line in ax.lines if line.get_color() == "#6B5B45")
    (x0, x1), (y0, y1) = ground.get_data()
    assert (y1 - y0) / (x1 - x0) == pytest.approx(np.tan(0.1))


def test_a_film_tells_how_far_the_trunk_came_and_shows_so_many_robots(ax):
    frames = MASSES + torch.linspace(0, -0.5, 9)[:, None, None] * torch.tensor([[1.0], [0.0]])
    draw.draw_film(ax, frames, new_body(), n_shown=3)
    assert ax.get_title() == "−0.50 m in 0.2 s"
    assert len(dotted(ax)) == 3


def test_bars_of_distances_are_as_high_as_they_are_told(ax):
    draw.draw_distances(ax, {"old": {"intact": 1.5, "leg 1": -0.2}})
    assert [bar.get_height() for bar in ax.patches] == [1.5, -0.2]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["intact", "leg 1"]


def test_generations_have_a_line_for_each_body_and_a_mark_at_the_one_shown(ax):
    draw.draw_generations(ax, {"whole": [0.0, 0.4, 0.9], "limp": [0.0, 0.1, 0.2]}, shown=1)
    assert line(ax, "whole").get_ydata() == pytest.approx([0, 0.4, 0.9])
    marks = [each.get_xydata()[0] for each in ax.lines if each.get_marker() == "o"]
    assert np.array(marks) == pytest.approx(np.array([[1, 0.4], [1, 0.1]]))


def test_beliefs_are_means_and_intervals_and_walks_squares(ax):
    belief = Gaussian(torch.tensor([0.5, 0.1]), torch.diag(torch.tensor([0.01, 0.04])))
    draw.draw_beliefs(ax, belief, [1], [0.3], truth=[0.4, 0.2])
    assert line(ax, "believed, 95 %").get_ydata() == pytest.approx([0.5, 0.1])
    assert line(ax, "seen").get_xydata() == pytest.approx(np.array([[1, 0.3]]))
    assert line(ax, "true").get_ydata() == pytest.approx([0.4, 0.2])
    low, high = ax.collections[0].get_segments()[1][:, 1]
    assert (low, high) == pytest.approx((0.1 - 0.392, 0.1 + 0.392))


def test_before_a_walk_no_square_is_drawn(ax):
    draw.draw_beliefs(ax, Gaussian(torch.zeros(2), torch.eye(2)))
    assert {each.get_label() for each in ax.lines}.isdisjoint({"seen", "true"})


def test_trials_have_a_line_and_a_band_for_each_way(ax):
    draw.draw_trials(ax, {"prior": ([0, 1], [0.5, 0.7], [0.1, 0.05])})
    assert line(ax, "prior").get_ydata() == pytest.approx([0.5, 0.7])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.4, 0.75))
