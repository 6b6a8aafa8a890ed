"""The board of a class in a real Chromium."""

import pytest

from tests.course.classroom.small import new_room, running_board, told, with_people

CHECKED = {"exercise": "toy.step", "state": "failed", "mistakes": [2]}
VOTED = {"prediction": "toy.side", "choice": 1}


@pytest.fixture
def room():
    room = with_people(new_room(), 30, CHECKED, VOTED)
    for person in range(20):
        room.take(told(person, **CHECKED | {"state": "passed", "mistakes": []}), "10.0.0.1")
    return room


@pytest.fixture
def page(browser, room):
    with running_board(room) as port, browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.wrong = []
        page.on("console", lambda message: page.wrong.append(message.text))
        page.on("request", lambda request: page.wrong.append(request.url)
                if not request.url.startswith(f"http://localhost:{port}/") else None)  # fmt: skip
        page.goto(f"http://localhost:{port}/")
        page.wait_for_selector(".bar")
        yield page


def test_bars_are_as_long_as_the_counts_say(page):
    whole = page.locator(".bar").bounding_box()["width"]
    passed = page.locator(".bar .passed").bounding_box()["width"]
    assert passed / whole == pytest.approx(20 / 30, abs=0.02)
    label = page.locator(".bar").get_attribute("aria-label")
    assert label == "toy.step: 20 passed, 10 not right yet, fewer than five not tried"
    assert page.wrong == []


def test_sentences_and_options_are_shown_as_text(page):
    assert "30 ×" in page.inner_text(".mistakes")
    assert "It <b>adds</b>." in page.inner_text(".mistakes")
    assert "Which side is <i>it</i>?" in page.inner_text("summary")


def test_a_vote_is_opened_by_the_keyboard_and_stays_open_when_counts_change(page, room):
    assert not page.locator("table").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("td").nth(3).inner_text() == "30"
    for person in range(10):
        room.take(told(person, **VOTED | {"choice": 0}), "10.0.0.1")
    page.wait_for_selector("td:text-is('20')")
    assert page.locator("table").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_board_that_has_stopped_is_told(page, monkeypatch):
    page.context.set_offline(True)
    page.wait_for_selector("#trouble:not(:empty)")
    assert "The board has stopped" in page.inner_text("#trouble")
