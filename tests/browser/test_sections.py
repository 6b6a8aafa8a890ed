"""The list of sections at the top of a notebook."""

from tests.browser.page import cell, opened


def test_a_click_on_a_section_leads_to_its_heading(browser, lab):
    with opened(browser, lab, "00_start_here.ipynb") as notebook:
        scrolled = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"
        assert notebook.page.evaluate(scrolled) == 0
        notebook.page.get_by_role("link", name="The map").click()
        notebook.page.wait_for_function(f"({scrolled})() > 500")
        heading = cell(notebook, "map").locator("h2").bounding_box()
        assert 0 <= heading["y"] < notebook.page.viewport_size["height"]
