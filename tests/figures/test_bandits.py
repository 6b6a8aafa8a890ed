"""The pictures of notebook 09a show the numbers that they are given."""

import pytest
import torch
from scipy import stats

from metacourse.figures import bandits as draw


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def rows(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def test_beliefs_are_beta_densities_with_a_mark_at_the_mean(ax):
    draw.draw_beliefs(ax, torch.tensor([[3.0, 1.0], [0.0, 2.0]]))
    first, mean, second, mean_1 = ax.lines
    for density, shape in ((first, (4, 2)), (second, (1, 3))):
        needed = stats.beta(*shape).pdf(density.get_xdata())
        assert density.get_ydata() == pytest.approx(needed, rel=1e-9)
    assert (mean.get_xdata()[0], mean_1.get_xdata()[0]) == pytest.approx((4 / 6, 1 / 4))
    assert {text.get_text() for text in ax.texts} == {
        "A: paid 3 of 4, mean 0.67",
        "B: paid 0 of 2, mean 0.25",
    }


def test_a_sure_belief_stays_in_the_picture(ax):
    draw.draw_beliefs(ax, torch.tensor([[500.0, 500.0], [0.0, 0.0]]))
    assert max(line.get_ydata().max() for line in ax.lines) < ax.get_ylim()[1]


def test_the_truth_stands_as_a_line_where_it_is(ax):
    draw.draw_beliefs(ax, torch.zeros(2, 2), torch.tensor([0.3, 0.8]))
    found = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 2]
    assert found == pytest.approx([0.3, 0.8])


def test_choices_and_totals_have_a_mark_for_each_name(ax):
    draw.draw_choices(ax, {"optimum": 1.0, "greedy": 0.25})
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() not in ("None", "")]
    assert marks == [1.0, 0.25]
    assert rows(ax) == ["optimum", "greedy"]


def test_totals_have_their_own_labels_where_choices_stood_before(ax):
    draw.draw_choices(ax, {"optimum": 1.0})
    draw.draw_totals(ax, {"you": 7, "optimum": 6.02}, 10)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "5", "10"]
    assert rows(ax) == ["you", "optimum"]


def test_worth_has_the_mark_of_the_arm_that_is_worth_more(ax):
    draw.draw_worth(ax, torch.tensor([0.1, 0.0, -0.2]), 3)
    _, first, second, _, ring = ax.lines
    assert first.get_xydata().tolist() == [[1, pytest.approx(0.1)]]
    assert second.get_xydata().tolist() == [[3, pytest.approx(-0.2)]]
    assert ring.get_xdata()[0] == 3


def test_returns_have_a_mark_for_each_training_and_lines_to_compare(ax):
    draw.draw_returns(ax, {"RL²": [6.0, 5.9, 6.01]}, {"optimum": 6.0218})
    assert ax.lines[0].get_xdata() == pytest.approx([6.0, 5.9, 6.01])
    assert line(ax, "optimum").get_xdata()[0] == 6.0218
    assert rows(ax) == ["RL²"]
