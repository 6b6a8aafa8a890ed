"""The pictures of notebook 07c show the numbers that they are given."""

import pytest
import torch

from metacourse.figures import kernel_methods as draw


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_two_features_stand_beside_their_nearest_waves(ax):
    x = torch.linspace(-1, 1, 4)
    turned = torch.stack([x, 2 * x], dim=1)
    draw.draw_main_features(ax, x, turned, turned + 0.1)
    assert line(ax, "first feature").get_ydata() == pytest.approx(x)
    assert line(ax, "second feature").get_ydata() == pytest.approx(2 * x)
    assert line(ax, "nearest wave").get_ydata() == pytest.approx(x + 0.1)
    assert len(ax.lines) == 4


def test_a_belief_has_a_band_of_1_96_deviations_around_its_mean(ax):
    x, mean = torch.linspace(-1, 1, 3), torch.tensor([0.0, 1.0, 0.0])
    points = torch.tensor([0.5]), torch.tensor([0.2])
    draw.draw_belief(ax, x, mean, 0.5 * torch.ones(3), points, -mean)
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((-0.98, 1.98))
    middle, truth, seen = ax.lines
    assert middle.get_ydata() == pytest.approx(mean)
    assert truth.get_ydata() == pytest.approx(-mean)
    assert seen.get_xydata() == pytest.approx(torch.tensor([[0.5, 0.2]]).numpy())


def test_where_the_truth_is_unknown_it_is_not_drawn(ax):
    x = torch.zeros(2)
    draw.draw_belief(ax, x, x, x + 1, (x, x))
    assert len(ax.lines) == 2


def test_errors_by_points_are_on_logarithmic_axes_with_the_counts_as_ticks(ax):
    draw.draw_by_points(ax, {"a": ((1, 10), (0.5, 0.1), "bayes"), "b": ((3,), (0.2,), "maml")})
    assert line(ax, "a").get_xydata().tolist() == [[1, 0.5], [10, 0.1]]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["1", "3", "10"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
