"""tools.minutes: how long a notebook takes."""

import pytest
from nbformat import v4

from metacourse.checks.quizzes import load
from tools.minutes import minutes, sections, total, with_minutes


def prose(n_words: int, start: str = "") -> v4.new_markdown_cell:
    return v4.new_markdown_cell(f"{start}{' word' * n_words}".strip(), id=f"prose-{n_words}")


def program(source: str, *outputs: dict, tags=()) -> v4.new_code_cell:
    shown = [v4.new_output("display_data", data=data) for data in outputs]
    return v4.new_code_cell(source, outputs=shown, metadata={"tags": list(tags)}, id="program")


def notebook(*cells):
    title = v4.new_markdown_cell("# Title\n\n**Time:** 7 minutes alone, 90 in class.", id="title")
    return v4.new_notebook(cells=[title, v4.new_markdown_cell("", id="sections"), *cells])


@pytest.mark.parametrize(
    ("cell", "needed"),
    [
        (prose(320), 2),
        (prose(900, "**Exercise 1 · `slope`** (8 minutes). "), 8),
        (prose(900, "**★ Exercise 5 · `slope`** (20 minutes). "), 20),
        (program("x = 1\n\ny = 2"), 14 / 60),
        (program("x", {"text/plain": "1"}), 7 / 60 + 0.5),
        (program("x", {"image/png": ""}), 7 / 60 + 1),
        (program("lines_widget(x)", {"image/png": ""}), 7 / 60 + 2),
        (program('predict(\n"lines.slope",\n"?")'), 1.5),
        (program('quiz("maml.self_check")'), len(load("maml.self_check")) * 0.75),
        (program("def slope():\n    ...", tags=["exercise"]), 0),
        (program("if x:\n    y = 1", tags=["resume"]), 0),
    ],
)
def test_a_cell_takes_its_minutes(cell, needed):
    assert minutes([cell]) == pytest.approx(needed)


def test_imports_and_the_list_of_sections_take_none():
    imports = v4.new_code_cell("import math", id="imports-course")
    assert minutes([imports, v4.new_markdown_cell("word " * 160, id="sections")]) == 0


def test_a_section_has_the_cells_below_its_heading_but_not_the_instructors():
    secret = v4.new_markdown_cell("word", metadata={"tags": ["instructor"]}, id="secret")
    found = sections(notebook(prose(1, "## 1 · Lines (3 min)\n\n"), secret, program("x")))
    assert {title: len(cells) for title, cells in found.items()} == {"Opening": 2, "1 · Lines": 2}


def test_headings_and_the_opening_say_the_minutes():
    told = with_minutes(
        notebook(prose(480, "## 1 · Lines\n\n"), prose(1, "## 2 · End (9 min)\n\n"))
    )
    assert [cell.source.splitlines()[0] for cell in told.cells[2:]] == [
        "## 1 · Lines (3 min)",
        "## 2 · End (1 min)",
    ]
    assert told.cells[0].source.endswith("**Time:** 5 minutes alone, 90 in class.")
    assert with_minutes(told) == told


def test_the_list_leads_to_the_anchors_that_jupyterlab_makes():
    told = with_minutes(notebook(prose(480, "## 1 · Two lines\n\n")))
    assert told.cells[1].source.endswith("- [1 · Two lines](<#1-·-Two-lines-(3-min)>) · 3 min")


def test_the_whole_is_rounded_up_to_five_minutes():
    assert total(notebook(prose(160 * 6))) == 10
