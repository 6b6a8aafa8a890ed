"""The live picture of learned optimisers: every control to both ends, and what it says."""

import re

import pytest
import torch

from metacourse.learned_optimisers import optimise
from metacourse.lstm import init_lstm
from metacourse.tasks.quadratics import plane_hessian, quadratic_loss
from metacourse.widgets import learned_optimisers as widgets
from tests.widgets.sweep import ends, sweep

VALUES = {  # other than those at the start
    "condition": 50.0,
    "angle": 70,
    "rate": 0.02,
    "adam_rate": 0.03,
    "n_steps": 11,
}
RATES = {"SGD": 0.1, "Adam": 0.2}


@pytest.fixture
def reader(generator):
    return init_lstm(2, 8, 1, generator)


@pytest.fixture
def optimiser(reader):
    return widgets.optimiser_widget(reader, horizon=20, rates=RATES)


def test_every_control_moves_the_picture(optimiser):
    sweep(optimiser)


def test_the_readout_and_the_alt_text_change_with_every_control(optimiser):
    for name, control in optimiser.controls.items():
        before = optimiser.readout, optimiser.alt_text
        control.value = VALUES[name]
        assert optimiser.readout != before[0], name
        assert optimiser.alt_text != before[1], name


def number(readout, name):
    """The number after a name in a read-out."""
    return float(re.search(rf"{name} ([\d.e-]+\d)", readout)[1])


def loss_of_torch(optimiser, hessian, start, n_steps, **options):
    """The loss after steps of an optimiser of torch.optim."""
    theta = start.clone().requires_grad_()
    optimiser = optimiser([theta], **options)
    for _ in range(n_steps):
        optimiser.zero_grad()
        quadratic_loss(theta, hessian, torch.zeros(2)).backward()
        optimiser.step()
    return quadratic_loss(theta, hessian, torch.zeros(2)).item()


@pytest.mark.parametrize(
    ("condition", "angle", "n_steps"), [(1.0, 0, 5), (5.0, 90, 11), (100.0, 25, 40)]
)
def test_the_losses_are_those_of_the_kernel_and_of_torch(
    optimiser, reader, condition, angle, n_steps
):
    chosen = {"condition": condition, "angle": angle, "n_steps": n_steps}
    for name, value in (chosen | {"rate": 0.05, "adam_rate": 0.03}).items():
        optimiser.controls[name].value = value
    turn = torch.deg2rad(torch.tensor(float(angle))).item()
    hessian = plane_hessian(condition=condition, angle=turn, steepest=condition**0.5)

    def loss(theta):
        return quadratic_loss(theta, hessian, torch.zeros(2))

    start = widgets._start(angle)
    _, learned = optimise(reader, loss, start, n_steps=n_steps)
    sgd, adam = (
        loss_of_torch(kind, hessian, start, n_steps, lr=rate)
        for kind, rate in ((torch.optim.SGD, 0.05), (torch.optim.Adam, 0.03))
    )
    told = optimiser.readout
    assert number(told, "learned") == pytest.approx(learned[-1].item(), rel=0.006)
    assert number(told, "SGD") == pytest.approx(sgd, rel=0.006)
    assert number(told, "Adam") == pytest.approx(adam, rel=0.006)


def test_the_start_turns_with_the_valley(optimiser):
    optimiser.controls["angle"].value = 0
    before = number(optimiser.readout, "SGD")
    optimiser.controls["angle"].value = 70
    assert number(optimiser.readout, "SGD") == pytest.approx(before, rel=0.006)


def test_the_rates_begin_as_given(optimiser):
    assert optimiser.controls["rate"].value == pytest.approx(RATES["SGD"], rel=0.05)
    assert optimiser.controls["adam_rate"].value == pytest.approx(RATES["Adam"], rel=0.05)


def test_an_sgd_that_diverges_is_told_in_the_figure_and_in_the_readout(optimiser):
    for name in ("condition", "rate", "n_steps"):
        optimiser.controls[name].value = ends(optimiser.controls[name])[1]
    assert optimiser.error is None
    assert "SGD runs away" in optimiser.readout
    assert "nan" not in optimiser.readout
    losses = optimiser._sheet.axes[1]
    assert "SGD runs away" in [text.get_text() for text in losses.texts]


def test_the_axes_stay_while_the_steps_grow(optimiser):
    limits = []
    for n_steps in ends(optimiser.controls["n_steps"]):
        optimiser.controls["n_steps"].value = n_steps
        limits.append([(ax.get_xlim(), ax.get_ylim()) for ax in optimiser._sheet.axes])
    assert limits[0] == limits[1]


def test_a_long_horizon_is_in_the_range_of_the_steps(reader):
    live = widgets.optimiser_widget(reader, horizon=100, rates=RATES)
    assert live.controls["n_steps"].value == 100
    assert live.error is None
