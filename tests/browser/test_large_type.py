"""Large type for a projector, as `metacourse lab` brings it: one keystroke there and back."""

import pytest

from tests.browser.page import (
    cell,
    drag,
    live_figures,
    opened,
    opened_cells,
    picture,
    sliders,
    wait_for_change,
    wait_until_idle,
)

CELLS = {
    "figure": "import torch\n"
    "from metacourse.widgets.start_here import line_widget\n"
    "line_widget(torch.tensor([[0.0, 1.0], [1.0, 1.0]]), torch.tensor([1.0, 2.0]))",
    "printed": "print('printed')",
    "points": "from metacourse.bayes import Prior\n"
    "from metacourse.widgets.bayes import belief_widget\n"
    "flat = Prior(torch.zeros(2).double(), torch.eye(2).double(), torch.ones(()))\n"
    "belief_widget({'round': flat})",
}


def switch(notebook):
    """Press the keystroke, and let the page settle."""
    notebook.page.keyboard.press("Alt+Shift+P")
    notebook.page.wait_for_timeout(500)


def sizes(notebook):
    """The size of running text and of code, in pixels."""
    return notebook.page.evaluate(
        """() => [".jp-RenderedMarkdown p", ".jp-Notebook .cm-content"].map((place) =>
            parseFloat(getComputedStyle(document.querySelector(place)).fontSize))"""
    )


def test_one_keystroke_makes_text_and_code_large_and_the_same_brings_them_back(browser, lab):
    with opened(browser, lab, "00_start_here.ipynb") as notebook:
        before = sizes(notebook)
        assert max(before) < 15
        switch(notebook)
        text, code = sizes(notebook)
        assert text >= 20
        assert code >= 18
        switch(notebook)
        assert sizes(notebook) == before
        assert notebook.console_errors == []


def test_a_page_that_is_loaded_again_is_as_it_always_was(browser, lab):
    with opened(browser, lab, "00_start_here.ipynb") as notebook:
        before = sizes(notebook)
        switch(notebook)
        notebook.page.reload()
        for place in (".jp-RenderedMarkdown p", ".jp-Notebook .cm-content"):
            notebook.page.locator(place).first.wait_for(state="attached", timeout=60_000)
        assert sizes(notebook) == before


@pytest.fixture(scope="module")
def normal_and_large(browser, lab):
    """A notebook in large type, and how wide its figure and its printed text were before."""
    with opened_cells(browser, lab, "large.ipynb", CELLS) as notebook:
        before = widths(notebook)
        switch(notebook)
        yield notebook, before


def widths(notebook):
    """How wide the figure and how high a line of printed text are on the screen."""
    printed = cell(notebook, "printed").locator(".jp-OutputArea-output pre")
    image = picture(live_figures(notebook).first)
    return image.bounding_box()["width"], printed.bounding_box()["height"]


def test_figures_and_printed_text_grow_with_it(normal_and_large):
    notebook, before = normal_and_large
    grown = [now / was for now, was in zip(widths(notebook), before, strict=True)]
    assert min(grown) > 1.3  # 1.5 where the screen is wide enough


def test_a_slider_follows_the_hand_and_the_picture_is_sharp(normal_and_large):
    notebook, _ = normal_and_large
    figure = live_figures(notebook).first
    image, handle = picture(figure), sliders(figure).first
    for pixels in (60, 60):  # the first change tells Python how large the picture is
        source, place = image.get_attribute("src"), handle.bounding_box()["x"]
        drag(notebook, handle, pixels)
        wait_for_change(image, source)
        wait_until_idle(notebook)
        assert handle.bounding_box()["x"] == pytest.approx(place + pixels, abs=12)
    drawn = image.evaluate("image => image.naturalWidth")
    assert drawn >= round(image.bounding_box()["width"]) - 1


def test_a_click_in_a_chart_puts_the_point_under_the_pointer(normal_and_large):
    notebook, _ = normal_and_large
    chart = cell(notebook, "points").locator(".metacourse-points > svg")
    chart.evaluate("svg => svg.scrollIntoView({ block: 'center' })")
    box = chart.bounding_box()
    x, y = box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"]
    notebook.page.mouse.click(x, y)
    wait_until_idle(notebook)
    point = cell(notebook, "points").locator(".point .dot").first.bounding_box()
    assert point["x"] + point["width"] / 2 == pytest.approx(x, abs=2)
    assert point["y"] + point["height"] / 2 == pytest.approx(y, abs=2)
