"""The harness itself: what the chapter tests rely on is seen to find what is wrong."""

import pytest

from tests.browser.lab import running_lab
from tests.browser.page import cell, error_outputs, opened, run_all, save_cell
from tests.notebooks.small import small_notebook, write

BROKEN_CONSOLE = (
    "from IPython.display import Javascript\nJavascript('console.error(\"from a cell\")')"
)
TRACEBACK_IN_A_WIDGET = """\
import ipywidgets
shown = ipywidgets.Output()
with shown:
    raise ValueError("inside a widget")
shown"""


@pytest.fixture(scope="module")
def wrong(browser, tmp_path_factory):
    """A notebook in which everything goes wrong that can be seen in a page."""
    folder = tmp_path_factory.mktemp("wrong")
    notebook = small_notebook(
        TRACEBACK_IN_A_WIDGET, BROKEN_CONSOLE, "print(*range(999), sep='\\n')", "1 / 0"
    )
    write(notebook, folder / "wrong.ipynb")
    with (
        running_lab(folder, tmp_path_factory.mktemp("lab")) as lab,
        opened(browser, lab, "wrong.ipynb") as page,
    ):
        run_all(page)
        yield page


def test_an_error_in_a_cell_is_found(wrong):
    assert any("ZeroDivisionError" in error for error in error_outputs(wrong))


def test_a_traceback_in_a_widget_is_found(wrong):
    assert any("inside a widget" in error for error in error_outputs(wrong))


def test_an_error_in_the_console_is_found(wrong):
    assert any("from a cell" in error for error in wrong.console_errors)


def test_a_picture_of_a_tall_cell_is_whole(wrong, tmp_path):
    save_cell(wrong, "cell-2", tmp_path / "cell.png")
    height = int.from_bytes((tmp_path / "cell.png").read_bytes()[20:24])
    assert height == pytest.approx(cell(wrong, "cell-2").bounding_box()["height"], abs=2)
