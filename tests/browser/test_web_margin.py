"""Chapter 04's margin in a page without a kernel: what is said and drawn of a pair is Python's."""

import pytest
from playwright.sync_api import expect

from metacourse.widgets.siamese import margin_widget
from tests.browser.static_page import opened_page, written

APART, NEAR, FAR = (
    [[-0.2, -0.15], [0.15, 0.1]],
    [[0.5, 0.5], [0.4, 0.5]],
    [[-1.0, -1.0], [1.0, 1.0]],
)
EQUAL, LEFT = [[0.3, -0.3], [0.3, -0.3]], [[0.9, 0.9], [-0.9, -0.8]]
SETTINGS = [
    (APART, 0, 0.8),
    (APART, 1, 0.8),
    (NEAR, 0, 1.5),
    (NEAR, 0, 0.1),
    (NEAR, 0, 0.0),
    (FAR, 0, 1.5),
    (FAR, 1, 0.3),
    (EQUAL, 0, 0.8),
    (EQUAL, 1, 0.8),
    (EQUAL, 0, 0.0),
    (LEFT, 0, 0.5),
    ([[-9.0, 9.0], [9.0, 9.0]], 0, 1.45),
]
SPY = """
const { margin } = metacourse.brains;
metacourse.brains.margin = (widget, data, controls, box) => {
    window.made = margin(widget, data, controls, box);
    Object.assign(window, { widget, controls });
    return window.made;
};
"""
SET = """([points, values]) => {
    Object.assign(controls.values, values);
    widget.set({ points });
    made.changed(["points"]);
    return { lines: widget.get("lines"), readout: widget.get("readout"),
             numbers: document.querySelector(".metacourse-plots [role=status]").textContent };
}"""
# Where the mark of the pair stands in each plot, in the numbers of its axes.
MARKS = """() => [...document.querySelectorAll(".metacourse-plots > svg")].map((svg) => {
    const marks = [...svg.querySelectorAll("path.edge[transform]")];
    return marks.map((each) => each.getAttribute("transform").match(/translate\\(([^)]*)\\)/)[1]
        .split(" ").map(Number));
})"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    recordings = {"margin": margin_widget().record()}
    return written(tmp_path_factory.mktemp("margin"), recordings, last=SPY)


@pytest.fixture
def page(browser, path):
    with opened_page(browser, path) as found:
        found.locator("[data-live]").wait_for()
        yield found


def python(points, same, margin):
    plane = margin_widget()
    plane.controls["same"].value, plane.controls["margin"].value = same, margin
    plane.chart.points = points
    return plane


@pytest.mark.parametrize(("points", "same", "margin"), SETTINGS)
def test_what_is_said_and_the_arrows_are_pythons(page, points, same, margin):
    plane = python(points, same, margin)
    values = {"same": same, "margin": margin}
    found = page.evaluate(SET, [plane.chart.points, values])
    assert found["numbers"] == plane.readout
    assert found["readout"] == plane.chart.readout
    for line, other in zip(found["lines"], plane.chart.lines, strict=True):
        assert (line["name"], line["colour"], line["dash"]) == (
            other["name"],
            other["colour"],
            other["dash"],
        )
        for axis in "xy":
            assert line[axis] == pytest.approx(other[axis], abs=1e-9)


def test_the_pair_stands_on_the_curves(page):
    at = {}
    for same, points in (
        (1, [[0.0, 0.0], [0.5, 0.0]]),
        (1, [[0.0, 0.0], [1.0, 0.0]]),
        (0, [[-1.0, 0.0], [1.0, 0.0]]),
    ):
        page.evaluate(SET, [points, {"same": same, "margin": 0.8}])
        ((loss,), (slope,)) = page.evaluate(MARKS)
        at[same, points[1][0] - points[0][0]] = *loss, slope[1]
    (half_x, half_loss, half_slope) = at[1, 0.5]
    (one_x, one_loss, one_slope) = at[1, 1.0]
    (two_x, floor, level) = at[0, 2.0]
    assert two_x - one_x == pytest.approx(2 * (one_x - half_x))
    assert (floor - one_loss) == pytest.approx(4 * (floor - half_loss))
    assert (level - one_slope) == pytest.approx(2 * (level - half_slope))


def test_a_point_is_dragged_with_the_mouse(page):
    numbers = page.locator(".metacourse-plots").get_by_role("status")
    before = numbers.inner_text()
    point = page.get_by_role("slider", name="point b").locator(".reach")
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] - 60, steps=4)
    page.mouse.up()
    expect(numbers).not_to_have_text(before)
    plane = python(page.evaluate("widget.get('points')"), 0, 0.8)
    expect(numbers).to_have_text(plane.readout)


def test_keys_move_points_and_controls_and_reset_puts_all_back(page):
    numbers = page.locator(".metacourse-plots").get_by_role("status")
    expect(numbers).to_have_text(margin_widget().readout)
    page.get_by_role("slider", name="point a").press("Shift+ArrowLeft")
    page.get_by_label("Margin m").press("ArrowRight")
    page.get_by_label("The pair is").select_option("same")
    moved = [[-0.4, -0.15], [0.15, 0.1]]
    expect(numbers).to_have_text(python(moved, 1, 0.85).readout)
    page.get_by_role("button", name="Reset").click()
    expect(numbers).to_have_text(margin_widget().readout)
    expect(page.get_by_label("The pair is")).to_have_value("0")


def test_the_curves_are_told_to_those_who_do_not_see_them(page):
    plots = page.locator(".metacourse-plots > svg")
    for n in range(2):
        label = plots.nth(n).get_attribute("aria-label")
        assert label.endswith(margin_widget().readout)


def test_without_scripts_both_pictures_stand_there(browser, path):
    with opened_page(browser, path, java_script_enabled=False) as page:
        assert page.get_by_role("img").count() == 2
        assert page.get_by_text("Run this cell").count() == 0
