"""The live picture of notebook 07d."""

import re

import pytest

from metacourse.widgets import online as widgets
from tests.widgets.sweep import sweep


@pytest.fixture(scope="module")
def live():
    return widgets.stream_widget()


def told(live):
    """The losses in the read-out, by learner."""
    return {
        name: float(loss)
        for name, loss in re.findall(r"[:,] ([a-z0-9 -]+) ([\d.]+)", live.readout[:-1])
    }


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_a_window_follows_a_family_that_drifts_and_all_the_past_does_not(live):
    live.reset()
    stuck = told(live)
    assert stuck["follow the meta-leader"] > stuck["from 0"]
    live.controls["window"].value = 5
    following = told(live)
    assert following["follow the meta-leader"] < 0.5 * stuck["follow the meta-leader"]
    assert following["from 0"] == stuck["from 0"]  # it has no past


def test_all_the_past_is_worth_having_where_nothing_drifts(live):
    live.reset()
    live.controls["times"].value = 0.0
    losses = told(live)
    assert losses["learned prior"] < losses["ridge from 0"] < losses["from 0"]


def test_with_too_few_tasks_for_a_prior_it_is_that_of_ridge(live):
    live.reset()
    live.controls["window"].value = 2
    losses = told(live)
    assert losses["learned prior"] == losses["ridge from 0"]
