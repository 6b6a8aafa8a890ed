"""The learning curve names enough numbers on its axis to be read."""

import numpy as np
import pytest

from metacourse.figures.curve import draw_losses


def named(ax):
    low, high = ax.get_ylim()
    return [tick for tick in ax.get_yticks() if low <= tick <= high]


@pytest.mark.parametrize(("first", "last"), [(1.3, 0.3), (0.9, 0.55), (3.0, 0.004)])
def test_at_least_two_losses_are_named_on_the_axis(ax, first, last):
    draw_losses(ax, np.geomspace(first, last, 40))
    assert len(named(ax)) >= 2


def test_a_narrow_range_is_named_more_closely(ax):
    draw_losses(ax, np.geomspace(1.2, 0.25, 40))
    assert 0.3 in np.round(named(ax), 6)


def test_before_the_first_loss_it_says_so(ax):
    assert draw_losses(ax, []) == "No loss yet."
    assert draw_losses(ax, [float("nan")]) == "No loss yet."
