"""The web edition, opened from its folder: what holds for every page, and what the site offers."""

import re
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from metacourse.course.web import contents, kernels

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
NOTEBOOKS = [path.stem for path in contents.notebooks()]
PROGRAMS = [f"kernels/{name}" for name in kernels.names(set())]
OTHERS = ["index", "progress", "search", "kernels/index"]
SEEN_BY_AXE = [*OTHERS, *NOTEBOOKS, "kernels/walker"]  # the other programs look like this one
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
DRAWN = "window.MathJax?.startup?.promise.then(() => true) ?? true"
# formulas are MathJax's; colours of programs are seen on the page of a program
ELSEWHERE = [["mjx-container"], [".cell_input pre"], [".highlight-python pre"]]


@contextmanager
def opened(browser, site, name, **context):
    """A page of the site, its formulas drawn and its figures loaded, and what went wrong in it."""
    made, wrong = browser.new_context(**context), []
    page = made.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(f"{request.url[:200]} is missing"))

    def outside(route):
        wrong.append(f"asks for {route.request.url}")
        route.abort()

    made.route(lambda url: not url.startswith(("file:", "data:", "blob:")), outside)
    try:
        page.goto((site / f"{name}.html").as_uri())
        if context.get("java_script_enabled", True):
            page.wait_for_function(DRAWN)
            load_figures(page)
        yield page, wrong
    finally:
        made.close()


def load_figures(page):
    """Come near each figure, as a reader does, until its script is there."""
    for figure in page.locator(".metacourse-figure").all():
        figure.scroll_into_view_if_needed()
    names = "[...document.querySelectorAll('.metacourse-figure')].map(e => e.dataset.recording)"
    page.wait_for_function(
        f"{names}.every(n => document.querySelector(`script[src*='/recordings/${{n}}.js']`))"
    )


def violations(page, exclude):
    options = {"runOnly": WCAG, "resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, context={"exclude": exclude}, options=options).response["violations"]
    return [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]]


def too_wide(page):
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def without_alt(page):
    return page.evaluate("[...document.images].filter((i) => !i.hasAttribute('alt')).length")


# ---- what holds for every page -------------------------------------------------------------------


