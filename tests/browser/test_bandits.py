"""The bandit of notebook 09a in a real browser: pulled with the mouse, with keys, and by typing."""

import pytest

from tests.browser.page import alt_after, opened_cells, reset_figure

PROGRAM = """
from metacourse.widgets.bandits import bandit_widget
bandit_widget()
"""


@pytest.fixture(scope="module")
def notebook(browser, lab):
    with opened_cells(browser, lab, "bandit.ipynb", {"bandit": PROGRAM}) as notebook:
        yield notebook


@pytest.fixture
def bandit(notebook):
    """The bandit before its first pull."""
    return reset_figure(notebook)


def test_a_click_pulls_an_arm(notebook, bandit):
    alt = alt_after(notebook, bandit, bandit.get_by_role("button", name="Pull A").click)
    assert "of 1 pulls paid" in alt
    assert "9 left" in alt


def test_a_key_pulls_an_arm(notebook, bandit):
    button = bandit.get_by_role("button", name="Pull B")
    button.focus()
    alt = alt_after(notebook, bandit, lambda: notebook.page.keyboard.press("Enter"))
    assert "of 1 pulls paid" in alt
    alt = alt_after(notebook, bandit, lambda: notebook.page.keyboard.press("Space"))
    assert "of 2 pulls paid" in alt


def test_letters_pull_arms(notebook, bandit):
    text = bandit.locator("input[type=text]").first
    text.focus()
    alt = alt_after(notebook, bandit, lambda: notebook.page.keyboard.type("abab"))
    assert "of 4 pulls paid" in alt
