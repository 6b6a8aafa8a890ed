"""The live pictures of notebook 09b."""

import math
import re

import pytest
import torch

from metacourse.experiments import navigation as nav
from metacourse.reinforcement import adapt, expected_return
from metacourse.widgets import reinforcement as widgets
from tests.widgets.sweep import sweep

STARTS = {
    "MAML": (torch.tensor([[-1.0, 0.0, -0.2], [0.0, -0.7, 0.1]]).double(), "maml"),
    "joint": (torch.tensor([[-0.8, 0.0, 0.0], [0.0, -1.8, 0.0]]).double(), "joint"),
}
HOSTILE = [[9.0, 9.0], [-9.0, 0.0], [0.0, 0.0], [math.nan, 0.1]]


@pytest.fixture
def live():
    return widgets.goal_widget(STARTS)


def named(live, name):
    return next(line for line in live.chart.lines if line["name"] == name)


def told(live, label):
    found = re.search(rf"{label} (−?\d\.\d+) → (−?\d\.\d+)", live.chart.readout)
    return [float(number.replace("−", "-")) for number in found.groups()]


@pytest.mark.parametrize("label", STARTS)
def test_it_reads_out_the_exact_returns_before_and_after_the_steps(live, label):
    live.chart.points = [[0.2, -0.3]]
    live.controls["n_steps"].value = 2
    live.controls["lr_inner"].value = 0.3
    goal, theta = torch.tensor([0.2, -0.3]).double(), STARTS[label][0]
    adapted = adapt(theta, goal, lr_inner=0.3, n_steps=2)
    expected = [expected_return(each, goal).item() for each in (theta, adapted)]
    assert told(live, label) == pytest.approx(expected, abs=6e-4)


def test_without_steps_after_is_before(live):
    live.controls["n_steps"].value = 0
    for label in STARTS:
        before, after = (named(live, f"{label}, {when}") for when in ("before", "after"))
        assert (before["x"], before["y"]) == (after["x"], after["y"])
        assert told(live, label)[0] == told(live, label)[1]


def test_the_walk_before_does_not_know_the_goal_and_the_one_after_does(live):
    before, after = (named(live, f"MAML, {when}")["y"] for when in ("before", "after"))
    live.chart.points = [[-0.4, -0.4]]
    assert named(live, "MAML, before")["y"] == before
    assert named(live, "MAML, after")["y"] != after


@pytest.mark.parametrize("place", HOSTILE)
@pytest.mark.parametrize("n_steps", [0, 5])
@pytest.mark.parametrize("lr_inner", [0.0, 1.5])
def test_whatever_is_done_to_it_lines_are_numbers_or_gaps(live, place, n_steps, lr_inner):
    live.controls["n_steps"].value = n_steps
    live.controls["lr_inner"].value = lr_inner
    live.chart.points = [place]
    found = [y for line in live.chart.lines for y in line["y"] if y is not None]
    assert all(abs(y) <= widgets.FAR for y in found)
    assert live.chart.readout.startswith(f"Return after {n_steps} step")


def test_what_runs_away_is_told(live):
    live.controls["lr_inner"].value = 1.5
    live.controls["n_steps"].value = 5
    assert "→ runs away" in live.chart.readout


def test_what_runs_away_leaves_in_its_own_direction(live):
    live.controls["n_steps"].value = 0
    wild = torch.tensor([[2.0, 0.0, 60.0], [0.0, 0.0, 100.0]]).double()  # (60, 30) at first
    live.starts = {"wild": (wild, "maml")}
    live.redraw()
    after = named(live, "wild, after")
    assert (after["x"][1], after["y"][1]) == (widgets.FAR, widgets.FAR / 2)


def test_reset_puts_goal_and_controls_back(live):
    first = live.chart.readout
    live.controls["n_steps"].value = 4
    live.chart.points = [[0.0, 0.0]]
    live.chart.points = live.chart.start  # as the browser's button does, and then says so
    live.chart._handle_custom_msg("reset", [])
    assert live.chart.readout == first


def test_without_a_kernel_the_walks_stand_there_with_alt_text(live):
    assert 'alt="A goal to move' in live.stand_in()["text/html"]


@pytest.fixture(scope="module")
def cloud():
    return widgets.cloud_widget(STARTS["MAML"][0], torch.tensor([0.35, 0.4]), lr_inner=0.5)


def angle(cloud):
    return float(re.search(r"gradient (\d+\.\d)°", cloud.readout)[1])


def test_every_control_of_the_cloud_moves_the_picture(cloud):
    sweep(cloud)


def test_more_trajectories_point_closer_to_the_exact_gradient(cloud):
    found = []
    for n in (2, 20, 1000):
        cloud.controls["n"].value = n
        found.append(angle(cloud))
    assert found == sorted(found, reverse=True)


def test_reward_to_go_and_baseline_are_worth_many_trajectories(cloud):
    cloud.reset()
    with_both = angle(cloud)
    cloud.controls["credit"].value = "neither"
    assert angle(cloud) > 2 * with_both


def test_it_reads_out_the_exact_step(cloud):
    cloud.reset()
    goal, theta = torch.tensor([0.35, 0.4]), STARTS["MAML"][0].float()
    exact = nav.after_steps(theta, goal, lr_inner=0.5).item()
    assert f"exact {exact:.3f}".replace("-", "−") in cloud.readout
