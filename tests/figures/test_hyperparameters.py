"""The pictures of chapter 06 show the numbers that they are given."""

import numpy as np
import pytest
import torch

from metacourse.figures import hyperparameters as draw


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


RATES, PENALTIES = torch.tensor([0.1, 0.1, 0.5]), torch.tensor([0.01, 0.1, 0.01])


def test_trials_are_where_they_were_tried_and_the_best_has_a_ring(ax):
    found = draw.draw_trials(ax, RATES, PENALTIES, torch.tensor([0.9, 0.4, torch.inf]), "three")
    assert np.asarray(found.get_offsets()) == pytest.approx(np.array([[0.1, 0.01], [0.1, 0.1]]))
    assert np.asarray(found.get_array()) == pytest.approx([0.9, 0.4])
    crosses, ring, ticks = ax.lines
    assert (crosses.get_xdata(), crosses.get_ydata()) == (
        pytest.approx([0.5]),
        pytest.approx([0.01]),
    )
    assert (*ring.get_xdata(), *ring.get_ydata()) == pytest.approx((0.1, 0.1))
    assert ticks.get_xdata() == pytest.approx([0.1, 0.5])  # each rate once


def test_trials_that_all_ran_away_have_no_best(ax):
    draw.draw_trials(ax, RATES, PENALTIES, torch.full((3,), torch.nan), "lost")
    assert len(ax.lines) == 2  # crosses and ticks


def test_one_line_by_step_has_the_values_from_step_1_on(ax):
    draw.draw_by_step(ax, {"mine": (torch.tensor([0.1, 0.2, 0.4]), "learned")}, "rate α")
    assert line(ax, "mine").get_xdata().tolist() == [1, 2, 3]
    assert line(ax, "mine").get_ydata() == pytest.approx([0.1, 0.2, 0.4])
    assert ax.get_yscale() == "log"


def test_of_several_trainings_each_is_thin_and_the_median_thick(ax):
    three = torch.tensor([[1.0, 4.0], [2.0, 5.0], [9.0, 3.0]])
    draw.draw_by_step(ax, {"three": (three, "learned")}, "loss")
    assert line(ax, "three").get_ydata() == pytest.approx([2.0, 4.0])
    thin = [each for each in ax.lines if each is not line(ax, "three")]
    assert [each.get_ydata().tolist() for each in thin] == three.tolist()
    assert max(each.get_linewidth() for each in thin) < line(ax, "three").get_linewidth()


def test_a_training_is_drawn_by_step_and_its_judge_evenly_from_start_to_end(ax):
    training, judged = torch.tensor([2.0, 1.0, 0.5, 0.25]), torch.tensor([2.2, 0.9, 0.3])
    draw.draw_judged(ax, training, judged, {"best constant": 0.4})
    batch, validation, aim = ax.lines
    assert batch.get_xdata().tolist() == [1, 2, 3, 4]
    assert batch.get_ydata() == pytest.approx(training.numpy())
    assert validation.get_xdata().tolist() == [0, 2, 4]
    assert validation.get_ydata() == pytest.approx(judged.numpy())
    assert set(aim.get_ydata()) == {0.4}
    assert "dashed: best constant" in ax.get_title()


def test_losses_that_are_not_finite_are_drawn_at_the_top(ax):
    draw.draw_judged(ax, [0.5, np.nan], [2.3, np.inf, 1e30], {})
    assert ax.lines[0].get_ydata()[-1] == ax.get_ylim()[1]
    assert ax.lines[1].get_ydata()[-2:].tolist() == [ax.get_ylim()[1]] * 2


def test_sums_are_a_path_to_the_solution(ax):
    sums = torch.tensor([[0.0, 0.0], [0.5, -0.2], [90.0, 0.0]]).double()
    draw.draw_sums(ax, sums, torch.tensor([1.3, -0.9]).double(), torch.eye(2).double())
    path, solution = ax.lines
    assert path.get_xdata().tolist() == [0.0, 0.5, 50.0]  # far outside is not far away
    assert (*solution.get_xdata(), *solution.get_ydata()) == pytest.approx((1.3, -0.9))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("u₁", "u₂")


def test_errors_stand_beside_what_each_axis_leaves(ax):
    draw.draw_errors(ax, torch.tensor([1.0, 0.5, 0.0]), (0.5, 0.9))
    assert line(ax, "error of the sum").get_ydata() == pytest.approx([1.0, 0.5, draw.ERRORS[0]])
    assert line(ax, "flat: |1 − αλ| = 0.900").get_ydata() == pytest.approx([1.0, 0.9, 0.81])


def test_a_mark_is_at_the_loss_and_a_line_at_that_of_the_meant_points_alone(ax):
    draw.draw_parts(ax, {"fitted": 0.2, "new": 99.0}, {"fitted": 1e-9, "new": 2.0})
    places = [each.get_xdata()[0] for each in ax.lines]
    low, high = draw.PARTS
    assert places == pytest.approx([0.2, low, high, 2.0])  # far outside the axis is at its end
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["fitted", "new"]


def test_a_part_without_a_loss_is_hidden(ax):
    draw.draw_parts(ax, {"fitted": 0.2, "new": None}, {"fitted": 0.1, "new": None})
    assert len(ax.lines) == 2
    assert "hidden" in [text.get_text().strip() for text in ax.texts]


def test_copies_stand_right_of_their_original(ax):
    pictures = torch.zeros(2, 3, 16)
    pictures[1, 2, 0] = 1.0  # the first pixel of the second row's second copy
    draw.draw_copies(ax, pictures)
    canvas = ax.images[0].get_array()
    assert canvas.shape == (12, 18)
    assert canvas[7, 13] == 1.0
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["original", "copies"]
