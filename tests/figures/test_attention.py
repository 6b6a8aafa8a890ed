"""The pictures of notebook 08a show the numbers that they are given."""

import pytest
import torch

from metacourse.figures import attention as draw


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_weights_are_shades_between_0_and_1_with_lines_between_classes(ax):
    weights = torch.tensor([[0.25, 0.75, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]])
    draw.draw_weights(ax, weights, classes=2)
    (image,) = ax.images
    assert image.get_array().tolist() == weights.tolist()
    assert image.get_clim() == (0, 1)
    assert [line.get_ydata()[0] for line in ax.lines[:1]] == [0.5]
    assert [line.get_xdata()[0] for line in ax.lines[1:]] == [1.5]


def test_without_classes_there_are_no_lines(ax):
    draw.draw_weights(ax, torch.eye(3))
    assert len(ax.lines) == 0


def test_a_bar_reaches_from_a_label_by_its_residual(ax):
    x, y, residuals = torch.tensor([[0.0, 1.0], [1.0, 2.0], [0.5, -0.25]]).double()
    draw.draw_residuals(ax, x, y, residuals, torch.tensor([2.0, 0.5]).double())
    assert line(ax, "the queries say").get_ydata().tolist() == pytest.approx([-1.7, 2.7])
    assert line(ax, "what is left in a token").get_ydata() == pytest.approx([1, 0.5])
    assert ax.lines[2].get_ydata() == pytest.approx([2, 2.25])
    assert line(ax, "support points").get_xydata() == pytest.approx(torch.stack([x, y], 1).numpy())


def test_layers_are_marked_along_the_path_of_descent_and_the_last_one_twice(ax):
    path = torch.tensor([[0.0, 0.0], [1.0, 0.5], [1.5, 0.75]])
    draw.draw_layers(ax, path, path[:2])
    assert line(ax, "gradient descent").get_xydata().tolist() == path.tolist()
    assert line(ax, "after each layer").get_xydata().tolist() == path[:2].tolist()
    assert line(ax, "now").get_xydata().tolist() == [path[1].tolist()]


def test_answers_stand_over_those_of_the_step(ax):
    step, said = torch.tensor([-2.0, 1.0]), torch.tensor([-1.0, 3.0])
    draw.draw_against(ax, step, said)
    assert line(ax, "a query").get_xydata().tolist() == [[-2, -1], [1, 3]]
    assert ax.get_xlim() == ax.get_ylim() == pytest.approx((-2.1, 2.1))
