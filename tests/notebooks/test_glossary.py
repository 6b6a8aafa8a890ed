"""The glossary: every term stands in the chapter that its row names, and in none before."""

import functools
import re

import pytest

import metacourse
from tools.glossary import (
    CARDS,
    CHAPTERS,
    PAGE,
    Row,
    cells,
    complete,
    has_symbol,
    has_term,
    rows_of,
    sections,
)

# A chapter that has a word before the chapter that explains it, and why that is no introduction.
FAMILIES = "named in the table of families or on the time line"
BEFORE = {
    ("task", "00"): "the first picture shows one and points to chapter 01",
    ("environment", "00"): "a virtual one, of Python packages",
    ("start", "00"): "the everyday word",
    ("start", "01"): "the everyday word",
    ("autograd", "00"): "asked for before the course begins, with a link",
    ("eigenvalue", "00"): "asked for before the course begins, with a link",
    ("eigenvector", "00"): "asked for before the course begins, with a link",
    ("gradient", "01"): "an idea of it is asked for at the opening",
    ("learning rate", "01"): "one of the things that are chosen on validation scripts",
    ("Omniglot", "01"): "named as another set, with which not to compare",
    ("prior", "01"): "named for Bayesian learning",
    ("distance", "01"): "the everyday word",
    ("distance", "02"): "the everyday word",
    ("logit", "01"): "the name of a variable",
    ("active learning", "01"): FAMILIES,
    ("state", "01"): "the everyday word",
    ("state", "02"): "the everyday word",
    ("outer step", "01"): "the comment of a line of code",
    ("learned optimiser", "01"): FAMILIES,
    ("LSTM", "01"): FAMILIES,
    ("MAML", "01"): FAMILIES,
    ("matching network", "01"): FAMILIES,
    ("meta-LSTM", "01"): FAMILIES,
    ("Reptile", "01"): FAMILIES,
    ("Siamese network", "01"): FAMILIES,
    ("cosine", "03"): "named for NIL",
    ("temperature", "03"): "that of the weather",
    ("non-parametric", "01"): FAMILIES,
    ("conditional neural process", "05"): "named among what comes later",
    ("evidence", "03"): "the everyday word",
    ("attention", "05"): "as linear attention, without a softmax",
    ("PEARL", "07"): "the name of J. Pearl",
    ("prompt", "01"): FAMILIES,
    ("prompt", "05"): "named among what comes later",
    ("RL²", "05"): "named among what comes later",
    ("schedule", "03"): "that of MAML++, from first-order to exact gradients",
}
SYMBOLS_BEFORE = {
    ("σ", "02"): "the spread of the noise, as everywhere in statistics; the sigmoid comes in 04",
    ("μ", "05"): "the momentum of an optimiser, as in its papers; the mean of a prior comes in 07",
    ("μ", "06"): "the momentum of an optimiser, as in its papers; the mean of a prior comes in 07",
    ("T", "04"): "the temperature of a softmax, a row of its own; the time steps come in 05",
}


TABLES = {cell.id: rows_of(cell.source) for cell in cells("glossary.ipynb")}
NOTATION, OTHERS = TABLES["notation"] + TABLES["shapes"], TABLES["symbols"]
TERMS = [row for cell_id, rows in TABLES.items() if cell_id.startswith("terms-") for row in rows]


def name_of(row: Row) -> str:
    return row.names[0]


@functools.cache
def prose(chapter: str) -> str:
    """What a chapter tells its learner."""
    return "\n\n".join(sections(chapter).values())


def chapters_before(row: Row) -> list[str]:
    return [chapter for chapter in CHAPTERS if chapter < row.link]


def notation() -> list[str]:
    """The symbols and the shape letters in the docstring of the package, in its order."""
    tables = metacourse.__doc__.split("Notation, in prose and in code:\n")[1]
    letters, shapes = tables.split("Shapes, one letter each")
    listed = re.findall(r"^(\S+(?:, \S+)?) {2,}", letters, re.MULTILINE)
    return listed + re.findall(r"(?:^|· )([A-Z](?:, [A-Z])*) [a-z]", shapes, re.MULTILINE)


def test_the_notation_is_that_of_the_package_in_its_order():
    assert [name_of(row) for row in NOTATION] == notation()
    assert len(NOTATION) >= 19


def test_the_terms_are_sorted_and_none_comes_twice():
    names = [name_of(row).lower() for row in TERMS]
    assert names == sorted(set(names))
    assert len(names) >= 100


def test_each_term_stands_under_its_letter():
    for cell in cells("glossary.ipynb"):
        if cell.id.startswith("terms-"):
            under = re.findall(r"\b[A-Z]\b", cell.source.splitlines()[0])
            for row in TABLES[cell.id]:
                assert under[0] <= name_of(row)[0].upper() <= under[-1]


@pytest.mark.parametrize("row", NOTATION + OTHERS + TERMS, ids=name_of)
def test_a_row_has_one_sentence_and_the_link_of_a_chapter(row):
    assert re.search(r"[.?] [A-Z]", row.meaning[:-1]) is None
    assert row.meaning.endswith(".")
    assert row.link in CHAPTERS


@pytest.mark.parametrize("row", TERMS, ids=name_of)
def test_a_term_stands_in_its_chapter_and_in_none_before(row):
    assert any(has_term(prose(row.link), name) for name in row.names)
    too_early = [
        (name, chapter)
        for chapter in chapters_before(row)
        for name in row.names
        if has_term(prose(chapter), name) and (name, chapter[:2]) not in BEFORE
    ]
    assert too_early == []


@pytest.mark.parametrize("row", NOTATION + OTHERS, ids=name_of)
def test_a_symbol_stands_in_its_chapter_and_in_none_before(row):
    if row.link == CHAPTERS[0]:
        assert name_of(row) in notation()
    else:
        assert has_symbol(prose(row.link), name_of(row))
    too_early = [
        chapter
        for chapter in chapters_before(row)
        if has_symbol(prose(chapter), name_of(row))
        and (name_of(row), chapter[:2]) not in SYMBOLS_BEFORE
    ]
    assert too_early == []


def test_each_row_leads_to_its_section_and_the_cards_are_those_of_the_page():
    page, cards = complete()
    assert page == PAGE.read_text(encoding="utf-8"), "run python -m tools.glossary"
    assert cards == CARDS.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "number"), BEFORE)
def test_an_exception_is_still_needed(name, number):
    (row,) = [row for row in TERMS if name in row.names]
    before = [chapter for chapter in chapters_before(row) if chapter.startswith(number)]
    assert any(has_term(prose(chapter), name) for chapter in before)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_links_to_the_glossary_where_it_opens(chapter):
    assert "[glossary](glossary.ipynb)" in cells(chapter)[0].source
