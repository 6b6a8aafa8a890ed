"""The learning curve that grows while a model trains."""

import math

import numpy as np
import pytest

from metacourse.figures.stand_in import VIEW
from metacourse.widgets import curve as curve_module
from metacourse.widgets.curve import LearningCurve


def test_watch_changes_picture_readout_and_alt_text():
    curve = LearningCurve("query loss")
    before = curve.png
    curve.watch([4.0, 2.0])
    assert curve.png != before
    assert curve.readout == "Step 2: mean query loss of the last 20 steps 3."
    assert curve.readout in curve.alt


def test_the_mean_is_over_the_last_steps_only():
    curve = LearningCurve()
    curve.watch([1000.0] * 10 + [2.0] * 20)
    assert "steps 2." in curve.readout


@pytest.mark.parametrize("losses", [[], [0.0], [-1.0, -2.0], [math.nan], [1.0, math.inf], [1e300]])
def test_losses_that_have_no_logarithm_do_not_fail(losses):
    curve = LearningCurve()
    curve.watch(losses)
    assert curve.png.startswith(b"\x89PNG")


def test_a_long_run_is_drawn_to_its_last_step():
    curve = LearningCurve()
    curve.watch(list(np.linspace(2, 1, 30_000)))
    assert curve.readout.startswith("Step 30000:")


def test_the_last_picture_replaces_the_first_when_the_block_ends(monkeypatch):
    shown = []

    class Handle:
        def __init__(self, place):
            self.place = place

        def update(self, data, **_):
            shown[self.place] = data

    def display(data, **_):
        shown.append(data)
        return Handle(len(shown) - 1)

    monkeypatch.setattr(curve_module, "display", display)
    with LearningCurve() as curve:
        assert ["No loss yet." in data["text/html"] for data in shown] == [True, True]
        curve.watch([4.0, 2.0])
    assert ["Step 2" in data["text/html"] for data in shown] == [True, True]
    assert [VIEW in data for data in shown] == [False, True]
