"""The pictures of notebook 08b show the numbers that they are given."""

import numpy as np
import pytest
import torch

from metacourse.figures import transformer as draw
from metacourse.transformer import context_mask


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_a_mask_has_a_row_for_who_looks_and_names_for_all(ax):
    draw.draw_mask(ax, context_mask(2))
    assert ax.images[0].get_array().tolist() == context_mask(2).double().tolist()
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == ["p1", "p2", "q1", "q2"]


def test_what_training_says_stands_beside_what_is_known(ax):
    found = {"no mask": ((1e-4, 1e-5), (0.5, 0.1)), "right": ((0.02, 0.001), (0.02, 0.001))}
    draw.draw_said_and_known(ax, found, 0.0124)
    assert line(ax, "in training").get_xdata().tolist() == [1e-4, 0.02]
    assert line(ax, "on new tasks").get_xdata().tolist() == [0.5, 0.02]
    assert line(ax, "floor and noise").get_xdata() == [0.0124, 0.0124]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["no mask", "right"]
    assert line(ax, "in training").get_ydata().tolist() == [1, 0]  # the first stands above


def test_each_rival_has_its_interval_on_each_kind_of_task(ax):
    ahead = {
        "moons": {"GP": (2.8, 0.8), "SVM": (1.0, 0.5)},
        "cancer": {"GP": (0.1, 0.9), "SVM": (-2.5, 1.1)},
    }
    draw.draw_ahead(ax, ahead)
    assert line(ax, "than SVM").get_xdata() == pytest.approx([1.0, -2.5])
    reach = ax.collections[1].get_segments()[1][:, 0]
    assert reach == pytest.approx([-3.6, -1.4])


def test_a_map_goes_row_by_row_from_its_upper_edge():
    places = draw.map_places(3)
    assert places[0].tolist() == [-draw.REACH, draw.REACH]
    assert places[-1].tolist() == [draw.REACH, -draw.REACH]
    assert places[1].tolist() == [0.0, draw.REACH]


def test_a_map_is_blue_white_and_vermillion_half_as_strong():
    low, middle, high = draw.shade(torch.tensor([[0.0, 0.5, 1.0]]))[0]
    assert middle.tolist() == [255, 255, 255]
    assert low[2] > low[0]
    assert high[0] > high[2]
    assert np.uint8(np.rint((draw.SIDES[2] + 255) / 2)).tolist() == high.tolist()


def test_the_points_of_a_map_have_the_marks_of_their_classes(ax):
    chances = torch.linspace(0, 1, 16).view(4, 4)
    draw.draw_map(ax, chances, torch.tensor([[0.0, 1.0], [2.0, 0.5]]), torch.tensor([0, 1]))
    assert line(ax, "class 0").get_xydata() == pytest.approx(np.array([[0.0, 1.0]]))
    assert line(ax, "class 1").get_xydata() == pytest.approx(np.array([[2.0, 0.5]]))
    assert line(ax, "class 0").get_marker() != line(ax, "class 1").get_marker()
