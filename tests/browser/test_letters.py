"""Draw your own, in a real browser: letters and questions drawn with the mouse."""

import statistics

import pytest
from torch import Generator

from metacourse.widgets.letters import INVENTED, another_hand
from tests.browser.page import LAPTOP, cell, opened_cells, wait_until_idle

SOURCE = """\
from metacourse.trained.embeddings import load_embedding
from metacourse.nets import convnet
from metacourse.widgets.letters import letters_widget
params = load_embedding("meta_trained")
widget = letters_widget(lambda images: convnet(params, images))
widget"""
# From the newest event of the mouse to the frame that shows an answer that came after it.
STOPWATCH = """(readout) => {
    window.moved = null;
    window.latencies = [];
    const note = () => { window.moved ??= performance.now(); };
    for (const kind of ["pointerdown", "pointermove"]) window.addEventListener(kind, note, true);
    new MutationObserver(() => requestAnimationFrame(() => {
        if (window.moved !== null) window.latencies.push(performance.now() - window.moved);
        window.moved = null;
    })).observe(readout, { childList: true });
}"""


@pytest.fixture(scope="module")
def notebook(browser, lab):
    """A notebook with the widget, after Run All Cells."""
    with opened_cells(browser, lab, "letters.ipynb", {"letters": SOURCE}) as page:
        yield page


@pytest.fixture
def widget(notebook):
    """The widget with nothing drawn."""
    found = cell(notebook, "letters").locator(".jp-OutputArea")
    click(notebook, found, "Start over")
    return found


def click(notebook, widget, name):
    widget.get_by_role("button", name=name).click()
    wait_until_idle(notebook)


def draw(notebook, widget, strokes, *, pause=8):
    """Draw with the mouse, from point to point, with a pause of some milliseconds."""
    canvas = widget.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box, mouse = canvas.bounding_box(), notebook.page.mouse
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        mouse.move(*places[0])
        mouse.down()
        for x, y in places[1:]:
            mouse.move(x, y, steps=4)
            notebook.page.wait_for_timeout(pause)
        mouse.up()


def readout(widget):
    return widget.locator(".readout").inner_text()


def ink(widget):
    """The share of the pad that is black."""
    return widget.locator("canvas").evaluate(
        """(canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return data.filter((_, i) => i % 4 === 3).reduce((sum, v) => sum + v, 0)
                / 255 / width / height;
        }"""
    )


def draw_letters(notebook, widget):
    for place in range(5):
        draw(notebook, widget, INVENTED[place])
        click(notebook, widget, f"Add to letter {place + 1}")


def test_five_letters_are_drawn_and_two_questions_answered(notebook, widget):
    draw_letters(notebook, widget)
    assert [card.inner_text() for card in widget.locator(".card .note").all()][:5] == ["1 shot"] * 5
    generator = Generator().manual_seed(1)
    for place in (1, 3):
        draw(notebook, widget, another_hand(INVENTED[place], generator))
        wait_until_idle(notebook)
        assert f"earest is letter {place + 1}" in readout(widget)
        assert widget.locator(".bar.nearest .name").inner_text() == f"▶ {place + 1}"
        click(notebook, widget, "Clear")


def test_the_answer_changes_while_the_pen_is_down(notebook, widget):
    click(notebook, widget, "Load an example")
    click(notebook, widget, "Clear")
    canvas = widget.locator("canvas").bounding_box()
    mouse, seen = notebook.page.mouse, set()
    mouse.move(canvas["x"] + 60, canvas["y"] + 60)
    mouse.down()
    for x, y in [(60, 220), (160, 220), (160, 140), (220, 60)]:
        mouse.move(canvas["x"] + x, canvas["y"] + y, steps=8)
        wait_until_idle(notebook)
        seen.add(readout(widget))
    mouse.up()
    assert len(seen) >= 3


def test_another_shot_moves_the_prototype(notebook, widget):
    click(notebook, widget, "Load an example")
    before = widget.locator(".map .trail").first.get_attribute("d")
    widget.get_by_role("radio", name="Letter 1").check()
    click(notebook, widget, "Clear")
    draw(notebook, widget, INVENTED[5])
    click(notebook, widget, "Add to letter 1")
    assert widget.locator(".card .note").first.inner_text() == "2 shots"
    assert widget.locator(".map .trail").first.get_attribute("d") != before
    click(notebook, widget, "Remove last shot")
    assert widget.locator(".card .note").first.inner_text() == "1 shot"


def test_undo_takes_the_last_stroke_away_and_clear_all(notebook, widget):
    draw(notebook, widget, INVENTED[0])
    both = ink(widget)
    click(notebook, widget, "Undo")
    assert 0 < ink(widget) < both
    click(notebook, widget, "Clear")
    assert ink(widget) == 0


def test_the_pen_stays_at_the_edge_when_the_mouse_leaves_the_pad(notebook, widget):
    draw(notebook, widget, [[[0.5, 0.5], [-0.4, 0.5], [0.5, 1.6]]])
    click(notebook, widget, "Add to letter 1")
    assert widget.locator(".card .note").first.inner_text() == "1 shot"


def test_all_but_drawing_works_with_the_keyboard_alone(notebook, widget):
    press = notebook.page.keyboard.press
    widget.get_by_role("radio", name="Letter 1").focus()
    press("ArrowRight")
    wait_until_idle(notebook)
    assert widget.get_by_role("button", name="Add to letter 2").is_visible()
    widget.get_by_role("button", name="Draw for me").focus()
    press("Enter")
    wait_until_idle(notebook)
    assert ink(widget) > 0
    widget.get_by_role("button", name="Add to letter 2").focus()
    press("Space")
    wait_until_idle(notebook)
    assert widget.locator(".card .note").nth(1).inner_text() == "1 shot"


def test_a_finger_draws_too(notebook, widget):
    canvas = widget.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    session = notebook.page.context.new_cdp_session(notebook.page)
    for kind, points in [
        ("touchStart", [(80, 80)]),
        ("touchMove", [(80, 150)]),
        ("touchMove", [(180, 200)]),
        ("touchEnd", []),
    ]:
        places = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
    assert ink(widget) > 0.03


def test_nothing_moves_or_is_cut_off_on_a_laptop(notebook, widget):
    def boxes():
        found = [widget.locator(part) for part in ("canvas", ".cards", ".bars", ".map", ".readout")]
        return [part.bounding_box() for part in found]

    widget.scroll_into_view_if_needed()
    empty = boxes()
    click(notebook, widget, "Load an example")
    assert boxes() == empty
    whole = cell(notebook, "letters").locator(".metacourse-letters").bounding_box()
    assert whole["x"] + whole["width"] < LAPTOP["width"]
    assert all(box["x"] + box["width"] <= whole["x"] + whole["width"] + 1 for box in empty)
    assert max(box["y"] + box["height"] for box in empty) - empty[0]["y"] < 560


def test_the_answer_follows_the_pen_at_once(notebook, widget):
    click(notebook, widget, "Load an example")
    click(notebook, widget, "Clear")
    widget.locator(".readout").evaluate(STOPWATCH)
    for place in range(5):
        draw(notebook, widget, INVENTED[place], pause=16)
        wait_until_idle(notebook)
        click(notebook, widget, "Clear")
    latencies = notebook.page.evaluate("() => window.latencies")
    median, worst = statistics.median(latencies), max(latencies)
    print(f"pen to answer: median {median:.0f} ms, worst {worst:.0f} ms of {len(latencies)}")
    assert len(latencies) >= 10
