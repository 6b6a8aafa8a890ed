"""The map of the course tells the truth."""

import re
from pathlib import Path

import pytest

from metacourse.evaluation import Interval, Result
from metacourse.figures.start_here import CHAPTERS, draw_map
from metacourse.figures.style import new_figure

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.name for path in (REPOSITORY / "notebooks").glob("[0-9]*.ipynb"))


def test_the_chapters_on_the_map_are_those_with_a_notebook():
    assert list(CHAPTERS) == [name[:2] for name in NOTEBOOKS]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_chapter_states_the_minutes_of_the_map(name):
    chapter = CHAPTERS[name[:2]]
    text = (REPOSITORY / "notebooks" / name).read_text(encoding="utf-8")
    assert re.search(rf"Time:?\*\*:? {chapter.alone} minutes", text)
    assert f"{chapter.in_class} in class" in text or chapter.alone == chapter.in_class


@pytest.mark.parametrize("number", CHAPTERS)
def test_the_readme_states_the_minutes_of_the_map(number):
    chapter = CHAPTERS[number]
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in readme.splitlines() if re.match(rf"\| \[?{number} ", line)]
    assert f"| {chapter.alone} min | {chapter.in_class} min |" in row


def test_each_chapter_shows_the_best_of_its_results():
    results = [
        Result("prototypes", "compares", "01", Interval(0.982, 0.003)),
        Result("pixels", "compares", "01", Interval(0.5, 0.01)),
        Result("MAML", "adapts", "03", Interval(0.964, 0.005)),
    ]
    _, ax = new_figure(size=(9, 4.6))
    draw_map(ax, results)
    shown = [text.get_text() for text in ax.texts if "%" in text.get_text()]
    assert shown == ["prototypes: 98.2%", "MAML: 96.4%"]


def test_every_chapter_is_on_the_map_inside_the_picture():
    figure, ax = new_figure(size=(9, 4.6))
    draw_map(
        ax, [Result("nearest prototype", "compares", n, Interval(0.9, 0.01)) for n in CHAPTERS]
    )
    figure.canvas.draw()
    titles = [text.get_text() for text in ax.texts]
    for number, chapter in CHAPTERS.items():
        assert f"{number} · {chapter.title}" in titles
    frame = figure.bbox
    for text in ax.texts:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0
        assert box.x1 <= frame.x1
