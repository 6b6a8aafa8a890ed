"""A deck in a browser without a network: all there, all readable."""

from contextlib import contextmanager

import pytest

from metacourse.course.classroom.deck import decks

LEAVES = "[...document.querySelectorAll('.slides section section')]"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """{chapter: a deck's file}"""
    folder = tmp_path_factory.mktemp("decks")
    return {name: path for name in ("03a", "07c") for path, _ in decks(name, folder)}


@contextmanager
def opened(browser, path):
    """The deck's page, ready, and what it asked for beside itself or complained of."""
    context, troubles = browser.new_context(viewport={"width": 1280, "height": 720}), []
    context.set_offline(True)
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))

    def route(asked):
        own = asked.request.url.startswith(path.as_uri())
        troubles.extend([] if own else [asked.request.url])
        asked.continue_() if own else asked.abort()

    context.route(lambda url: not url.startswith("data:"), route)
    try:
        page.goto(path.as_uri())
        page.wait_for_function("window.Reveal?.isReady()", timeout=120_000)
        yield page, troubles
    finally:
        context.close()


@pytest.mark.parametrize("chapter", ["03a", "07c"])
def test_a_deck_asks_for_nothing_and_every_slide_of_it_is_whole(browser, files, chapter):
    with opened(browser, files[chapter]) as (page, troubles):
        page.evaluate("document.body.classList.add('measured')")
        sizes = page.evaluate(f"{LEAVES}.map(s => [s.scrollHeight, s.scrollWidth])")
        wide = page.evaluate(
            f"{LEAVES}.filter(s => [...s.querySelectorAll('pre, table, svg, img')]"
            ".some(one => one.getBoundingClientRect().width > 1161)).length"
        )
        drawn = page.evaluate(
            f"{LEAVES}.flatMap(s => [...s.querySelectorAll('img')])"
            ".map(i => [i.width, i.height, i.naturalWidth / i.naturalHeight])"
        )
        assert max(height for height, _ in sizes) <= 720
        assert max(width for _, width in sizes) <= 1280
        assert wide == 0
        assert min(min(width, height * ratio) for width, height, ratio in drawn) >= 0.6 * 1280
    assert troubles == []


def test_formulas_are_drawn_and_none_is_left_as_it_was_written(browser, files):
    with opened(browser, files["03a"]) as (page, _):
        assert page.locator("mjx-container svg").count() > 10
        assert page.locator("mjx-merror").count() == 0
        page.evaluate("document.querySelectorAll('pre, code').forEach(one => one.remove())")
        assert "$" not in page.evaluate("document.querySelector('.slides').textContent")


def test_the_speaker_view_has_the_notes(browser, files):
    with opened(browser, files["03a"]) as (page, _):
        page.keyboard.press("Space")
        page.wait_for_function("Reveal.getState().indexv === 1")
        with page.context.expect_page() as opening:
            page.keyboard.press("s")
        notes = opening.value.locator(".speaker-controls-notes .value")
        notes.get_by_text("That is all of MAML").wait_for(timeout=60_000)
