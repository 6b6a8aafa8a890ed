"""The web edition under a thumb: what a narrow page does with what is wide."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_web_site import DESK, PHONE, opened, too_wide

THUMB = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
KEEPS_NOTHING = """Object.defineProperty(window, "localStorage", {
  configurable: true, get() { throw new DOMException("denied", "SecurityError"); } });"""
TWICE = "document.documentElement.style.fontSize = '200%'"
LETTER = "(svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"  # pixels a unit
LINE = """(all) => all.map((svg) => svg.getBoundingClientRect().bottom
  + parseFloat(getComputedStyle(svg).verticalAlign))"""  # on which its letters stand, in pixels
PLACES = "(all) => all.map((one) => one.getBoundingClientRect().{})"


def figure(page):
    """The first recorded figure of a page, where notebooks have been run to record them."""
    if not page.locator(".metacourse-figure").count():
        pytest.skip("no figure is recorded: make test-notebooks does it")
    return page.locator(".metacourse-figure").first


def row(page):
    """The four parts of the formula of a step with one parameter, once they are drawn."""
    found = page.locator(".metacourse-formulas").first.locator("div.math")
    expect(found.locator("svg")).to_have_count(4)
    return found


def test_formulas_beside_each_other_stand_below_each_other_on_a_phone(browser, web_site):
    for context, is_below in ((THUMB, True), ({"viewport": DESK}, False)):
        with opened(browser, web_site, "02a_the_factor", **context) as (page, _):
            tops = row(page).evaluate_all(PLACES.format("top"))
            lefts = row(page).evaluate_all(PLACES.format("left"))
            assert (tops[3] > tops[0] + 20) == is_below
            assert (lefts[3] > lefts[0] + 200) == (not is_below)


def test_formulas_beside_each_other_stand_on_one_line(browser, web_site):
    with opened(browser, web_site, "02a_the_factor", viewport=DESK) as (page, _):
        lines = row(page).locator("svg").evaluate_all(LINE)
        assert max(lines) - min(lines) < 1


def test_a_formula_that_is_a_little_too_wide_is_made_to_fit(browser, web_site):
    with opened(browser, web_site, "02a_the_factor", **THUMB) as (page, _):
        page.wait_for_selector("mjx-container[display=true] svg[style*=width]")
        expect(page.locator("mjx-container[data-scrolls=yes]")).to_have_count(0)
        whole = page.locator("mjx-container[display=true] > svg:not([style*=width])").first
        small = page.locator("mjx-container[display=true] > svg[style*=width]").first
        sizes = [each.evaluate(LETTER) for each in (whole, small)]
        assert 0.74 < sizes[1] / sizes[0] < 1


def test_the_controls_of_a_tall_figure_stay_in_sight_while_it_is_read(browser, web_site):
    with opened(browser, web_site, "02a_the_factor", **THUMB) as (page, _):
        seen = figure(page)
        controls = seen.locator(".metacourse-controls")
        seen.locator(".part").last.evaluate("(part) => part.scrollIntoView({ block: 'center' })")
        assert seen.bounding_box()["y"] < 0
        assert controls.bounding_box()["y"] >= 40
        seen.get_by_label("Inner rate α").press("End")
        expect(seen.locator(".told")).to_contain_text("runs away")


def test_all_sliders_of_a_figure_begin_at_one_place_on_a_phone(browser, web_site):
    with opened(browser, web_site, "02b_two_optima", **THUMB) as (page, _):
        sliders = figure(page).locator("input[type=range]")
        for side in ("left", "width"):
            places = sliders.evaluate_all(PLACES.format(side))
            assert len(places) == 3
            assert max(places) - min(places) < 1
        assert min(sliders.evaluate_all(PLACES.format("width"))) > 130


@pytest.mark.parametrize(
    "name", ["02a_the_factor", "09a_the_reward_is_the_only_label", "09c_a_leg_breaks"]
)
def test_whatever_a_thumb_presses_in_a_figure_is_high_enough(browser, web_site, name):
    with opened(browser, web_site, name, **THUMB) as (page, _):
        pressed = figure(page).locator("button, select, input[type=range]")
        pressed.first.wait_for()
        assert min(pressed.evaluate_all(PLACES.format("height"))) >= 24


def test_no_tooltip_lies_over_the_buttons_after_a_tap(browser, web_site):
    with opened(browser, web_site, "index", **THUMB) as (page, _):
        page.locator(".secondary-toggle").first.tap()
        page.keyboard.press("Escape")
        page.locator(".search-button").first.tap()
        expect(page.get_by_placeholder("Search the course").last).to_be_visible()


@pytest.mark.parametrize(
    "name", ["index", "00_start_here", "05c_the_course_on_one_page", "progress"]
)
def test_letters_of_twice_the_size_stick_out_nowhere(browser, web_site, name):
    with opened(browser, web_site, name, **THUMB) as (page, _):
        page.evaluate(TWICE)
        assert too_wide(page) == 0


def test_a_browser_that_keeps_nothing_complains_of_nothing(browser, web_site):
    with opened(browser, web_site, "progress", **THUMB) as (page, wrong):
        page.context.add_init_script(KEEPS_NOTHING)
        page.reload()
        expect(page.get_by_text("This browser does not keep your answers")).to_be_visible()
        page.get_by_role("button", name="Color mode").tap()
        page.get_by_role("button", name="Dark").tap()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert wrong == []


def test_the_choices_of_a_chooser_are_one_picture(browser, web_site):
    with opened(browser, web_site, "11b_the_way_on", **THUMB) as (page, _):
        expect(figure(page).locator(".part")).to_have_count(1)
