"""A check in a real browser: what it says, where a slip is, and the buttons under it."""

import pytest

from tests.browser.page import cell, opened_cells, wait_until_idle

DEFINE = """import torch
from metacourse import linear_regression as lr
from metacourse.checks import check, mine

def adapt(theta, x, y, *, lr_inner, n_steps=1):
    for _ in range(n_steps + 1):
        theta = theta + lr_inner * lr.gradient(theta, x, y)
    return theta
"""
CHECK = 'check("linear_regression.adapt", adapt)'
CELLS = {
    "define": DEFINE,
    "first": CHECK,
    "second": CHECK,
    "third": CHECK,
    "mended": DEFINE.replace("n_steps + 1", "n_steps").replace("theta + lr", "theta - lr"),
    "right": CHECK,
    "mine": 'mine("linear_regression.adapt").__wrapped__ is adapt',
}


@pytest.fixture(scope="module")
def notebook(browser, lab):
    """A wrong answer checked three times, then a right one."""
    with opened_cells(browser, lab, "checks.ipynb", CELLS) as page:
        yield page


def press(notebook, cell_id, label):
    """Press a button under a check; what the cell then says."""
    found = cell(notebook, cell_id)
    found.get_by_role("button", name=label).click()
    wait_until_idle(notebook)
    return found.inner_text()


def test_two_slips_at_once_are_told(notebook):
    said = cell(notebook, "first").inner_text()
    assert "Two things at once." in said
    assert "You take one step too many" in said
    assert "You walk uphill" in said


def test_their_place_is_shown_from_the_third_try_on(notebook):
    line = "for _ in range(n_steps + 1):"
    shown = [cell(notebook, cell_id).inner_text() for cell_id in ("first", "second", "third")]
    assert [text.count(line) for text in shown] == [0, 0, 1]


def test_the_hint_button_shows_one_hint_after_the_other(notebook):
    assert "1/3" in press(notebook, "first", "Hint")
    assert "2/3" in press(notebook, "first", "Hint")


def test_the_solution_button_shows_a_program(notebook):
    assert "return theta" in press(notebook, "second", "Solution")


def test_the_two_programs_stand_side_by_side(notebook):
    said = press(notebook, "third", "Compare with mine")
    assert "Yours" in said
    assert "Ours" in said


def test_a_button_is_pressed_with_the_keyboard(notebook):
    button = cell(notebook, "right").get_by_role("button", name="Compare with mine")
    button.focus()
    notebook.page.keyboard.press("Enter")
    wait_until_idle(notebook)
    assert "Ours" in cell(notebook, "right").inner_text()


def test_a_function_that_has_passed_is_mine(notebook):
    assert "your own, which has passed" in cell(notebook, "mine").inner_text()
    assert "True" in cell(notebook, "mine").inner_text()
