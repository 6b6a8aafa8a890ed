"""The map of the course tells the truth."""

import re
from pathlib import Path

import nbformat
import pytest

from metacourse.figures.start_here import CHAPTERS, draw_map
from metacourse.figures.style import new_figure
from tools.minutes import total

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = {path.name.split("_")[0]: path for path in (REPOSITORY / "notebooks").glob("[0-9]*")}
SITTINGS = {name: s for chapter in CHAPTERS.values() for name, s in chapter.sittings.items()}


def test_the_sittings_on_the_map_are_those_with_a_notebook():
    assert [*SITTINGS] == sorted(NOTEBOOKS)
    assert [name[:2] for name in SITTINGS] == sorted(name[:2] for name in SITTINGS)


@pytest.mark.parametrize("name", SITTINGS)
def test_the_map_shows_the_minutes_that_are_counted(name):
    assert SITTINGS[name].alone == total(nbformat.read(NOTEBOOKS[name], as_version=4))


@pytest.mark.parametrize("name", SITTINGS)
def test_a_notebook_states_the_minutes_of_the_map(name):
    opening = nbformat.read(NOTEBOOKS[name], as_version=4).cells[0].source
    alone, in_class = SITTINGS[name]
    assert re.search(rf"Time:?\*\*:? {alone} minutes", opening)
    assert f"{in_class} in class" in opening


@pytest.mark.parametrize("name", SITTINGS)
def test_the_readme_states_the_minutes_of_the_map(name):
    alone, in_class = SITTINGS[name]
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in readme.splitlines() if line.startswith(f"| [{name} ")]
    assert f"(notebooks/{NOTEBOOKS[name].name})" in row
    assert f"| {alone} min | {in_class} min |" in row


def test_every_chapter_is_on_the_map_inside_the_picture():
    figure, ax = new_figure(size=(9, 4.6))
    draw_map(ax)
    figure.canvas.draw()
    titles = [text.get_text() for text in ax.texts]
    for number, chapter in CHAPTERS.items():
        assert f"{number} · {chapter.title}" in titles
        assert chapter.question in titles
    frame = figure.bbox
    for text in ax.texts:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0
        assert box.x1 <= frame.x1
