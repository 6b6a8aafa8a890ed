"""The live picture of notebook 06d: weights of other tasks."""

import re

import pytest
import torch

from metacourse import linear_regression as linreg
from metacourse.experiments import auxiliary
from metacourse.widgets.auxiliary import weights_widget
from tests.widgets.sweep import sweep


@pytest.fixture
def live():
    return weights_widget()


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_it_reads_out_the_losses_of_the_weighted_fit(live):
    live.controls["close"].value = 2.0
    live.controls["number"].value = 3
    live.controls["new"].value = True
    of = auxiliary.family(torch.Generator().manual_seed(3))
    weights = torch.tensor([live.controls[name].value for name in ("close", "half", "unrelated")])
    theta = auxiliary.fit(of.train, of.others, weights.double())
    told = [float(number) for number in re.findall(r" ([\d.e+-]+\d)", live.readout)]
    losses = [linreg.loss(theta, *points).item() for points in (of.train, of.validation, of.test)]
    assert told == pytest.approx(losses, rel=1e-2)


def test_new_points_are_shown_when_they_are_asked_for(live):
    assert "new" not in live.readout
    live.controls["new"].value = True
    assert "new" in live.readout
