"""Formulas on a narrow page: what stands beside each other may stand below each other, and no line
begins with the comma of a formula."""

import re

from docutils import nodes

BESIDE = re.compile(r"(\\qquad|(?<=[,;])\s*\\quad\b)")
SPACES = re.compile(r"(?:\\quad|\\;|\s)*")
BEFORE, AFTER = re.compile(r"\S+\Z"), re.compile(r"\A\S+")


def fit(tree: nodes.document) -> None:
    """Change a page's formulas to what a narrow page can break."""
    for formula in [*tree.findall(nodes.math_block)]:
        if len(parts := beside(formula.astext())) > 1:
            row = nodes.container(classes=["metacourse-formulas"])
            row += [alike(formula, part) for part in parts]
            formula.replace_self(row)
    for formula in [*tree.findall(nodes.math)]:
        hold(formula)


def beside(latex: str) -> list[str]:
    """The formulas that a wide space outside of all braces parts."""
    found = [""]
    for i, piece in enumerate(BESIDE.split(latex)):
        is_space, inside = i % 2 == 1, found[-1].count("{") > found[-1].count("}")
        if is_space and not inside:
            found.append("")
        else:
            found[-1] += piece
    return [piece.strip() for piece in found if not SPACES.fullmatch(piece)]


def alike(formula: nodes.math_block, latex: str) -> nodes.math_block:
    """Another formula in the place of this one."""
    made = formula.copy()
    made += nodes.Text(latex)
    return made


def hold(formula: nodes.math) -> None:
    """Put a formula and the signs that touch it where no line can be broken between them."""
    parent, place = formula.parent, formula.parent.index(formula)
    before = touching(parent, place - 1, BEFORE)
    after = touching(parent, place + 1, AFTER)
    if not before and not after:
        return
    together = nodes.inline(classes=["metacourse-together"])
    formula.replace_self(together)
    together += [nodes.Text(before), formula, nodes.Text(after)]
    if after:
        shortened(parent, place + 1, parent[place + 1][len(after) :])
    if before:
        shortened(parent, place - 1, parent[place - 1][: -len(before)])


def touching(parent: nodes.Element, place: int, signs: re.Pattern) -> str:
    """The signs of the text at this place, if it is one, that touch what stands beside it."""
    text = parent[place] if 0 <= place < len(parent) else None
    found = signs.search(text) if isinstance(text, nodes.Text) else None
    return found[0] if found else ""


def shortened(parent: nodes.Element, place: int, text: str) -> None:
    """Leave this of the text at a place, or nothing."""
    parent[place : place + 1] = [nodes.Text(text)] if text else []
