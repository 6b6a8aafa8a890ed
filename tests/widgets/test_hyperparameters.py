"""The live picture of notebook 06b: sixty rates, what they lead to, and the way down."""

import contextlib
import math
import re

import pytest
import torch
import traitlets

from metacourse.experiments import schedules
from metacourse.hyperparameters import train_unrolled
from metacourse.nets import flatten, unflatten
from metacourse.widgets import hyperparameters as widgets
from tests.widgets.sweep import HOSTILE


@pytest.fixture
def live():
    return widgets.schedule_widget(0.05, aims={"best constant rate": 0.34})


def loss_of(live):
    return float(re.search(r"60 steps: ([\d.]+)", live.readout)[1])


@pytest.mark.parametrize("name", ["rates", "momentum", "seed"])
def test_every_control_moves_the_picture(live, name):
    live.reset()
    control, first = live.controls[name], live.png
    for end in (control.min, control.max):
        control.value = [end] * 60 if name == "rates" else end
        assert live.error is None
        assert live.readout
    assert live.png != first


def test_the_arrows_come_and_go(live):
    rates, arrows = live.controls["rates"], live.controls["gradient"]
    arrows.value = True
    assert len(rates.arrows) == 60
    arrows.value = False
    assert rates.arrows == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_of_a_control_breaks_it(live, hostile):
    for name, control in live.controls.items():
        with contextlib.suppress(traitlets.TraitError):  # refused: it never reaches the figure
            control.value = [hostile] * 60 if name == "rates" else hostile
        assert live.error is None
        assert live.readout


def test_the_written_out_training_is_the_kernels():
    rates = torch.linspace(0.3, 0.05, schedules.N_STEPS)
    theta, steps = widgets.train(rates, 0.9, seed=2)
    start, x, y = schedules.drawn(2)
    end, _ = train_unrolled(schedules.digit_loss, start, rates, {}, x, y, momentum=0.9)
    torch.testing.assert_close(theta, flatten(end), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(steps[0].loss, schedules.digit_loss(start, x[0], y[0]))
    images, labels = schedules.labelled("validation")
    expected = schedules.digit_loss(unflatten(theta, end), images, labels)
    torch.testing.assert_close(widgets.losses_on(theta[None], images, labels)[0], expected)


def test_arrows_point_along_the_hypergradient_and_a_step_goes_to_their_tips(live):
    live.controls["gradient"].value = True
    tips = list(live.controls["rates"].arrows)
    (slope, *_), _ = schedules.slopes(schedules.setting(torch.tensor(0.05)), seed=0)
    moved = torch.tensor(tips).log() - math.log(0.05)
    expected = (-0.2 * slope / slope.square().mean().sqrt()).clamp(-0.5, 0.5)
    torch.testing.assert_close(moved, expected, rtol=1e-2, atol=1e-3)
    live.step()
    assert live.controls["rates"].value == pytest.approx(tips)


def test_steps_lower_the_validation_loss(live):
    before = loss_of(live)
    for _ in range(6):
        live.step()
    assert loss_of(live) < 0.8 * before


def test_a_training_that_runs_away_is_said_and_has_no_arrows(live):
    live.controls["gradient"].value = True
    live.controls["rates"].value = [6.0] * 60
    assert "runs away" in live.readout
    assert live.error is None
    live.step()
    assert live.error is None


def test_reset_brings_rates_and_arrows_back(live):
    live.reset()
    first = live.png
    live.step()
    live.reset()
    assert live.png == first
    assert live.controls["rates"].value == [0.05] * 60
    assert live.controls["rates"].arrows == []


def test_without_a_kernel_rates_and_losses_stand_in_its_place(live):
    shown = live.stand_in()["text/html"]
    assert "data:image/png" in shown
    assert "Run this cell to drag the rates." in shown
