"""The widgets that are drawn by hand, in a real browser: mouse and keys do what they promise."""

import pytest

from tests.browser.page import cell, opened_cells, wait_until_idle

CELLS = {
    "game": "from metacourse.tasks.glyphs import load_glyphs\n"
    "from metacourse.widgets.concepts import game_widget\n"
    "game_widget(load_glyphs('validation').images)",
    "points": "import torch\n"
    "from metacourse.widgets.linear_regression import prior_widget\n"
    "prior_widget(torch.zeros(2))",
    "belief": "import torch\n"
    "from metacourse.bayes import Prior\n"
    "from metacourse.widgets.bayes import belief_widget\n"
    "flat = Prior(torch.zeros(2).double(), torch.eye(2).double(), torch.ones(()))\n"
    "belief_widget({'round': flat})",
    "classes": "from metacourse.trained.recipes import load_weights\n"
    "from metacourse.widgets.transformer import classes_widget\n"
    "classes_widget({'smooth functions': load_weights('prior_fitted')})",
    "goal": "import torch\n"
    "from metacourse.widgets.reinforcement import goal_widget\n"
    "back = torch.tensor([[-0.8, 0.0, 0.0], [0.0, -1.8, 0.0]])\n"
    "goal_widget({'joint': (back, 'joint')})",
    "quiz": "from metacourse.checks import quiz\nquiz('concepts.myths')",
}


@pytest.fixture(scope="module")
def notebook(browser, lab):
    """A notebook with one cell for each of the widgets, after Run All Cells."""
    with opened_cells(browser, lab, "hand_drawn.ipynb", CELLS) as page:
        yield page


def test_the_game_goes_on_with_enter_after_a_click(notebook):
    game = cell(notebook, "game").locator(".metacourse-game")
    game.locator(".row button").first.click()
    wait_until_idle(notebook)
    assert "Round 1. " in game.locator(".message").inner_text()
    notebook.page.keyboard.press("Enter")
    wait_until_idle(notebook)
    assert "Round 2. Which" in game.locator(".message").inner_text()


def test_the_game_is_played_with_the_number_keys(notebook):
    game = cell(notebook, "game").locator(".metacourse-game")
    game.focus()
    before = game.locator(".bar span").inner_text()
    notebook.page.keyboard.press("3")
    wait_until_idle(notebook)
    assert game.locator(".bar span").inner_text() != before


@pytest.fixture
def chart(notebook):
    """The chart with points, put back as it was at first."""
    found = cell(notebook, "points").locator(".metacourse-points")
    found.get_by_text("Reset").click()
    wait_until_idle(notebook)
    return found


def drag(notebook, point):
    """Take a point with the mouse, to the right and up."""
    box = point.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x + 60, y - 60, steps=6)
    notebook.page.mouse.up()
    wait_until_idle(notebook)


def seen(chart):
    """What the chart says of its first point, and of its lines."""
    point = chart.locator(".point").first
    return point.get_attribute("aria-valuetext"), chart.locator("[role=status]").inner_text()


def test_a_point_moves_with_the_arrow_keys_and_the_lines_follow(notebook, chart):
    place, readout = seen(chart)
    chart.locator(".point").first.focus()
    notebook.page.keyboard.press("ArrowUp")
    wait_until_idle(notebook)
    moved = seen(chart)
    assert moved[0] != place
    assert moved[1] != readout


def test_a_point_is_dragged_with_the_mouse_and_reset_brings_it_back(notebook, chart):
    before = seen(chart)
    point = chart.locator(".point").first
    point.scroll_into_view_if_needed()
    drag(notebook, point)
    assert seen(chart) != before
    chart.get_by_text("Reset").click()
    wait_until_idle(notebook)
    assert seen(chart) == before


def test_a_wrong_answer_to_the_quiz_is_told_why(notebook):
    quiz = cell(notebook, "quiz")
    quiz.get_by_label("Nothing", exact=True).first.check()
    quiz.get_by_role("button", name="Answer").first.click()
    wait_until_idle(notebook)
    assert "a new task would find no model waiting for it" in quiz.inner_text()


@pytest.fixture
def clicked(notebook):
    """The chart into which points are clicked, without a point."""
    found = cell(notebook, "belief").locator(".metacourse-points")
    found.get_by_text("Reset").click()
    wait_until_idle(notebook)
    found.scroll_into_view_if_needed()
    return found


def told(chart):
    return chart.locator("[role=status]").inner_text()


def test_a_click_into_the_chart_adds_a_point_there(notebook, clicked):
    room = clicked.locator(".room")
    box = room.bounding_box()
    notebook.page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    wait_until_idle(notebook)
    assert "After 1 point:" in told(clicked)
    place = clicked.locator(".point").first.get_attribute("aria-valuetext")
    x, y = (float(part.split()[1]) for part in place.split(", "))
    assert (x, y) == pytest.approx((0.6, 1.0), abs=0.05)  # of −1.2 … 1.2 and −2 … 2


def test_a_point_is_dragged_without_adding_another(notebook, clicked):
    clicked.get_by_text("Add a point").click()
    wait_until_idle(notebook)
    drag(notebook, clicked.locator(".point").first)
    assert clicked.locator(".point").count() == 1


def test_points_come_and_go_by_keys_and_buttons(notebook, clicked):
    for _ in range(2):
        clicked.get_by_text("Add a point").click()
    wait_until_idle(notebook)
    assert "After 2 points:" in told(clicked)
    clicked.locator(".point").first.focus()
    notebook.page.keyboard.press("Delete")
    wait_until_idle(notebook)
    assert "After 1 point:" in told(clicked)
    clicked.get_by_text("Remove the last").click()
    clicked.get_by_text("Remove the last").click()  # of none: nothing happens
    wait_until_idle(notebook)
    assert "After 0 points:" in told(clicked)


def test_there_are_never_more_points_than_allowed(notebook, clicked):
    for _ in range(14):
        clicked.get_by_text("Add a point").click()
    wait_until_idle(notebook)
    assert clicked.locator(".point").count() == 12


def test_a_click_adds_a_square_of_the_other_class_and_the_map_follows(notebook):
    output = cell(notebook, "classes")
    chart = output.locator(".metacourse-points")
    chart.scroll_into_view_if_needed()
    shade = chart.locator(".shade")
    before, squares = shade.get_attribute("href"), chart.locator(".point.other").count()
    output.locator("select").nth(1).select_option("class 1")
    box = chart.locator(".room").bounding_box()
    notebook.page.mouse.click(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    wait_until_idle(notebook)
    assert chart.locator(".point.other").count() == squares + 1
    assert chart.locator(".point").last.get_attribute("aria-label").endswith("of class 1")
    assert shade.get_attribute("href") != before


def test_walks_follow_a_goal_that_is_moved_with_the_keys_and_a_slider(notebook):
    chart = cell(notebook, "goal")
    goal, told = chart.locator(".point").first, chart.locator("[role=status]")
    goal.focus()
    first = told.inner_text()
    goal.press("Shift+ArrowUp")
    wait_until_idle(notebook)
    moved = told.inner_text()
    assert moved != first
    chart.locator(".noUi-handle").first.press("ArrowRight")
    wait_until_idle(notebook)
    assert "Return after 2 steps" in told.inner_text()
