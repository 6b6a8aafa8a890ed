"""What every `predict(...)` of the notebooks asks, read from the installed course."""

import ast
import re
from itertools import pairwise
from typing import NamedTuple

from metacourse.checks.catalogue import all_names
from metacourse.checks.joined import FIFTHS
from metacourse.course.edition import ours
from metacourse.course.files import read_notebook

CALL = re.compile(r"^predict\(", re.MULTILINE)
HARMLESS = {"list": list, "float": float}  # all that a cell may call before it asks
MOST_OPTIONS = 10  # where they cannot be read without running the notebook


class Asked(NamedTuple):
    """A question and what can be answered, in the order of the numbers that are sent; where that
    is a number, its range and unit."""

    question: str
    answers: tuple[str, ...]
    low: float | None = None
    high: float | None = None
    unit: str = ""


def predictions() -> dict[str, Asked]:
    """All predictions of the course by name; where a cell computes its options, numbers."""
    numbered = tuple(f"option {n}" for n in range(1, MOST_OPTIONS + 1))
    found = {name: Asked(name, numbered) for name in all_names("PREDICTIONS")}
    for path in sorted(ours().glob("*.ipynb")):
        for cell in read_notebook(path.read_bytes())["cells"]:
            if cell["cell_type"] == "code" and CALL.search(cell["source"]):
                found |= {name: it for name, it in asked(cell["source"]).items() if name in found}
    return found


def asked(source: str) -> dict[str, Asked]:
    """What a cell asks. Only assignments and `predict` are run, and of these only what is made of
    literals and names that the cell itself has assigned so: whatever else stands there is not."""
    found: dict[str, Asked] = {}

    def predict(name, question, *, options=None, low=None, high=None, unit="") -> None:
        if options is None:
            found[name] = Asked(question, fifths(low, high, unit), low, high, unit)
        else:
            found[name] = Asked(question, tuple(options))

    space = HARMLESS | {"predict": predict, "__builtins__": {}}
    for statement in ast.parse(source).body:
        plain = isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr)
        if plain and read_names(statement) <= space.keys():
            exec(compile(ast.Module([statement], []), "<cell>", "exec"), space)
    return found


def read_names(statement: ast.stmt) -> set[str]:
    """The names whose values a statement needs; `a += b` needs both."""
    nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    added_to = isinstance(statement, ast.AugAssign)
    return {node.id for node in nodes if added_to or isinstance(node.ctx, ast.Load)}


def fifths(low: float, high: float, unit: str) -> tuple[str, ...]:
    """The fifths of a slider's range, in words."""
    edges = [low + (high - low) * i / FIFTHS for i in range(FIFTHS + 1)]
    return tuple(f"{a:g} to {b:g} {unit}".strip() for a, b in pairwise(edges))
