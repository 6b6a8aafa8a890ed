"""The pictures of notebook 11a show the numbers that they are given."""

import numpy as np
import pytest
import torch

from metacourse.communication import ring_turn
from metacourse.figures import distributed as draw
from metacourse.figures.style import new_figure


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_a_ring_has_a_number_for_each_part_and_a_picture_for_each_turn():
    states = [torch.ones(3, 3, 1)]
    for turn in range(4):
        states.append(ring_turn(states[-1], turn))
    _, axes = new_figure(columns=5)
    draw.draw_ring(axes, [state[..., 0].tolist() for state in states])
    for ax, state in zip(axes, states, strict=True):
        written = [int(text.get_text()) for text in ax.texts]
        assert written == state.flatten().int().tolist()
    assert [ax.get_title() for ax in axes] == ["at first", "turn 0", "turn 1", "turn 2", "turn 3"]
    assert {text.get_text() for text in axes[-1].texts} == {"3"}


def test_messages_have_median_and_quartiles_beside_the_model(ax):
    draw.draw_messages(ax, [4, 4000], [[1, 2, 3], [2, 4, 60]], ([4, 4000], [1.5, 2.5]))
    assert line(ax, "measured: median, quartiles").get_ydata().tolist() == [2, 4]
    assert line(ax, "ring, fitted").get_ydata().tolist() == [1.5, 2.5]
    (quartiles,) = ax.collections
    assert quartiles.get_segments()[1].tolist() == [[4000, 3], [4000, 32]]


def test_gains_stand_in_the_order_of_the_names_beside_the_models(ax):
    measured = {"processor's clock": {"a": [1, 2, 3], "b": [2, 2, 2]}}
    draw.draw_gains(ax, measured, {"a": 1.5, "b": 1.9})
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"]
    assert line(ax, "model").get_xydata().tolist() == [[1.5, 1], [1.9, 0]]
    assert line(ax, "processor's clock").get_xdata().tolist() == [2]


def test_noise_has_a_point_for_each_training_and_a_line_through_medians(ax):
    draw.draw_noise(ax, ["0", "30"], [[1, 4, 2], [9, 7, 8]])
    assert ax.lines[-1].get_ydata().tolist() == [2, 8]
    assert ax.lines[0].get_ydata().tolist() == [1, 4, 2]


def test_batches_have_plain_numbers_at_their_axes(ax):
    draw.draw_batches(ax, [4, 64], [[800, 900, 700], [100, 120, 110]], ylabel="steps", role="maml")
    assert ax.lines[-1].get_xydata().tolist() == [[4, 800], [64, 110]]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["4", "64"]
    assert "500" in [text.get_text() for text in ax.get_yticklabels()]


@pytest.fixture
def times():
    return {
        "the step": np.array([100.0, 60.0]),
        "computing": np.array([90.0, 45.0]),
        "messages": np.array([0.0, 5.0]),
        "fixed": np.array([10.0, 10.0]),
    }


def test_what_takes_no_time_is_not_drawn(ax, times):
    draw.draw_step_times(ax, (1, 2), times, 1)
    heights = line(ax, "messages").get_ydata()
    assert np.isnan(heights[0])
    assert heights[1] == pytest.approx(np.log10(5))
    assert line(ax, "the step").get_ydata()[0] == pytest.approx(2)


def test_the_efficiency_is_thick_where_messages_are_hidden(ax):
    draw.draw_efficiency(ax, (1, 2), np.array([1.0, 0.8]), np.array([True, False]), 1)
    thin, thick, here = ax.lines
    assert thin.get_ydata().tolist() == [1.0, 0.8]
    assert thick.get_ydata()[0] == 1.0
    assert np.isnan(thick.get_ydata()[1])
    assert here.get_xydata().tolist() == [[1, 0.8]]
