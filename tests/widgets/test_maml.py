"""Chapter 03's live pictures: every control to both ends, and what they say."""

import re

import pytest
import torch

from metacourse.episodes import Episode
from metacourse.maml import inner_adapt
from metacourse.nets import init_mlp, mlp
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.widgets import maml as widgets
from tests.widgets.sweep import sweep


def mse(params, x, y):
    return (mlp(params, x) - y).square().mean()


def sine(params, x, y):
    return (params["amplitude"] * torch.sin(x + params["phase"]) - y).square().mean()


@pytest.fixture
def tasks(generator):
    return sample_sinusoids(3, n_shot=20, n_query=100, generator=generator)


@pytest.fixture
def starts(generator):
    roles = {"MAML": "maml", "pretrained": "pretrained", "random": "scratch"}
    return {name: (init_mlp([1, 20, 1], generator), role) for name, role in roles.items()}


@pytest.fixture
def adaptation(starts, tasks):
    return widgets.adaptation_widget(mse, mlp, starts, tasks, lr_inner=0.01)


@pytest.fixture
def arrows(generator):
    tasks = sample_sinusoids(3, n_shot=10, n_query=10, generator=generator)
    return widgets.arrows_widget(sine, tasks)


def test_every_control_of_the_adaptation_moves_the_picture(adaptation):
    sweep(adaptation)


def test_every_control_of_the_arrows_moves_the_picture(arrows):
    sweep(arrows)


@pytest.mark.parametrize("widget", ["adaptation", "arrows"])
def test_the_readout_changes_with_every_control(request, widget):
    live = request.getfixturevalue(widget)
    for name, value in {"n_steps": 7, "lr_inner": 0.03, "n_shot": 3, "task": 2, "shown": 2}.items():
        if name in live.controls:
            before = live.readout
            live.controls[name].value = value
            assert live.readout != before, name


@pytest.mark.parametrize("n_steps", [0, 1, 4, 10])
def test_the_adaptation_reads_out_the_loss_of_every_start(adaptation, starts, tasks, n_steps):
    chosen = {"n_steps": n_steps, "n_shot": 6, "task": 3, "lr_inner": 0.02}
    for name, value in chosen.items():
        adaptation.controls[name].value = value
    steps = {"lr_inner": adaptation.controls["lr_inner"].value, "n_steps": n_steps}
    x_support, y_support, x_query, y_query = (part[2] for part in tasks)
    for name, (params, _) in starts.items():
        adapted = inner_adapt(mse, params, x_support[:6], y_support[:6], **steps)
        told = re.search(rf"{name} ([\d.]+\d)", adaptation.readout)[1]
        assert float(told) == pytest.approx(mse(adapted, x_query, y_query).item(), rel=0.01)


def test_the_adaptation_says_so_when_the_steps_run_away(adaptation):
    adaptation.controls["lr_inner"].value = 1.0
    adaptation.controls["n_steps"].value = 10
    assert "random runs away" in adaptation.readout
    assert adaptation.error is None


def test_starts_that_are_being_trained_can_be_shown(starts, tasks):
    for params, _ in starts.values():
        for tensor in params.values():
            tensor.requires_grad_()
    assert widgets.adaptation_widget(mse, mlp, starts, tasks, lr_inner=0.01).error is None


def test_a_single_support_point_and_task_are_enough(starts, tasks):
    one = Episode(tasks.x_support[:1, :1], tasks.y_support[:1, :1], *(q[:1] for q in tasks[2:]))
    live = widgets.adaptation_widget(mse, mlp, starts, one, lr_inner=0.01)
    assert live.error is None
    assert "on 1 point:" in live.readout


def test_without_inner_steps_all_gradients_point_the_same_way(arrows):
    for name in ("n_steps", "lr_inner"):
        arrows.reset()
        arrows.controls[name].value = 0
        assert "first-order 0°, joint 0°. Reptile stays" in arrows.readout


def test_with_one_step_reptile_is_joint_training_on_the_points_of_both_sets(generator):
    tasks = sample_sinusoids(2, n_shot=4, n_query=4, generator=generator)
    twice = Episode(tasks.x_query, tasks.y_query, tasks.x_query, tasks.y_query)
    live = widgets.arrows_widget(sine, twice)
    live.controls["n_steps"].value = 1
    angles = re.search(r"Reptile (\d+)°, joint (\d+)°", live.readout)
    assert angles[1] == angles[2] != "0"


def test_more_steps_turn_first_order_further_away(arrows):
    angles = []
    for n_steps in (1, 3, 10):
        arrows.controls["n_steps"].value = n_steps
        angles.append(int(re.search(r"first-order (\d+)°", arrows.readout)[1]))
    assert angles == sorted(angles)
    assert angles[-1] > angles[0]
