"""docs/coverage.md answers every item of the five articles, and the cells that it names say so."""

import functools
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from metacourse.course.forms import QUIZ

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
ITEMS = {
    "From zero to mastering meta-learning": 71,
    "Background, MAML and Siamese networks": 47,
    "A general AI system that adapts fast to new tasks": 46,
    "Building heuristic meta-learning optimisers": 48,
    "Meta-learning in brief": 24,
}
STATUS = ("taught", "answered", "refuted")
PLACE = re.compile(r"(\d\d[a-d]?) `([\w-]+)` “([^”]+)”")  # 03a `clinic` “One point”


def rows(text):
    """The rows of a text's tables, each a list of its columns."""
    lines = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    return [[column.strip() for column in line.strip("|").split(" | ")] for line in lines]


ARTICLES = {part.split("\n")[0]: rows(part) for part in TEXT.split("\n## ")[1:]}
ROWS = [row for article in ARTICLES.values() for row in article]
PLACES = list(dict.fromkeys(place for row in ROWS for place in PLACE.findall(row[3])))


def plain(text):
    """A text without line breaks and capitals."""
    return " ".join(text.split()).lower()


@functools.cache
def said(notebook):
    """{cell: what it says}: its source, and the questions of the quiz that it asks."""
    (path,) = (REPOSITORY / "notebooks").glob(f"{notebook}_*.ipynb")
    quizzes = REPOSITORY / "metacourse" / "checks" / "quizzes"
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        asked = QUIZ.findall(cell.source)
        texts = [(quizzes / f"{name}.quiz").read_text(encoding="utf-8") for name in asked]
        found[cell.id] = plain("\n".join([cell.source, *texts]))
    return found


def test_each_article_has_a_row_for_each_of_its_items():
    assert {title: len(found) for title, found in ARTICLES.items()} == ITEMS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_row_says_what_became_of_an_item_and_where(row):
    _, _, status, where, answer = row
    assert status in STATUS
    assert " · ".join(match[0] for match in PLACE.finditer(where)) == where
    assert where
    assert answer


@pytest.mark.parametrize(("notebook", "cell", "words"), PLACES)
def test_a_cell_has_the_words_for_which_it_is_named_and_hardly_another_has(notebook, cell, words):
    assert plain(words) in said(notebook)[cell]
    assert sum(plain(words) in text for text in said(notebook).values()) <= 5


def test_the_sums_are_those_of_the_rows():
    n = Counter(row[2] for row in ROWS)
    told = ", ".join(f"{n[status]} {status}" for status in STATUS)
    assert f"Together {len(ROWS)} rows: {told}." in TEXT
