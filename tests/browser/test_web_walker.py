"""Chapter 09's robot in a page without a kernel: it walks, believes and tries as Python's does."""

from itertools import pairwise

import pytest
import torch

from metacourse.bayes import Prior
from metacourse.widgets.walker import FRICTIONS, MOST_TRIALS, SLOPES, WHOLE, walker_widget
from tests.browser.static_page import opened_page, written

BODIES = {
    "whole": WHOLE,
    "two legs limp": WHOLE | {"limp": [0, 2]},
    "all legs limp": WHOLE | {"limp": [0, 1, 2, 3]},
    "on ice": WHOLE | {"friction": FRICTIONS[0]},
    "uphill, a leg limp": {"limp": [3], "slope": SLOPES[1], "friction": 0.35},
    "downhill": WHOLE | {"slope": SLOPES[0], "friction": FRICTIONS[1]},
}
PLAY = """([data, body, walks]) => {
    const state = { body };
    const widget = { get: (name) => state[name], set: (values) => Object.assign(state, values) };
    const brain = metacourse.brains.walker(widget, data);
    brain.changed(["body"]);
    for (let n = 0; n < walks; n += 1) brain.receive({ try: body });
    return { ...state.view, film: state.film ? [...state.film] : [] };
}"""


def new_robot():
    """Six gaits, what is believed of them in some way, and of two of them as of one."""
    generator = torch.Generator().manual_seed(0)
    gaits = torch.randn(6, 16, generator=generator)
    factor = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    cov = factor @ factor.T / 20 + 0.01 * torch.eye(6, dtype=torch.float64)
    mean = 0.4 * torch.rand(6, generator=generator, dtype=torch.float64)
    return walker_widget(gaits, Prior(mean, cov, torch.tensor(0.01, dtype=torch.float64)))


@pytest.fixture(scope="module")
def recording():
    return new_robot().record()


@pytest.fixture(scope="module")
def path(recording, tmp_path_factory):
    return written(tmp_path_factory.mktemp("robot"), {"robot": recording})


@pytest.fixture
def page(browser, path):
    with opened_page(browser, path, reduced_motion="reduce") as found:
        found.locator("[data-live]").wait_for()
        yield found


def played(page, recording, body, walks):
    """What the page shows of a body after so many walks."""
    return page.evaluate(PLAY, [recording["data"], body, walks])


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_walk_is_pythons_to_a_millimetre_and_so_is_what_is_tried_next(page, recording, body):
    robot = new_robot()
    robot.body = body
    for walks in range(4):
        found = played(page, recording, body, walks)
        assert (found["tried"], found["next"]) == (robot.tried, robot.view["next"])
        assert found["seen"] == pytest.approx(robot.seen, abs=1e-3)
        for name in ("mean", "half"):
            assert found[name] == pytest.approx(robot.view[name], abs=1e-3)
        assert (found["message"], found["alt"]) == (robot.readout, robot.alt_text)
        frames = memoryview(robot.film).cast("f").tolist()
        assert found["film"] == pytest.approx(frames, abs=1e-3)
        robot.walk()


def test_after_the_last_trial_it_says_with_which_gait_it_walks(page, recording):
    robot = new_robot()
    for _ in range(MOST_TRIALS):
        robot.walk()
    found = played(page, recording, WHOLE, MOST_TRIALS + 2)
    assert len(found["tried"]) == MOST_TRIALS
    assert (found["message"], found["next"]) == (robot.readout, -1)


def test_keys_break_a_leg_and_let_it_try(page):
    robot = new_robot()
    robot.body = WHOLE | {"limp": [1]}
    robot.walk()
    page.locator(".metacourse-robot").focus()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Leg 2").get_attribute("aria-pressed") == "true"
    assert page.get_by_role("status").inner_text() == robot.readout


def test_a_slider_is_another_body_and_reset_is_the_whole_one(page):
    status, first = page.get_by_role("status"), new_robot().readout
    page.get_by_role("button", name="Try").click()
    assert status.inner_text().startswith("The old gait: ")
    page.get_by_role("slider", name="Tilt").press("End")
    page.get_by_role("button", name="Leg 4").click()
    assert status.inner_text() == first
    page.get_by_role("button", name="Try").click()
    robot = new_robot()
    robot.body = {"limp": [3], "slope": SLOPES[1], "friction": 0.8}
    robot.walk()
    assert status.inner_text() == robot.readout
    page.get_by_role("button", name="Reset").click()
    assert status.inner_text() == first
    assert page.get_by_role("slider", name="Tilt").input_value() == "0"


def test_start_again_keeps_the_body_and_walks_as_before(page):
    status = page.get_by_role("status")
    page.get_by_role("button", name="Leg 1").click()
    page.get_by_role("button", name="Try").click()
    before = status.inner_text()
    page.get_by_role("button", name="Start again").click()
    assert status.inner_text() == new_robot().readout
    page.get_by_role("button", name="Try").click()
    assert status.inner_text() == before


def test_without_scripts_a_robot_stands_there(browser, path):
    with opened_page(browser, path, java_script_enabled=False) as page:
        assert page.get_by_role("img", name="A robot of springs").is_visible()
        assert page.get_by_text("Run this cell").count() == 0


def test_no_numbers_of_gaits_lie_over_each_other_on_a_phone(browser, tmp_path):
    mean = torch.zeros(26, dtype=torch.float64)
    mean[14] = 1.0  # is tried after the old gait
    prior = Prior(mean, 0.01 * torch.eye(26, dtype=torch.float64), torch.tensor(0.01).double())
    recording = walker_widget(torch.zeros(26, 16), prior).record()
    path = written(tmp_path / "site", {"robot": recording})
    phone = {"width": 390, "height": 844}
    with opened_page(browser, path, viewport=phone, reduced_motion="reduce") as page:
        page.locator("[data-live]").wait_for()
        page.get_by_role("button", name="Try").click()
        page.locator("svg text.next", has_text="14").wait_for()
        places = page.locator("svg text.middle").evaluate_all(
            "(all) => all.map((one) => [one.textContent, one.getBoundingClientRect()])"
        )
        numbers = [(told, box["left"], box["right"]) for told, box in places if told.isdigit()]
        assert [told for told, _, _ in numbers] == ["0", "5", "10", "14", "20", "25"]
        pairs = pairwise(numbers)
        assert all(one[2] < other[1] for one, other in pairs)
