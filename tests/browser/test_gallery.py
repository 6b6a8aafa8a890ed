"""The gallery in a real browser: everything runs, and every live figure answers its slider."""

import pytest

from tests.browser.page import (
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


@pytest.fixture(scope="module")
def gallery(browser, lab):
    with opened(browser, lab, "gallery.ipynb") as notebook:
        run_all(notebook)
        yield notebook


def test_all_of_it_runs_without_an_error(gallery):
    assert error_outputs(gallery) == []
    assert gallery.console_errors == []


def test_every_figure_changes_with_its_first_slider(gallery):
    figures = live_figures(gallery)
    assert figures.count() > 15
    for figure in figures.all():
        slider, image = sliders(figure).first, picture(figure)
        press(slider, "Home")
        wait_until_idle(gallery)
        source = image.get_attribute("src")
        press(slider, "ArrowRight")
        wait_for_change(image, source)


def test_another_answer_changes_what_the_chooser_advises(gallery):
    figure = gallery.page.locator(
        ".jp-OutputArea-output:has(.metacourse-picture img):not(:has([role=slider]))"
    ).last
    figure.scroll_into_view_if_needed()
    wait_until_idle(gallery)
    image = picture(figure)
    source, alt = image.get_attribute("src"), image.get_attribute("alt")
    figure.locator("select").nth(1).select_option("yes")  # a network trained on much like it
    wait_for_change(image, source)
    wait_until_idle(gallery)
    assert "prototypes" in alt
    assert "frozen network" in image.get_attribute("alt")


def test_every_picture_has_alt_text(gallery):
    images = gallery.page.locator(".jp-OutputArea-output img").all()
    assert [image for image in images if not (image.get_attribute("alt") or "").strip()] == []
