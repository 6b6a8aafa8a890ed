"""The list of sections at the top of a notebook."""

import time

from tests.browser.page import OpenNotebook, opened


def heading_in_view(notebook: OpenNotebook, text: str) -> bool:
    """Whether this heading stands on the screen; JupyterLab renders a cell when it comes near."""
    heading = notebook.page.get_by_role("heading", name=text)
    box = heading.bounding_box() if heading.count() else None
    return box is not None and 0 <= box["y"] < notebook.page.viewport_size["height"]


def test_a_click_on_a_section_leads_to_its_heading(browser, lab):
    with opened(browser, lab, "00_start_here.ipynb") as notebook:
        assert not heading_in_view(notebook, "The map (")
        end = time.monotonic() + 30
        while not heading_in_view(notebook, "The map (") and time.monotonic() < end:
            # JupyterLab loses a click while it still measures the page: a person clicks again
            notebook.page.get_by_role("link", name="The map").click()
            notebook.page.wait_for_timeout(1_000)
        assert heading_in_view(notebook, "The map (")
        assert notebook.console_errors == []
