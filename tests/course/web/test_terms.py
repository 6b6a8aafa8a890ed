"""Where the pages lead from a word to the glossary, and where they do not."""

from docutils import nodes
from docutils.utils import new_document
from sphinx.addnodes import pending_xref

from metacourse.course.web import terms


def linked(*inside: nodes.Node, page: str = "02b_two_optima") -> list[str]:
    """The words of a paragraph of a page that lead to the glossary."""
    tree = new_document("page")
    tree += nodes.paragraph("", "", *inside)
    terms.link(tree, page)
    found = tree.findall(nodes.reference)
    return [node.astext() for node in found if "metacourse-term" in node["classes"]]


def test_a_word_of_the_glossary_leads_to_it_where_it_stands_first():
    assert linked(nodes.Text("The meta-gradient; the meta-gradient.")) == ["meta-gradient"]


def test_no_word_within_a_link_does():
    title = nodes.Text("where the extra factor comes from")
    assert linked(nodes.Text("The extra factor")) == ["extra factor"]
    assert linked(nodes.reference("", "", title, refuri="x.html")) == []
    assert linked(pending_xref("", title, reftype="myst")) == []


def test_the_name_of_a_system_is_no_word_of_the_glossary():
    assert linked(nodes.Text("as on Windows"), page="index") == []
