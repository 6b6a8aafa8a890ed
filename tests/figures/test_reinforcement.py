"""The pictures of notebook 09b show the numbers that they are given."""

import pytest
import torch

from metacourse.figures import reinforcement as draw


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_walks_end_where_they_end_and_the_goal_is_a_star(ax):
    walks = torch.tensor([[[0.0, 0.0], [0.1, 0.2]], [[0.0, 0.0], [0.3, 0.1]]])
    draw.draw_walks(ax, torch.tensor([0.4, 0.3]), walks, label="after")
    assert line(ax, "after").get_xydata() == pytest.approx(walks[0].numpy())
    assert ax.lines[1].get_xydata() == pytest.approx(walks[1].numpy())
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xydata() == pytest.approx(torch.tensor([[0.4, 0.3]]).numpy())


def test_angles_stand_over_the_number_of_trajectories(ax):
    draw.draw_angles(ax, [5, 20], {"both": [13.0, 6.0], "neither": [60.0, 40.0]})
    assert line(ax, "neither").get_xydata().tolist() == [[5, 60], [20, 40]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["5", "20"]


def test_estimates_further_away_than_the_frame_stand_at_its_edge(ax):
    estimates = torch.tensor([[1.0, 0.5], [9.0, -9.0]])
    draw.draw_estimates(ax, torch.tensor([1.0, 0.2]), estimates, 2.5)
    assert line(ax, "estimates").get_xydata().tolist() == [[1, 0.5], [2.5, -2.5]]
    assert ax.texts[0].xy == pytest.approx((1, 0.2))  # where the arrow points


def test_what_ran_away_stands_at_the_edge_of_the_returns(ax):
    draw.draw_returns(ax, torch.tensor([-0.1, -7.0, torch.nan]), -0.02, -0.3)
    assert ax.lines[0].get_xdata() == pytest.approx([-0.1, -0.8, -0.8])
    assert [each.get_xdata()[0] for each in ax.lines[1:]] == [-0.02, -0.3]
