"""Recorded figures in a page: they move under keys and mouse, and say what Python says."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider, toggle
from metacourse.widgets.neumann import neumann_widget
from tests.browser.static_page import opened_page, written

BLUE = 0, 114, 178
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}


def draw_bars(axes, left, right, colour, dots):
    for ax, height in zip(axes, (left, right), strict=True):
        ax.bar([0], [height], color=colour)
        ax.plot([0], [height], "ko" if dots else "")
        ax.set(xlim=(-1, 1), ylim=(0, 10), ylabel="height")
    if left + right > 18:
        raise ValueError("Both are high: lower one.")
    return f"left {left}, right {right:.1f}"


def bars():
    controls = {
        "left": int_slider("Left", 3, 0, 9, "cm"),
        "right": float_slider("Right", 5.0, 0.0, 10.0, 0.5),
        "colour": choice("Colour", {"blue": "#0072B2", "red": "#D55E00"}),
        "dots": toggle("Dots"),
    }
    sweeps = [{"left": [3, 6, 9], "right": [2, 5, 10]}]
    look = {"alt": "Two bars.", "columns": 2, "size": (9, 3), "sweeps": sweeps}
    return LiveFigure(draw_bars, controls, **look)


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """A page with two recorded figures."""
    recordings = {"bars": bars().record(), "sums": neumann_widget().record()}
    return written(tmp_path_factory.mktemp("figures") / "site", recordings)


@pytest.fixture
def page(browser, site):
    with opened_page(browser, site, viewport=DESK) as page:
        page.locator("[data-recording='bars'][data-live]").wait_for()
        yield page


def figure(page, name="bars"):
    return page.locator(f"[data-recording='{name}']")


def control(page, label, name="bars"):
    return figure(page, name).get_by_label(label)


def told(page, name="bars"):
    return figure(page, name).locator(".told")


def python_says(live, **values):
    for name, value in values.items():
        live.controls[name].value = value
    return live.readout


def test_arrow_keys_move_a_slider_and_the_readout_is_pythons(page):
    left = control(page, "Left (cm)")
    for key, value in (("ArrowRight", 6), ("End", 9), ("Home", 0)):
        left.press(key)
        expect(told(page)).to_have_text(python_says(bars(), left=value))
        expect(left).to_have_attribute("aria-valuetext", str(value))


def test_a_slider_follows_the_mouse(page):
    left = control(page, "Left (cm)")
    box = left.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect(told(page)).to_have_text("left 9, right 5.0")


def test_a_choice_and_a_box_change_the_picture(page):
    before = figure(page).locator(".paper").screenshot()
    control(page, "Colour").select_option("red")
    expect(figure(page).locator(".part img")).to_have_count(4)  # two halves, each laid over
    red = figure(page).locator(".paper").screenshot()
    assert red != before
    control(page, "Dots").check()
    expect(control(page, "Colour")).to_have_value("0")  # it moves alone: the other goes back


def test_the_alt_text_follows_with_the_picture(page):
    image = figure(page).locator("img").first
    expect(image).to_have_attribute("alt", "Two bars. left 3, right 5.0")
    control(page, "Left (cm)").press("End")
    expect(image).to_have_attribute("alt", "Two bars. left 9, right 5.0")
    others = figure(page).locator("img").all()[1:]
    assert [each.get_attribute("alt") for each in others] == [""] * len(others)


def test_the_readout_is_announced_when_the_hand_rests(page):
    status = figure(page).get_by_role("status")
    expect(status).to_have_text("")
    page.evaluate("""() => {
      window.said = [];
      const status = document.querySelector("[data-recording=bars] [role=status]");
      new MutationObserver(() => said.push(status.textContent)).observe(status,
        { childList: true });
    }""")
    page.evaluate("""() => {
      const input = document.querySelector("[data-recording=bars] input");
      for (const place of [3, 0, 2]) {
        input.value = place;
        input.dispatchEvent(new Event("input"));
      }
    }""")
    expect(status).to_have_text("left 6, right 5.0")
    assert page.evaluate("said") == ["left 6, right 5.0"]


def test_reset_puts_all_back(page):
    control(page, "Left (cm)").press("End")
    expect(told(page)).to_have_text("left 9, right 5.0")
    figure(page).get_by_role("button", name="Reset").click()
    expect(told(page)).to_have_text("left 3, right 5.0")
    expect(control(page, "Left (cm)")).to_have_attribute("aria-valuetext", "3")
    expect(figure(page).locator(".part img")).to_have_count(2)  # nothing is laid over the base


def test_controls_of_a_sweep_move_together_and_a_message_is_shown(page):
    control(page, "Left (cm)").press("End")
    control(page, "Right").press("End")
    expect(told(page)).to_have_text("Both are high: lower one.")
    assert python_says(bars(), left=9, right=10.0) == "Both are high: lower one."
    expect(control(page, "Left (cm)")).to_have_attribute("aria-valuetext", "9")


def test_a_setting_that_is_not_recorded_moves_as_few_controls_as_it_can(page):
    control(page, "Left (cm)").press("End")
    control(page, "Right").press("Home")  # 0 is recorded with the left one at 3 alone
    expect(told(page)).to_have_text("left 3, right 0.0")


def test_a_page_says_what_is_recorded(page):
    note = figure(page).locator(".note")
    expect(note).to_contain_text("one control at a time, or Left (cm) with Right.")


def test_three_terms_of_the_neumann_series_are_pythons(page):
    live = neumann_widget()
    figure(page, "sums").scroll_into_view_if_needed()
    page.locator("[data-recording='sums'][data-live]").wait_for()
    for values, presses in (
        ({"lr_inner": 2.4}, [("α", "End")]),
        ({"n_terms": 100}, [("Terms", "End")]),
        ({"n_terms": 0}, [("Terms", "Home")]),
    ):
        live.reset()
        figure(page, "sums").get_by_role("button", name="Reset").click()
        for label, key in presses:
            control(page, label, "sums").press(key)
        expect(told(page, "sums")).to_have_text(python_says(live, **values))


def test_the_picture_is_pythons(page):
    control(page, "Left (cm)").press("End")
    expect(figure(page).locator(".part img")).to_have_count(4)
    shot = figure(page).locator(".paper").screenshot()
    found = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))
    values = {"left": 9, "right": 5.0, "colour": "#0072B2", "dots": False}
    exact = bars().frame(values, 1)[1]
    assert found.shape == exact.shape
    here, there = ((np.abs(each.astype(int) - BLUE) < 30).all(-1) for each in (found, exact))
    assert (here & there).sum() > 0.95 * max(here.sum(), there.sum()) > 0


def test_nothing_moves_in_the_page_while_pictures_change(page):
    def places():
        return page.evaluate("""() => [...document.querySelectorAll(".paper, .told, button")]
          .map((each) => JSON.stringify(each.getBoundingClientRect()))""")

    before = places()
    control(page, "Left (cm)").press("End")
    expect(told(page)).to_have_text("left 9, right 5.0")
    assert places() == before


@pytest.fixture
def phone(browser, site):
    with opened_page(browser, site, viewport=PHONE) as page:
        page.locator("[data-recording='bars'][data-live]").wait_for()
        yield page


def test_on_a_phone_two_columns_stand_below_each_other_and_nothing_sticks_out(phone):
    first, second = (part.bounding_box() for part in figure(phone).locator(".part").all())
    assert second["y"] >= first["y"] + first["height"] - 1
    assert first["width"] > 300
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_a_picture_can_be_seen_in_its_own_size_and_scrolled(phone):
    figure(phone).get_by_role("button", name="Larger").press("Enter")
    region = figure(phone).get_by_role("region")
    assert region.evaluate("(each) => each.scrollWidth") == 900
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    region.press("Escape")
    expect(region).to_have_count(0)
    figure(phone).locator(".paper").click()
    expect(region).to_have_count(1)


def test_on_a_wide_page_there_is_nothing_to_enlarge(page):
    expect(figure(page).get_by_role("button", name="Larger")).to_be_hidden()


def test_without_scripts_the_first_picture_and_its_readout_stand_there(browser, site):
    with opened_page(browser, site, viewport=DESK, java_script_enabled=False) as page:
        image = figure(page).locator("img")
        expect(image).to_have_attribute("alt", "Two bars. left 3, right 5.0")
        expect(figure(page).locator("p")).to_have_text("left 3, right 5.0")
        assert figure(page).locator("input").count() == 0
