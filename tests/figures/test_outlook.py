"""The pictures of notebook 11b show what they are given."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from metacourse.figures import outlook as draw

QUESTIONS = {"q": ("Which?", ("one", "two")), "r": ("How?", ("so", "or so"))}
METHODS = {"q": {"one": "A", "two": "B"}, "r": {"so": "A", "or so": "A"}}


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_only_an_answer_that_changes_the_advice_says_to_what(ax):
    draw.draw_choices(ax, QUESTIONS, {"q": "one", "r": "so"}, METHODS, "A")
    told = [text.get_text() for text in ax.texts]
    assert told == ["Which?", "one", "two\n→ B", "How?", "so", "or so", "A"]
    tinted = [box.get_facecolor() == to_rgba(draw.TINT) for box in ax.patches]
    assert tinted == [True, False, True, True]


def test_a_band_reaches_from_a_question_past_its_last_answer(ax):
    draw.draw_choices(ax, QUESTIONS, {"q": "one", "r": "so"}, METHODS, "A")
    (band,) = ax.collections
    assert tuple(band.get_paths()[0].get_extents().intervalx) == ax.get_xlim()


def test_the_answers_given_have_a_thick_border(ax):
    draw.draw_choices(ax, QUESTIONS, {"q": "two", "r": "so"}, METHODS, "B")
    widths = [box.get_linewidth() for box in ax.patches]
    assert widths[1] > widths[0]
    assert widths[2] > widths[3]


def test_shares_stand_above_their_counts(ax):
    draw.draw_missed(ax, {"a": ((10, 100), (0.5, 0.1)), "b": ((20,), (0.2,))}, xlabel="tasks")
    assert line(ax, "a").get_xydata().tolist() == [[10, 0.5], [100, 0.1]]
    assert line(ax, "b").get_marker() != line(ax, "a").get_marker()
    assert ax.get_xlabel() == "tasks"


def test_a_new_task_has_a_line_by_formula_and_marks_as_measured(ax):
    draw.draw_new_task(ax, (5, 10), dict.fromkeys("abcd", ((0.4, 0.2), (0.41, 0.19))))
    assert line(ax, "a").get_ydata() == pytest.approx([0.4, 0.2])
    assert ax.lines[1].get_ydata() == pytest.approx([0.41, 0.19])
    assert [text.get_text() for text in ax.get_xticklabels()] == ["5", "10"]


def test_both_kinds_are_drawn_for_each_learner_with_their_intervals(ax):
    means, reaches = np.array([[0.1, 0.05], [2.0, 0.3]]), np.full((2, 2), 0.01)
    learners = {"one learned prior": (means, reaches), "nothing learned": (means / 2, reaches)}
    draw.draw_kinds(ax, (0, 3), learners)
    assert line(ax, "the few, one learned prior").get_ydata() == pytest.approx([2.0, 0.3])
    assert line(ax, "the many, nothing learned").get_linestyle() == "--"
    assert len(ax.collections) == 4
