"""The sixty handles of notebook 06b in a real browser: dragged, moved by keys, stepped."""

import re

import pytest

from tests.browser.page import (
    live_figures,
    opened,
    picture,
    run_all,
    wait_for_change,
    wait_until_idle,
)


@pytest.fixture(scope="module")
def notebook(browser, lab):
    with opened(browser, lab, "06b_sixty_rates_at_once.ipynb") as notebook:
        run_all(notebook)
        yield notebook


@pytest.fixture
def handles(notebook):
    """The handles as they were at first, with nothing left to draw."""
    found = notebook.page.locator(".metacourse-handles svg").first
    live_figures(notebook).first.get_by_text("Reset", exact=True).click()
    found.evaluate("svg => svg.scrollIntoView({ block: 'center' })")  # all of it
    wait_until_idle(notebook)
    return found


def rates(handles):
    read = "all => all.map(each => Number(each.getAttribute('aria-valuenow')))"
    return handles.locator(".handle").evaluate_all(read)


def arrows(handles):
    return handles.locator(".arrow").evaluate_all(
        "all => all.map(each => each.getAttribute('d') ?? '')"
    )


def loss(alt):
    return float(re.search(r"60 steps: ([\d.]+)", alt)[1])


def test_a_drag_across_draws_a_schedule_and_the_picture_follows(notebook, handles):
    image, box = picture(live_figures(notebook).first), handles.bounding_box()
    before, source = rates(handles), image.get_attribute("src")
    mouse = notebook.page.mouse
    mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.6 * box["height"], steps=3)
    mouse.up()
    wait_for_change(image, source)
    wait_until_idle(notebook)
    moved = [now != was for now, was in zip(rates(handles), before, strict=True)]
    assert 20 < sum(moved) < 30  # those between, also the ones that no event fell on
    first = moved.index(True)
    assert all(moved[first : first + sum(moved)])


def test_keys_choose_a_handle_and_move_it(notebook, handles):
    image, page = picture(live_figures(notebook).first), notebook.page
    source, before = image.get_attribute("src"), rates(handles)
    handles.locator(".handle").first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    wait_for_change(image, source)
    wait_until_idle(notebook)
    after = rates(handles)
    assert after[:-1] == before[:-1]
    assert after[-1] > before[-1]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").endswith("60 of 60")


def test_arrows_come_with_the_box_and_a_step_moves_the_handles_and_lowers_the_loss(
    notebook, handles
):
    figure = live_figures(notebook).first
    image, before = picture(figure), rates(handles)
    assert set(arrows(handles)) == {""}
    alt = image.get_attribute("alt")
    for _ in range(4):
        source = image.get_attribute("src")
        figure.get_by_text("Step along the arrows").click()
        wait_for_change(image, source)
        wait_until_idle(notebook)
    assert any(arrows(handles))
    assert rates(handles) != before
    assert loss(image.get_attribute("alt")) < loss(alt)
