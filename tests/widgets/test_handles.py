"""Handles: many numbers that are dragged, within a range."""

import math

import pytest
import traitlets

from metacourse.widgets.handles import Handles


@pytest.fixture
def handles():
    return Handles("rate α", [0.1, 0.2, 0.3], 0.01, 1.0)


def test_numbers_outside_the_range_are_moved_to_the_edge(handles):
    handles.value = [5.0, -3.0, math.nan]
    assert handles.value == [1.0, 0.01, 0.01]
    handles.value = [math.inf, -math.inf, 0.5]
    assert handles.value == [0.01, 0.01, 0.5]


def test_the_number_of_handles_stays(handles):
    with pytest.raises(traitlets.TraitError, match="3 handles, got 2"):
        handles.value = [0.1, 0.2]
    with pytest.raises(traitlets.TraitError, match="3 handles, got 1 arrows"):
        handles.arrows = [0.1]


def test_there_are_no_arrows_or_one_for_each(handles):
    handles.arrows = [0.1, math.nan, 0.4]
    assert handles.arrows == [0.1, 0.01, 0.4]
    handles.arrows = []
    assert handles.arrows == []


def test_a_moved_handle_can_be_observed(handles):
    seen = []
    handles.observe(lambda change: seen.append(change.new), "value")
    handles.value = [0.1, 0.2, 0.9]
    assert seen == [[0.1, 0.2, 0.9]]
