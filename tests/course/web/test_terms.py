"""Words of the glossary in the pages."""

import re

from docutils import nodes
from sphinx.addnodes import pending_xref

from metacourse.course.files import read_notebook
from metacourse.course.web import contents, terms


def linked(said, page):
    """The words that are linked in a text on a page."""
    tree = nodes.paragraph("", said)
    terms.link(tree, page)
    return [found.astext() for found in tree.findall(nodes.reference)]


def test_a_word_is_linked_where_it_first_stands():
    assert linked("A learning rate, a Hessian and a learning rate.", "03a_maml") == [
        "learning rate",
        "Hessian",
    ]


def test_a_word_that_a_later_notebook_introduces_is_not_linked():
    assert linked("A Hessian has learning rates.", "01a_tasks") == []


def test_all_words_are_linked_outside_the_chapters():
    assert linked("A Hessian.", "gallery") == ["Hessian"]


def test_nothing_is_linked_in_a_link_a_program_or_a_title():
    for kind in (nodes.literal, nodes.reference, pending_xref, nodes.title, nodes.math):
        tree = nodes.paragraph("", "", kind(""))
        tree[0] += nodes.inline("", "Hessian")
        terms.link(tree, "03a_maml")
        assert [one for one in tree.findall(nodes.reference) if one.get("classes")] == []


def test_every_term_has_a_place_of_its_own_in_the_glossary():
    glossary = contents.notebooks({"glossary"})[0]
    made = terms.with_targets(read_notebook(glossary.read_bytes()))
    found = re.findall(r'<span id="(term-[^"]+)">', "".join(c["source"] for c in made["cells"]))
    assert sorted(found) == sorted(term.target for term in terms.all_terms())
    assert len({*found}) == len(found) >= 100


def test_the_name_of_a_system_is_no_word_of_the_glossary():
    assert linked("as on Windows", "gallery") == []


def known(page):
    """The terms that the search knows a page for, each with its place there."""
    return {name: place for _, name, place, *_ in terms.entries(page)["entries"]}


def test_the_search_knows_a_notebook_for_the_terms_that_it_introduces():
    assert known("02a_the_factor")["MAML"] == ""
    assert "MAML" not in known("03a_maml")


def test_the_search_knows_the_glossary_for_every_term_at_its_row():
    assert known("glossary")["MAML"] == "term-maml"
    assert len(known("glossary")) == len(terms.by_name())
