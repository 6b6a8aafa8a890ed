"""Formulas that a narrow page can break."""

from docutils import nodes

from metacourse.course.web import formulas


def paragraph(*parts):
    """A paragraph of texts and, in lists of one, of formulas."""
    made = nodes.paragraph()
    for part in parts:
        made += nodes.Text(part) if isinstance(part, str) else nodes.math("", *part)
    return made


def held(tree):
    """What no line breaks, and the whole text."""
    formulas.fit(tree)
    kept = [each.astext() for each in tree.findall(nodes.inline)]
    return kept, tree.astext()


def test_formulas_beside_each_other_become_formulas_of_their_own():
    tree = nodes.section("", nodes.math_block("", r"a, \qquad b \qquad\Rightarrow\qquad c"))
    formulas.fit(tree)
    (row,) = tree.children
    assert row["classes"] == ["metacourse-formulas"]
    assert [each.astext() for each in row] == ["a,", "b", r"\Rightarrow", "c"]


def test_so_do_those_with_a_comma_and_a_smaller_space_between_them():
    assert formulas.beside(r"a, \quad b; \quad c \quad d") == ["a,", "b;", r"c \quad d"]


def test_a_space_in_braces_parts_nothing():
    assert formulas.beside(r"\boxed{a \qquad b}") == [r"\boxed{a \qquad b}"]


def test_a_space_at_the_end_is_no_formula():
    assert formulas.beside(r"a = b \qquad\qquad\quad") == ["a = b"]


def test_a_formula_alone_stays_as_it_is():
    tree = nodes.section("", nodes.math_block("", "a = b"))
    formulas.fit(tree)
    assert [type(each) for each in tree] == [nodes.math_block]


def test_no_line_begins_with_the_sign_after_a_formula():
    assert held(paragraph("so ", ["k"], "-th powers of ", ["x"], ".")) == (
        ["k-th", "x."],
        "so k-th powers of x.",
    )


def test_no_line_ends_with_the_sign_before_a_formula():
    assert held(paragraph("or (", ["k"], " steps)")) == (["(k"], "or (k steps)")


def test_a_formula_that_nothing_touches_is_left_alone():
    assert held(paragraph("so ", ["k"], " steps")) == ([], "so k steps")


def test_two_formulas_with_a_sign_between_them_keep_it_with_the_first():
    assert held(paragraph(["a"], "–", ["b"])) == (["a–"], "a–b")
