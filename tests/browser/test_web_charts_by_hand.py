"""Charts of draggable points in a page, moved by keys, fingers and sliders."""

import pytest
from playwright.sync_api import expect

from metacourse.widgets.recorded_state import control_json
from tests.browser.charts import SETTINGS, WIDGETS, charts_page, moved, reset, seen, status
from tests.browser.static_page import opened_page, written


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    with charts_page(browser, tmp_path_factory.mktemp("charts")) as opened:
        yield opened


@pytest.mark.parametrize("name", WIDGETS)
def test_a_point_moves_with_the_arrow_keys_and_alt_text_follows(page, name):
    chart = reset(page, name)
    before = status(chart).inner_text()
    if not seen(page, name, "points"):
        chart.get_by_text("Add a point").click()
    point = chart.locator(".point").first
    point.focus()
    place = point.get_attribute("aria-valuetext")
    page.keyboard.press("Shift+ArrowUp")
    assert point.get_attribute("aria-valuetext") != place
    expect(status(chart)).not_to_have_text(before)
    told = status(chart).inner_text()
    assert chart.locator("svg[role=group]").get_attribute("aria-label").endswith(told)


@pytest.mark.parametrize("name", ["belief", "reading", "classes"])
def test_points_come_and_go_by_click_button_and_key(page, name):
    chart = reset(page, name)
    points, begun = chart.locator(".point"), len(seen(page, name, "points"))
    chart.locator(".room").click(position={"x": 20, "y": 20})
    chart.get_by_text("Add a point").click()
    expect(points).to_have_count(begun + 2)
    expect(status(chart)).to_contain_text(f"{begun + 2} points")
    points.last.focus()
    page.keyboard.press("Delete")
    for _ in range(begun + 2):  # once more than there are
        chart.get_by_text("Remove the last").click()
    expect(points).to_have_count(0)


@pytest.mark.parametrize("name", WIDGETS)
def test_reset_brings_back_what_python_drew_at_first(page, name):
    moved(page, name, *SETTINGS[name][1])
    chart = reset(page, name)
    first = WIDGETS[name]()
    expect(status(chart)).to_have_text(first.chart.readout)
    assert seen(page, name, "points") == first.chart.points
    for input_, control in zip(inputs(chart), first.controls.values(), strict=True):
        assert input_.input_value() == str(control_json("", control)["home"])


def inputs(chart):
    return chart.locator(".metacourse-controls input, .metacourse-controls select").all()


@pytest.mark.parametrize("name", ["prior", "belief", "goal", "reading"])
def test_both_ends_of_every_slider_say_what_python_says(page, name):
    chart, widget = reset(page, name), WIDGETS[name]()
    sliders = [each for each in widget.controls.values() if hasattr(each, "min")]
    for input_, control in zip(chart.locator("input[type=range]").all(), sliders, strict=True):
        kept = control_json("", control)
        for key, end in (("Home", 0), ("End", -1)):
            input_.press(key)
            control.value = kept["values"][end]
            expect(status(chart)).to_have_text(widget.chart.readout)
            assert input_.get_attribute("aria-valuetext") == kept["labels"][end]


def test_a_point_follows_a_finger(page):
    chart = reset(page, "prior")
    point = chart.locator(".point").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)
    for kind, places in (("Start", [(x, y)]), ("Move", [(x + 40, y - 30)]), ("End", [])):
        touches = [{"x": left, "y": top} for left, top in places]
        hand.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})
    (before, after) = (WIDGETS["prior"]().chart.points[0], seen(page, "prior", "points")[0])
    assert after[0] > before[0] + 0.1
    assert after[1] > before[1] + 0.1


def test_on_a_narrow_screen_words_stay_as_large_as_they_are(browser, tmp_path):
    path = written(tmp_path, {"prior": WIDGETS["prior"]().record()})
    with opened_page(browser, path, viewport={"width": 390, "height": 844}) as narrow:
        narrow.locator("[data-live]").wait_for()
        shown = narrow.locator("svg[role=group]")
        drawn = float(shown.get_attribute("viewBox").split()[2])
        assert shown.bounding_box()["width"] == pytest.approx(drawn, rel=0.05)
        assert narrow.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_the_picture_and_its_numbers_stand_there(browser, tmp_path):
    widget = WIDGETS["prior"]()
    path = written(tmp_path, {"prior": widget.record()})
    with opened_page(browser, path, java_script_enabled=False) as still:
        assert still.locator("img").get_attribute("alt").endswith(widget.chart.readout)
        assert widget.chart.readout in still.locator("body").inner_text()
