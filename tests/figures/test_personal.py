"""The pictures of notebook 10a show the numbers that they are given."""

import numpy as np
import pytest
import torch

from metacourse.figures import personal as draw
from metacourse.figures.style import COLOURS


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def rows(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def test_errors_stand_at_equal_distances_under_what_was_told(ax):
    draw.draw_by_told(ax, (0, 1, 10), {"a": ([3, 2, 1], "bayes")}, xlabel="told", ylabel="error")
    assert line(ax, "a").get_xydata().tolist() == [[0, 3], [1, 2], [2, 1]]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "1", "10"]


def test_a_difference_whose_interval_excludes_0_is_filled(ax):
    found = {"sure": (-0.3, 0.1, "bayes"), "open": (0.05, 0.1, "maml")}
    draw.draw_differences(ax, found, xlabel="less")
    marks = {
        line.get_xdata()[0]: line for line in ax.lines if line.get_marker() not in ("None", "")
    }
    assert marks[-0.3].get_markerfacecolor() == COLOURS["bayes"]
    assert marks[0.05].get_markerfacecolor() == "white"
    ends = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2][1:]
    assert ends[0] == pytest.approx((-0.4, -0.2))
    assert rows(ax) == ["sure", "open"]


def test_films_have_an_average_a_band_and_the_stars_that_were_given(ax):
    draw.draw_foretold(ax, ["a", "b"], [3.0, 4.0], [3.5, 2.0], [0.5, 1.0], [4.5, float("nan")])
    assert line(ax, "average of others").get_xdata().tolist() == [3, 4]
    assert line(ax, "foretold for you").get_xydata().tolist() == [[3.5, 1], [2.0, 0]]
    assert line(ax, "your stars").get_xdata()[0] == 4.5
    assert np.isnan(line(ax, "your stars").get_xdata()[1])
    assert ax.lines[0].get_xdata() == pytest.approx((3.5 - 0.98, 3.5 + 0.98))
    assert rows(ax) == ["a", "b"]


def test_a_band_off_the_scale_ends_with_the_axis(ax):
    draw.draw_foretold(ax, ["a"], [3.0], [5.0], [9.0], [1.0])
    assert tuple(ax.lines[0].get_xdata()) == draw.STARS


def test_films_with_other_names_get_them(ax):
    for titles in (["a", "b"], ["c", "d"]):
        draw.draw_foretold(ax, titles, [3.0, 4.0], [3.5, 2.0], [0.5, 1.0], [4.5, 1.0])
    assert rows(ax) == ["c", "d"]


def test_an_ellipse_holds_95_in_100_of_what_is_believed(ax):
    mean, cov = torch.tensor([0.5, -1.0]), torch.tensor([[1.0, 0.6], [0.6, 2.0]])
    draw.draw_taste(ax, (torch.zeros(2), torch.eye(2)), (mean, cov), (("q", "l"), ("n", "o")))
    away = ax.lines[1].get_xydata() - mean.numpy()
    distances = (away @ np.linalg.inv(cov.numpy()) * away).sum(1)
    assert distances == pytest.approx(np.full(61, 5.99), abs=0.01)
    assert ax.get_xlabel() == "q ← likes → l"
    assert ax.get_ylabel() == "n ← likes → o"


def test_questions_and_abilities_are_drawn_as_they_are(axes):
    ability = torch.linspace(-1, 1, 5)
    draw.draw_questions(axes[0], ability, torch.rand(5, 2), ["easy", "hard"])
    assert [line.get_label() for line in axes[0].lines] == ["easy", "hard"]
    draw.draw_ability(axes[1], ability, {"now": torch.full((5,), 0.2)})
    assert line(axes[1], "now").get_ydata().tolist() == pytest.approx([0.4] * 5)


def test_every_learner_of_the_comparison_has_a_look_of_its_own():
    assert len(set(draw.ROLES_OF.values())) == len(draw.ROLES_OF)
