"""Chapter 09's robot: what it tries, what it tells, and what it takes for a body."""

import json

import pytest
import torch
import traitlets

from metacourse.bayes import Prior
from metacourse.walker import film, new_body
from metacourse.widgets.walker import (
    FRICTIONS,
    MOST_TRIALS,
    SLOPES,
    WHOLE,
    walker_widget,
)
from tests.widgets.sweep import HOSTILE

BROKEN = {"limp": [1], "slope": 2.0, "friction": 0.5}


@pytest.fixture
def gaits():
    return torch.randn(3, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def robot(gaits):
    """Gait 2 is believed to be the best, gait 1 the least known."""
    spread = torch.diag(torch.tensor([0.01, 0.25, 0.04]))
    prior = Prior(torch.tensor([0.2, 0.3, 0.4]), spread, torch.tensor(0.01))
    return walker_widget(gaits, Prior(*(part.double() for part in prior)))


def test_the_first_walk_is_with_the_old_gait_the_next_by_the_upper_bound(robot):
    robot.walk()
    assert robot.tried == [0]
    assert robot.readout.startswith("The old gait: ")
    assert robot.view["next"] == 1
    robot.walk()
    assert robot.tried == [0, 1]
    assert robot.readout.startswith("Trial 1, gait 1: ")


def test_a_walk_moves_what_is_believed_of_its_gait_and_narrows_it(robot):
    before = robot.view
    robot.walk()
    assert robot.view["half"][0] < 0.8 * before["half"][0]
    seen, mean = robot.view["seen"][0], robot.view["mean"][0]
    assert abs(mean - seen) < abs(before["mean"][0] - seen)
    assert robot.view["mean"][1] == before["mean"][1]  # nothing is known to go with it


def test_the_film_is_the_walk_that_is_told(robot):
    robot.body = BROKEN
    robot.walk()
    frames = torch.frombuffer(bytearray(robot.film), dtype=torch.float32).view(-1, 2, 14)
    assert frames.shape == film(robot.gaits[0], new_body()).shape
    gone = (frames[-1] - frames[0])[0, :10].mean().item()
    assert robot.seen == pytest.approx([gone], abs=1e-4)
    assert f"{gone:.2f} m".replace("-", "−") in robot.readout


def test_a_body_that_walks_twice_with_a_gait_is_nudged_anew(robot):
    robot.prior = robot.prior._replace(mean=torch.tensor([9.0, 0.0, 0.0]).double())
    robot.walk()
    robot.walk()
    assert robot.tried == [0, 0]
    assert robot.seen[0] != robot.seen[1]


def test_another_body_begins_anew(robot):
    robot.walk()
    robot.body = BROKEN
    assert (robot.tried, robot.film) == ([], b"")
    assert "limp legs: 2;" in robot.alt_text


def test_again_forgets_the_walks_and_keeps_the_body(robot):
    robot.receive({"try": BROKEN})
    first = robot.seen
    robot.receive({"again": True})
    assert (robot.tried, robot.body) == ([], BROKEN)
    robot.receive({"try": BROKEN})
    assert robot.seen == first


def test_a_trial_is_on_the_body_that_was_seen_when_it_was_asked_for(robot):
    robot.walk()
    robot.receive({"try": BROKEN})
    assert (robot.body, robot.tried) == (BROKEN, [0])
    robot.receive({"try": BROKEN})
    assert len(robot.tried) == 2


def test_other_messages_are_ignored(robot):
    robot.receive({"hello": 1})
    assert robot.tried == []


def test_after_the_last_trial_it_walks_with_the_best(robot):
    for _ in range(MOST_TRIALS + 2):
        robot.walk()
    assert len(robot.tried) == MOST_TRIALS
    assert robot.view["next"] == -1
    assert robot.readout.endswith(f"It walks with gait {robot.view['best']} from now on.")


@pytest.mark.parametrize("name", ["slope", "friction"])
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_number_is_refused_or_goes_to_the_end_of_its_range(robot, name, value):
    low, high = {"slope": SLOPES, "friction": FRICTIONS}[name]
    try:
        robot.body = WHOLE | {name: value}
    except traitlets.TraitError:
        assert robot.body == WHOLE
        return
    assert low <= robot.body[name] <= high
    robot.walk()
    assert all(abs(metres) < 20 for metres in robot.seen)
    json.dumps([robot.view, robot.body], allow_nan=False)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"limp": []},
        WHOLE | {"limp": [4]},
        WHOLE | {"limp": [-1]},
        WHOLE | {"limp": "0"},
        WHOLE | {"limp": None},
        WHOLE | {"limp": [[0]]},
        WHOLE | {"slope": True},
        WHOLE | {"more": 1},
    ],
)
def test_what_is_no_body_is_refused_and_the_old_one_kept(robot, body):
    with pytest.raises(traitlets.TraitError):
        robot.body = body
    assert robot.body == WHOLE


def test_a_robot_without_a_leg_to_stand_on_is_told_as_any_other(robot):
    robot.body = WHOLE | {"limp": [3, 0, 1, 2, 0]}
    assert robot.body["limp"] == [0, 1, 2, 3]
    robot.walk()
    assert "limp legs: 1, 2, 3, 4;" in robot.alt_text


@pytest.mark.parametrize("n_walks", [0, 2])
def test_without_a_kernel_a_picture_with_alt_text_stands_there(robot, n_walks):
    for _ in range(n_walks):
        robot.walk()
    data, _ = robot._repr_mimebundle_()
    assert data["text/plain"] == robot.alt_text
    assert data["text/html"].count("<img") == 1
    assert "Run this cell to break a leg" in data["text/html"]
