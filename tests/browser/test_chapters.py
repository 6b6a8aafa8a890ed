"""Each chapter in a real browser: everything runs, and the live figures answer keys and mouse."""

import pytest
from playwright.sync_api import expect

from metacourse.figures.stand_in import MARK, VIEW
from tests.browser.lab import REPOSITORY
from tests.browser.page import (
    drag,
    error_outputs,
    live_figures,
    opened,
    picture,
    press,
    run_all,
    sliders,
    wait_for_change,
    wait_until_idle,
)

CHAPTERS = sorted(path.name for path in (REPOSITORY / "notebooks").glob("[0-9]*.ipynb"))

WITHOUT_SLIDERS = {  # whose pictures are printed once, drawn by hand, or chosen from lists
    "01b_learning_to_learn.ipynb",
    "04b_prototypes.ipynb",
    "04c_handwriting.ipynb",
    "05c_the_course_on_one_page.ipynb",
    "06a_a_rate_is_a_parameter.ipynb",
    "07a_sure_and_unsure.ipynb",
    "08b_past_gradient_descent.ipynb",
    "09c_a_leg_breaks.ipynb",
    "11b_the_way_on.ipynb",
}


@pytest.fixture(scope="module", params=CHAPTERS)
def chapter(request, browser, lab):
    """The notebook, open in JupyterLab, after Run All Cells."""
    with opened(browser, lab, request.param) as notebook:
        run_all(notebook)
        yield notebook


@pytest.fixture
def figure(request, chapter):
    """The chapter's first live figure, with nothing left to draw."""
    if request.node.callspec.params["chapter"] in WITHOUT_SLIDERS:
        pytest.skip("it has no live figure")
    found = live_figures(chapter).first
    found.scroll_into_view_if_needed(timeout=5_000)
    wait_until_idle(chapter)
    return found


def test_run_all_gives_no_error_output(chapter):
    assert error_outputs(chapter) == []


def test_it_has_a_live_figure_or_is_named_among_those_without(request, chapter):
    named = request.node.callspec.params["chapter"] in WITHOUT_SLIDERS
    assert named == (live_figures(chapter).count() == 0)


def test_a_static_form_stands_ahead_of_every_widget(chapter):
    bare = chapter.page.evaluate(
        """([view, mark]) => {
            const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];
            return cells.filter((cell) => cell.type === "code").filter((cell) => {
                const data = cell.outputs.toJSON().map((output) => output.data ?? {});
                return data.some((each, i) =>
                    view in each && !data[i - 1]?.["text/html"]?.includes(mark));
            }).map((cell) => cell.id);
        }""",
        [VIEW, MARK],
    )
    assert bare == []


def test_every_live_picture_has_its_place_on_the_page(chapter):
    sizes = chapter.page.evaluate(
        "[...document.querySelectorAll('.metacourse-picture img')]"
        ".map((image) => [image.clientWidth, image.clientHeight])"
    )
    assert [size for size in sizes if min(size) < 100] == []


def test_every_picture_on_the_page_has_alt_text(chapter):
    images = chapter.page.locator(".jp-OutputArea-output img").all()
    assert [image for image in images if not (image.get_attribute("alt") or "").strip()] == []


@pytest.mark.parametrize("key", ["ArrowLeft", "ArrowRight"])
def test_keys_on_the_first_slider_change_the_picture_and_its_alt_text(chapter, figure, key):
    slider, image = sliders(figure).first, picture(figure)
    there = {"ArrowLeft": "End", "ArrowRight": "Home"}[key]
    press(slider, there)
    wait_until_idle(chapter)
    source, alt = image.get_attribute("src"), image.get_attribute("alt")
    press(slider, key, times=3)
    wait_for_change(image, source)
    wait_until_idle(chapter)
    assert image.get_attribute("alt") != alt


def test_dragging_the_first_slider_changes_the_picture_and_its_alt_text(chapter, figure):
    slider, image = sliders(figure).first, picture(figure)
    press(slider, "Home")
    wait_until_idle(chapter)
    source, alt = image.get_attribute("src"), image.get_attribute("alt")
    drag(chapter, slider, 60)
    wait_for_change(image, source)
    wait_until_idle(chapter)
    assert image.get_attribute("alt") != alt


def test_reset_brings_the_first_picture_back(chapter, figure):
    slider, image, reset = sliders(figure).first, picture(figure), figure.get_by_text("Reset").first
    reset.click()
    wait_until_idle(chapter)
    value, alt = slider.get_attribute("aria-valuenow"), image.get_attribute("alt")
    press(slider, "Home")
    press(slider, "ArrowRight")
    wait_until_idle(chapter)
    reset.click()
    wait_until_idle(chapter)
    expect(slider).to_have_attribute("aria-valuenow", value, timeout=10_000)
    expect(image).to_have_attribute("alt", alt, timeout=10_000)


def test_the_console_shows_no_error(chapter):
    assert chapter.console_errors == []


def test_no_news_pop_up_disturbs(chapter):
    assert chapter.page.get_by_text("Jupyter news").count() == 0
