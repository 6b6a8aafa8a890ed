"""Chapter 09's robot in a real browser: broken by click and key, it walks when it is told to."""

import pytest

from tests.browser.page import cell, opened_cells, wait_until_idle

CELLS = {
    "robot": "from metacourse.experiments.repertoire import learned_prior\n"
    "from metacourse.trained.walker import repertoire\n"
    "from metacourse.widgets.walker import walker_widget\n"
    "known = repertoire(1)\n"
    "walker_widget(known.gaits, learned_prior(known.walks['prior']))",
}
FOOT = (190 + 0.15 * 250, 180 - 0.05 * 250)  # pixels of 760 × 240: between leg 2's foot and hip


@pytest.fixture(scope="module")
def notebook(browser, lab):
    with opened_cells(browser, lab, "robot.ipynb", CELLS) as page:
        yield page


@pytest.fixture
def robot(notebook):
    """A whole robot that stands."""
    found = cell(notebook, "robot").locator(".metacourse-robot")
    found.get_by_text("Reset", exact=True).click()
    wait_until_idle(notebook)
    return found


def status(robot):
    return robot.locator("[role=status]")


def pixels(robot):
    return robot.locator("canvas").evaluate("canvas => canvas.toDataURL()")


def limp(robot):
    return [
        number
        for number in range(1, 5)
        if robot.get_by_text(f"Leg {number}").get_attribute("aria-pressed") == "true"
    ]


def test_a_leg_is_broken_by_a_click_and_mended_by_its_key(notebook, robot):
    box, before = robot.locator("canvas").bounding_box(), pixels(robot)
    scale = box["width"] / 760
    notebook.page.mouse.click(box["x"] + scale * FOOT[0], box["y"] + scale * FOOT[1])
    wait_until_idle(notebook)
    assert limp(robot) == [2]
    assert pixels(robot) != before
    notebook.page.keyboard.press("2")
    wait_until_idle(notebook)
    assert limp(robot) == []


def test_a_click_beside_the_robot_breaks_nothing(notebook, robot):
    box = robot.locator("canvas").bounding_box()
    notebook.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.2 * box["height"])
    wait_until_idle(notebook)
    assert limp(robot) == []


def test_try_animates_a_walk_and_tells_it_at_the_end(notebook, robot):
    robot.get_by_text("Try", exact=True).click()
    notebook.page.wait_for_timeout(300)
    first = pixels(robot)
    notebook.page.wait_for_timeout(600)
    assert pixels(robot) != first
    assert status(robot).inner_text().startswith("Nothing is tried yet.")
    status(robot).get_by_text("The old gait: ").wait_for()
    assert robot.locator("svg .seen").count() == 1


def test_enter_tries_the_next_gait_after_the_old_one(notebook, robot):
    robot.focus()
    for told in ("The old gait: ", "Trial 1, gait "):
        notebook.page.keyboard.press("Enter")
        status(robot).get_by_text(told).wait_for()
    assert robot.locator("svg .seen").count() == 2
    assert "Trial 1" in robot.locator("svg").get_attribute("aria-label")


def test_the_ground_tilts_under_the_hand_and_reset_puts_it_back(notebook, robot):
    tilt, before = robot.get_by_label("Tilt"), pixels(robot)
    tilt.focus()
    for _ in range(4):
        notebook.page.keyboard.press("ArrowRight")
    assert pixels(robot) != before
    assert tilt.get_attribute("aria-valuetext").strip() == "2°"
    robot.get_by_text("Reset", exact=True).click()
    wait_until_idle(notebook)
    assert tilt.get_attribute("aria-valuetext").strip() == "0°"
    assert pixels(robot) == before


def test_who_wants_no_motion_sees_the_end_at_once(notebook, robot):
    notebook.page.emulate_media(reduced_motion="reduce")
    robot.get_by_text("Try", exact=True).click()
    wait_until_idle(notebook)
    notebook.page.wait_for_timeout(200)
    assert status(robot).inner_text().startswith("The old gait: ")
    notebook.page.emulate_media(reduced_motion="no-preference")
