"""The gallery: each live figure of the chapters, with what to try and what to ask."""

import re
from itertools import pairwise

import nbformat
import pytest

from tools.minutes import LIST
from tools.notebooks import REPOSITORY

NOTEBOOKS = REPOSITORY / "notebooks"
CHAPTERS = sorted(path.name for path in NOTEBOOKS.glob("[0-9]*.ipynb"))
CALL = re.compile(r"\b(\w+_widget)\(")
TEXT = re.compile(
    r"## (?P<heading>\d\d[a-z]? · .+)\n\n\*\*Try:\*\* .+\n\n\*\*Ask:\*\* .+\?.*\n\n"
    r"\[.+\]\((?P<chapter>.+)\)"
)


def cells(name):
    return nbformat.read(NOTEBOOKS / name, as_version=4).cells


def calls(source):
    """The live figures that a program makes."""
    return {*CALL.findall(source)}


def shown(name):
    """The live figures of a notebook."""
    code = [cell.source for cell in cells(name) if cell.cell_type == "code"]
    return {each for source in code for each in calls(source)}


GALLERY = cells("gallery.ipynb")
FIGURES = [
    (text, code)
    for text, code in pairwise(GALLERY)
    if code.cell_type == "code" and calls(code.source)
]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_live_figure_of_a_chapter_stands_in_it(chapter):
    assert shown(chapter) - shown("gallery.ipynb") == set()


@pytest.mark.parametrize(("text", "code"), FIGURES, ids=lambda cell: cell.id)
def test_a_figure_says_what_to_try_and_to_ask_and_which_notebook_has_it(text, code):
    named = TEXT.fullmatch(text.source)
    assert calls(code.source) <= shown(named["chapter"])
    assert named["heading"].split()[0] == named["chapter"].partition("_")[0]


@pytest.mark.parametrize("code", [code for _, code in FIGURES], ids=lambda cell: cell.id)
def test_a_figure_takes_eight_lines_and_shows_its_static_form(code):
    assert len(code.source.splitlines()) <= 8
    assert len(calls(code.source)) == 1
    assert "<img" in code.outputs[0].data["text/html"]


def test_the_figures_stand_in_the_order_of_the_chapters():
    headings = [TEXT.fullmatch(text.source)["heading"] for text, _ in FIGURES]
    numbers = [heading.split()[0] for heading in headings]
    assert numbers == sorted(numbers)


def test_the_list_at_the_top_leads_to_every_figure_in_its_order():
    (listed,) = (cell.source for cell in GALLERY if cell.id == LIST)
    anchors = [TEXT.fullmatch(text.source)["heading"].replace(" ", "-") for text, _ in FIGURES]
    assert re.findall(r"\(<#(.+?)>\)", listed) == anchors


@pytest.mark.parametrize("name", ["../README.md", "notebooks/00_start_here.ipynb"])
def test_it_is_found_from_where_one_begins(name):
    begin = (NOTEBOOKS / name.replace("notebooks/", "")).read_text(encoding="utf-8")
    assert "gallery.ipynb)" in begin