@pytest.mark.parametrize("name", [*OTHERS, *NOTEBOOKS, *PROGRAMS])
@pytest.mark.parametrize(
    ("size", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"]
)
def test_a_page_is_whole_quiet_and_open_to_everybody(browser, web_site, name, size, theme):
    with opened(browser, web_site, name, viewport=size, color_scheme=theme) as (page, wrong):
        assert page.locator("html").get_attribute("data-theme") == theme
        assert page.get_by_role("heading", level=1).count() == 1
        assert too_wide(page) == 0
        assert without_alt(page) == 0
        if name in SEEN_BY_AXE:
            exclude = [["mjx-container"]] if name in PROGRAMS else ELSEWHERE
            assert violations(page, exclude) == []
    assert wrong == []


@pytest.mark.parametrize("width", [320, 390, 768, 1366, 2000])
@pytest.mark.parametrize("name", ["index", "02a_the_factor", "glossary", "kernels/maml"])
def test_nothing_is_wider_than_the_window(browser, web_site, name, width):
    size = {"width": width, "height": 900}
    with opened(browser, web_site, name, viewport=size) as (page, wrong):
        assert too_wide(page) == 0
    assert wrong == []


def test_every_icon_is_drawn(browser, web_site):
    with opened(browser, web_site, "02a_the_factor", viewport=DESK) as (page, wrong):
        shapes = page.locator("svg[data-icon]")
        shapes.first.wait_for(state="attached")
        assert page.locator("i[class*='fa-']").count() == 0
        bare = "(all) => all.filter((s) => !s.querySelector('path')?.getAttribute('d')).length"
        assert shapes.evaluate_all(bare) == 0
        assert page.locator("svg.fa-circle-question, [data-fa-i2svg].missing").count() == 0
    assert wrong == []


def test_the_colours_change_by_a_button_and_stay_changed(browser, web_site):
    with opened(browser, web_site, "index", color_scheme="light") as (page, wrong):
        page.get_by_role("button", name="Color mode").click()
        page.get_by_role("button", name="Dark").click()
        page.goto((web_site / "glossary.html").as_uri())
        assert page.locator("html").get_attribute("data-theme") == "dark"
    assert wrong == []


# ---- keyboard, search, words ---------------------------------------------------------------------


def test_the_first_tab_leads_past_the_side_bar(browser, web_site):
    with opened(browser, web_site, "02a_the_factor", viewport=DESK) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"
        page.wait_for_function(
            "document.querySelector('#pst-skip-link').getBoundingClientRect().y >= 0"
        )
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('main')")


def test_the_button_of_the_side_bar_shows_that_it_has_the_focus(browser, web_site):
    with browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.goto((web_site / "01a_tasks.html").as_uri())
        page.keyboard.press("Tab")  # from here on the focus is shown
        toggle = page.locator(".sidebar-toggle:visible").first
        toggle.focus()
        assert toggle.evaluate("(button) => getComputedStyle(button).outlineWidth") == "3px"


def found(page, web_site, words):
    """The pages that the search finds, in its order."""
    page.goto(f"{(web_site / 'search.html').as_uri()}?q={words}")
    page.get_by_text("Search finished").wait_for()  # the pages are listed one by one
    links = page.locator("#search-results li a").all()
    return [re.split("[?#]", link.get_attribute("href"))[0] for link in links]


def test_the_search_finds_a_word_without_a_server(browser, web_site):
    with opened(browser, web_site, "search", viewport=DESK) as (page, wrong):
        pages = found(page, web_site, "first-order")
        assert {"02a_the_factor.html", "03b_relatives.html"} <= {*pages}
    assert wrong == []


def test_the_search_names_first_who_introduces_a_term_and_the_glossary(browser, web_site):
    with opened(browser, web_site, "search", viewport=DESK) as (page, _):
        assert {*found(page, web_site, "iMAML")[:2]} == {"03b_relatives.html", "glossary.html"}


def word(page):
    """A word of the glossary in a page, and what it is said to mean."""
    return page.locator("a.metacourse-term", has_text="learning rate").first


def test_a_word_tells_its_meaning_on_focus_and_escape_ends_that(browser, web_site):
    with opened(browser, web_site, "02a_the_factor", viewport=DESK) as (page, _):
        tip = page.get_by_role("tooltip")
        word(page).focus()
        assert "step" in tip.inner_text()
        assert word(page).get_attribute("aria-describedby") == tip.get_attribute("id")
        page.keyboard.press("Escape")
        assert tip.count() == 0
        word(page).hover()
        assert tip.is_visible()
        page.mouse.move(5, 5)
        assert tip.count() == 0


def test_the_first_tap_on_a_word_tells_its_meaning_and_the_second_leads_there(browser, web_site):
    settings = {"viewport": PHONE, "has_touch": True}
    with opened(browser, web_site, "02a_the_factor", **settings) as (page, _):
        word(page).tap()
        tip = page.get_by_role("tooltip").bounding_box()
        assert 0 <= tip["x"] <= tip["x"] + tip["width"] <= PHONE["width"]
        assert "02a_the_factor" in page.url
        word(page).tap()
        page.wait_for_url("**/glossary.html#term-learning-rate")


def test_what_scrolls_sideways_takes_the_keyboards_focus(browser, web_site):
    with opened(browser, web_site, "kernels/maml", viewport=PHONE) as (page, _):
        box = page.locator("pre[data-scrolls=yes]")
        box.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("document.activeElement.scrollLeft > 0")


# ---- other ways to read --------------------------------------------------------------------------


def test_without_scripts_the_pictures_and_the_texts_are_there(browser, web_site):
    settings = {"viewport": PHONE, "java_script_enabled": False}
    with opened(browser, web_site, "02a_the_factor", **settings) as (page, _):
        assert page.locator("article img[alt]").count() >= 5
        assert page.locator("a.metacourse-term[title]").count() > 5


def test_on_paper_a_page_is_light_and_has_its_text_only(browser, web_site):
    with opened(browser, web_site, "cheat_sheet", color_scheme="dark") as (page, _):
        page.evaluate("window.print = () => { window.printed = true; }")
        page.get_by_role("button", name="Print this page").click()
        assert page.evaluate("window.printed")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.locator("html").get_attribute("data-theme") == "light"
        assert (
            page.locator(".bd-sidebar-primary, .metacourse-print").locator("visible=true").count()
            == 0
        )
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("html").get_attribute("data-theme") == "dark"


def test_on_a_phone_a_press_shows_a_picture_in_its_own_size_and_another_fits_it(browser, web_site):
    with opened(browser, web_site, "02a_the_factor", viewport=PHONE) as (page, wrong):
        picture = page.locator(".metacourse-picture img").first
        fitted, drawn = picture.bounding_box()["width"], int(picture.get_attribute("width"))
        assert fitted < PHONE["width"] < drawn
        picture.click()
        assert picture.bounding_box()["width"] == drawn
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        picture.click()
        assert picture.bounding_box()["width"] == fitted
        assert not wrong


def test_a_formula_in_a_line_that_is_far_too_wide_can_be_scrolled(browser, web_site):
    size = {"width": 240, "height": 844}
    with opened(browser, web_site, "02a_the_factor", viewport=size) as (page, _):
        page.wait_for_selector("span.math[data-scrolls=yes]")
        wide = page.locator("span.math[data-scrolls=yes]").first
        assert wide.evaluate("box => { box.scrollLeft = 10; return box.scrollLeft; }") == 10
