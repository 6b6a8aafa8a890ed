"""The cards of the notebooks, on one page."""

import nbformat
import pytest

from tools.cheat_sheet import NOTEBOOKS, PAGE, sheet
from tools.notebooks import has_tag

CHAPTERS = sorted(path.name for path in NOTEBOOKS.glob("[0-9]*.ipynb"))[1:]  # after 00


def test_the_page_is_made_of_the_cards_of_today():
    written = nbformat.writes(sheet()) + "\n"
    assert written == PAGE.read_text(encoding="utf-8"), "run python -m tools.cheat_sheet"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_notebook_has_a_card_with_a_formula_a_table_or_a_program_of_six_lines(chapter):
    cells = nbformat.read(NOTEBOOKS / chapter, as_version=4).cells
    (card,) = [cell for cell in cells if has_tag(cell, "card")]
    programs = card.source.split("```python\n")[1:]
    assert "$" in card.source or "|---" in card.source or programs
    assert all(len(program.split("```")[0].splitlines()) <= 6 for program in programs)
