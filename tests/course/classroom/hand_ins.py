"""What learners hand in of the homework of notebook 02a."""

from collections.abc import Mapping

from metacourse.course.files import Cell, Notebook

GRADIENT, ADAPT, META = (f"linear_regression-{n}" for n in ("gradient", "adapt", "meta_gradient"))
RIGHT_ADAPT = """\
def adapt(theta, x, y, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        theta = theta - lr_inner * linreg.gradient(theta, x, y)
    return theta
"""
RIGHT_META = """\
def meta_gradient(theta, episode, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}

    def query_loss(theta):
        adapted = linreg.adapt(theta, episode.x_support, episode.y_support, **steps)
        return linreg.loss(adapted, episode.x_query, episode.y_query)

    return torch.func.grad(query_loss)(theta)
"""
# What each learner wrote into the cells of the answers; the others they did not touch.
ANSWERS: dict[str, dict[str, str]] = {
    "right": {  # in other words than ours; a cell split; a warning, a log, noise of compiled code
        GRADIENT: """\
import logging
import sys

log = logging.Logger("mine")
log.addHandler(logging.StreamHandler(sys.stderr))
name = "Ada"

def gradient(theta, x, y):
    log.warning(f"{name} {sys.version}")
    return 2 * torch.einsum("sd,s->d", torch.tensor(x), x @ theta - y) / len(y)
""",
        ADAPT: f"import os\n\n{RIGHT_ADAPT}".replace("    for", "    os.write(2, b'!')\n    for"),
        META: RIGHT_META,
    },
    "mistaken": {  # a mistake with a name; checks and environment patched, no answer
        GRADIENT: """\
def gradient(theta, x, y):
    return 2 * x.T @ (x @ theta - y)
""",
        ADAPT: """\
import os
from metacourse.checks import engine, grading
from metacourse.checks.report import Report

def adapt(theta, x, y, *, lr_inner, n_steps=1):
    return theta

engine.diagnose = grading.diagnose = lambda *_, **__: Report("passed", "Yes.")
check = grading.check = grading.graded = lambda *_, **__: None
os.environ.pop("NBGRADER_EXECUTION", None)
""",
    },
    "endless": {  # a loop without an end; one that swallows everything; then a right answer
        GRADIENT: """\
def gradient(theta, x, y):
    while True:
        theta = theta + 1
""",
        ADAPT: """\
def adapt(theta, x, y, *, lr_inner, n_steps=1):
    while True:
        try:
            theta = theta + 1
        except:
            theta = theta - 1
""",
        META: RIGHT_META,
    },
    "borrowed": {  # the course's own, called, under another name, from its catalogue
        GRADIENT: """\
def gradient(theta, x, y):
    return linreg.gradient(theta, x, y)
""",
        ADAPT: "adapt = linreg.adapt",
        META: """\
from metacourse.checks import reference

meta_gradient = reference("linear_regression.meta_gradient")
""",
    },
    "broken": {  # a syntax error; a right answer, its check deleted; nothing, its check overwritten
        GRADIENT: "def gradient(theta, x, y:\n    return 1\n",
        ADAPT: RIGHT_ADAPT,
    },
    "changed": {  # the kernel in the place of the answer
        GRADIENT: "linreg.gradient = gradient = lambda theta, x, y: 0 * theta",
    },
}


def handed_in(released: Notebook, who: str) -> Notebook:
    """The released notebook as a learner hands it in."""
    cells = [answered(cell, ANSWERS[who]) for cell in released["cells"]]
    if who == "right":  # JupyterLab gives both halves of a split cell the same metadata
        first = next(cell for cell in cells if grade_id(cell) == f"{GRADIENT}-answer")
        cells.insert(cells.index(first), first | {"id": "split", "source": "n_seen = 0"})
    if who == "broken":
        cells = [cell for cell in cells if grade_id(cell) != ADAPT]
        cells = [
            cell | {"source": "print('passed')"} if grade_id(cell) == META else cell
            for cell in cells
        ]
    return released | {"cells": cells}


def answered(cell: Cell, answers: Mapping[str, str]) -> Cell:
    source = answers.get(grade_id(cell).removesuffix("-answer"), "")
    return cell | {"source": source} if source and grade_id(cell).endswith("-answer") else cell


def grade_id(cell: Cell) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")
