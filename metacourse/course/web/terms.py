"""Words of the glossary in the pages: the first time that a page has one, it leads there."""

import csv
import re
from functools import cache
from typing import NamedTuple

from docutils import nodes
from sphinx.addnodes import index, pending_xref

from metacourse.course.edition import ours
from metacourse.course.files import Notebook

CHAPTER = re.compile(r" \((?P<number>\w+)\)$")
LINKS = (nodes.reference, pending_xref)  # the second leads to a page, until all pages are read
NOT_IN = (*LINKS, nodes.literal, nodes.title, nodes.math, nodes.literal_block, nodes.raw)
NAMES = {"Windows"}  # which only look like a word of the glossary
ROW = re.compile(r"^\| \*\*(?P<name>.+?)\*\*", re.MULTILINE)


class Term(NamedTuple):
    """A row of the glossary: its words, its sentence, the notebook that introduces it ("02a")."""

    names: tuple[str, ...]
    meaning: str
    notebook: str

    @property
    def target(self) -> str:
        """The name of its place on the glossary's page."""
        return "term-" + re.sub(r"\W+", "-", self.names[0].replace("+", " plus")).strip("-").lower()


@cache
def all_terms() -> list[Term]:
    """The terms of the course, from the glossary's cards."""
    with (ours() / "glossary.csv").open(encoding="utf-8", newline="") as file:
        return [term(names, told) for names, told in csv.reader(file)]


def term(names: str, told: str) -> Term:
    number = CHAPTER.search(told)["number"]
    return Term(tuple(names.split(", ")), CHAPTER.sub("", told).replace("`", ""), number)


@cache
def pattern() -> re.Pattern:
    """Any word of the glossary, the longest first, alone and in either case, perhaps with an s."""
    names = sorted((name for one in all_terms() for name in one.names), key=len, reverse=True)
    either = "|".join(map(re.escape, names))
    return re.compile(rf"(?<![\w-])(?P<name>{either})s?(?![\w-])", re.IGNORECASE)


@cache
def by_name() -> dict[str, Term]:
    return {name.lower(): one for one in all_terms() for name in one.names}


def link(tree: nodes.document, page: str) -> None:
    """Link each term that a page has, where it stands first; none that a later notebook
    introduces."""
    number, linked = page.partition("_")[0], set()
    for text in list(tree.findall(nodes.Text)):
        if not inside(text):
            text.parent.replace(text, list(pieces(text.astext(), number, linked)))


def entries(page: str) -> index:
    """What the search knows a page for beside its text: the terms that it introduces, or all,
    each at its row, in the glossary."""
    number, everywhere = page.partition("_")[0], page == "glossary"
    return index(
        entries=[
            ("single", name, one.target if everywhere else "", "main", None)
            for one in all_terms()
            if everywhere or one.notebook == number
            for name in one.names
        ]
    )


def inside(text: nodes.Text) -> bool:
    """Whether a text is part of something in which nothing is linked."""
    node = text.parent
    while node is not None and not isinstance(node, NOT_IN):
        node = node.parent
    return node is not None


def pieces(text: str, number: str, linked: set[Term]):
    """The text, with links to the terms that are not in `linked` yet."""
    end = 0
    for found in pattern().finditer(text):
        one = by_name()[found["name"].lower()]
        if found[0] in NAMES or one in linked:
            continue
        if number[0].isdigit() and number < one.notebook:
            continue
        linked.add(one)
        yield nodes.Text(text[end : found.start()])
        yield reference(one, found[0])
        end = found.end()
    yield nodes.Text(text[end:])


def reference(one: Term, word: str) -> nodes.reference:
    address = f"glossary.html#{one.target}"
    return nodes.reference(
        "", word, refuri=address, internal=True, classes=["metacourse-term"], reftitle=one.meaning
    )


def with_targets(notebook: Notebook) -> Notebook:
    """The glossary's notebook with a place to lead to in each row of a term."""
    cells = [cell | {"source": ROW.sub(with_target, cell["source"])} for cell in notebook["cells"]]
    return notebook | {"cells": cells}


def with_target(row: re.Match) -> str:
    one = by_name().get(re.sub(r"[`\\]", "", row["name"]).lower())
    return f'| <span id="{one.target}"></span>**{row["name"]}**' if one else row[0]
