"""The pictures of notebook 07d show the numbers that they are given."""

import math

import pytest
import torch
from matplotlib.patches import Ellipse

from metacourse.bayes import Gaussian
from metacourse.figures import online as draw


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_influence_has_a_row_for_each_round_and_a_column_for_each_task(ax):
    influence = torch.zeros(4, 4)
    influence[3, 0], influence[3, 2] = 4.0, 1.0
    draw.draw_influence(ax, influence)
    shown = ax.images[0].get_array()
    assert shown[3].tolist() == pytest.approx([1, 0, 0.5, 0])
    assert list(ax.images[0].get_extent()) == [0, 4, 4, 0]  # round 0 is on top
    assert ax.lines[0].get_xydata().tolist() == [[0, 0], [4, 4]]


def test_a_start_that_nothing_moves_is_drawn_white(ax):
    draw.draw_influence(ax, torch.zeros(3, 3))
    assert ax.images[0].get_array().max() == 0


def test_regret_is_drawn_by_tasks_so_far_below_its_bound(ax):
    draw.draw_regret(ax, {"mine": (torch.tensor([0.5, 1.0, -1.0]), "maml")}, bound=2.0)
    assert line(ax, "mine").get_xydata().tolist() == [[1, 0.5], [2, 1.0], [3, -1.0]]
    bound = line(ax, "2 (1 + ln t)").get_ydata()
    assert bound == pytest.approx([2, 2 + 2 * math.log(2), 2 + 2 * math.log(3)])


def test_regret_may_stand_without_a_bound(ax):
    draw.draw_regret(ax, {"mine": (torch.ones(3), "maml")})
    assert len(ax.lines) == 2  # and the line at 0


def test_the_plane_has_the_mean_its_followers_and_what_is_believed(ax):
    means = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    belief = Gaussian(torch.tensor([0.5, 0.5]), 0.04 * torch.eye(2))
    how = {"here": [-1.0, 0.0], "prior": belief, "tasks": torch.tensor([[0.2, 0.3]])}
    draw.draw_plane(ax, means, {"start": (means / 2, "maml")}, **how)
    assert line(ax, "true mean").get_xydata().tolist() == means.tolist()
    assert line(ax, "start").get_markevery() == [2]
    assert line(ax, "true mean now").get_xydata().tolist() == [[-1, 0]]
    assert line(ax, "past tasks").get_xydata() == pytest.approx(torch.tensor([[0.2, 0.3]]).numpy())
    rings = [patch.width for patch in ax.patches if isinstance(patch, Ellipse)]
    assert rings == pytest.approx([0.4, 0.8])


def test_losses_by_round_have_a_mark_where_something_changes(ax):
    draw.draw_by_round(ax, {"mine": (torch.tensor([0.1, 0.2]), "maml")}, marks=(1,))
    assert line(ax, "mine").get_ydata() == pytest.approx([0.1, 0.2])
    assert list(ax.lines[0].get_xdata()) == [1, 1]
    assert ax.get_yscale() == "log"


def test_errors_are_drawn_by_phase_from_zero_on(ax):
    draw.draw_by_phase(ax, (0.1, 3.0), {"mine": ((4.0, 1.0), "maml")})
    assert line(ax, "mine").get_xydata().tolist() == [[0.1, 4.0], [3.0, 1.0]]
    assert ax.get_ylim()[0] == 0


def test_losses_by_number_of_tasks_stand_above_the_true_prior(ax):
    draw.draw_by_number(ax, (5, 1000), {"mine": ((0.03, 0.02), "bayes")}, floor=0.019)
    assert line(ax, "mine").get_xydata().tolist() == [[5, 0.03], [1000, 0.02]]
    assert set(line(ax, "the true prior").get_ydata()) == {0.019}
