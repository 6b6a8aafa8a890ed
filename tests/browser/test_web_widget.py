"""The host of the course's anywidgets in a page: a model for the program, a brain for Python."""

import pytest

from tests.browser.static_page import opened_page, written

PROGRAM = (
    'metacourse.program("tiny", { render({ model }) { metacourse.tiny.model = model; } }, "");'
)
TINY = """(async () => {
  const seen = metacourse.tiny = { heard: [], thought: [], received: [] };
  await metacourse.run("tiny", { a: 1, b: 2, png: { $bytes: "AQID" } }, (widget) => {
    seen.widget = widget;
    return { changed: (names) => seen.thought.push(names),
             receive: (message) => seen.received.push(message) };
  });
  seen.model.on("change:a change:b", () => {
    seen.heard.push([seen.model.get("a"), seen.model.get("b")]);
  });
})()"""
CONTROLS = [
    {
        "name": "rate",
        "label": "Rate α",
        "type": "range",
        "values": [0.1, 0.2, 0.4],
        "labels": ["0.1", "0.2", "0.4"],
        "home": 1,
    },
    {
        "name": "kind",
        "label": "Kind",
        "type": "select",
        "values": ["a", "b"],
        "labels": ["first", "second"],
        "home": 0,
    },
    {
        "name": "exact",
        "label": "Exact",
        "type": "checkbox",
        "values": [False, True],
        "labels": ["off", "on"],
        "home": 1,
    },
]


@pytest.fixture
def page(browser, tmp_path):
    path = written(tmp_path, {})
    program = tmp_path / "_static" / "programs" / "tiny.js"
    program.parent.mkdir()
    program.write_text(PROGRAM, encoding="utf-8")
    with opened_page(browser, path) as opened:
        yield opened


@pytest.fixture
def tiny(page):
    """A page with a program of two traits; what both sides have seen is in metacourse.tiny."""
    page.evaluate(TINY)
    return page


def seen(page, what):
    return page.evaluate(f"metacourse.tiny.{what}")


def test_what_a_program_sets_is_thought_about_when_it_is_saved(tiny):
    tiny.evaluate("metacourse.tiny.model.set('a', 5)")
    assert seen(tiny, "thought") == []
    tiny.evaluate("metacourse.tiny.model.set('b', 6)")
    tiny.evaluate("metacourse.tiny.model.save_changes()")
    assert seen(tiny, "thought") == [["a", "b"]]
    tiny.evaluate("metacourse.tiny.model.save_changes()")
    assert len(seen(tiny, "thought")) == 1


def test_the_program_hears_of_its_own_changes_as_in_jupyter(tiny):
    tiny.evaluate("metacourse.tiny.model.set('a', 5)")
    assert seen(tiny, "heard") == [[5, 2]]


def test_values_that_a_brain_sets_together_are_all_there_when_the_program_hears(tiny):
    tiny.evaluate("metacourse.tiny.widget.set({ a: 7, b: 8 })")
    assert seen(tiny, "heard") == [[7, 8], [7, 8]]
    tiny.evaluate("metacourse.tiny.model.save_changes()")
    assert seen(tiny, "thought") == []


def test_a_program_can_stop_listening(tiny):
    tiny.evaluate(
        "() => { const { model, heard } = metacourse.tiny, f = () => heard.push('f');"
        "model.on('change:a', f); model.off('change:a', f); model.set('a', 3); }"
    )
    assert seen(tiny, "heard") == [[3, 2]]


def test_messages_go_both_ways(tiny):
    tiny.evaluate("metacourse.tiny.model.send({ answer: 3 })")
    assert seen(tiny, "received") == [{"answer": 3}]
    tiny.evaluate(
        "() => { const { model, widget, heard } = metacourse.tiny;"
        "model.on('msg:custom', (message) => heard.push(message)); widget.send('right'); }"
    )
    assert seen(tiny, "heard") == ["right"]


def test_bytes_are_seen_as_in_jupyter(tiny):
    assert seen(tiny, "model.get('png').byteLength") == 3
    assert seen(tiny, "model.get('png').getUint8(2)") == 3


@pytest.fixture
def row(page):
    """A page with a control of each type; metacourse.row has it, metacourse.moved who moved."""
    page.evaluate(
        "(list) => { metacourse.moved = [];"
        "metacourse.row = metacourse.controls(list, (name) => metacourse.moved.push(name));"
        "document.body.append(metacourse.row.element); }",
        CONTROLS,
    )
    return page


def test_controls_have_names_and_tell_their_values(row):
    slider = row.get_by_role("slider", name="Rate α")
    assert slider.get_attribute("aria-valuetext") == "0.2"
    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == "0.4"
    row.get_by_label("Kind").select_option("second")
    row.get_by_label("Exact").uncheck()
    assert row.evaluate("metacourse.row.values") == {"rate": 0.4, "kind": "b", "exact": False}
    assert row.evaluate("metacourse.moved") == ["rate", "kind", "exact"]


def test_controls_are_put_back_together(row):
    row.get_by_role("slider").press("Home")
    row.get_by_label("Kind").select_option("second")
    row.get_by_label("Exact").uncheck()
    row.evaluate("metacourse.row.reset()")
    assert row.evaluate("metacourse.row.values") == {"rate": 0.2, "kind": "a", "exact": True}
    assert row.get_by_role("slider").get_attribute("aria-valuetext") == "0.2"
    assert row.get_by_label("Exact").is_checked()
