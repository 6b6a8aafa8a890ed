"""A notebook of the course as homework for nbgrader: its exercises, and what is needed to do them.

The released stub is the course's own: nbgrader puts `...` where the key calls the reference.
"""

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from metacourse.course.classroom import counted
from metacourse.course.classroom.exercises import SECTION, Exercise
from metacourse.course.edition import as_opened, without_outputs
from metacourse.course.files import Cell, Notebook

TITLE = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)
NEARBY = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")  # a link to another file of the course
HELP = re.compile(r" (?:\(`hint\([^`]*`\)|Stuck\?[^\n]*|Too much at once\?[^\n]*)")
CODE = re.compile(r"`[^`]+`")
ALWAYS, NEVER = (
    {"torch", "F"},
    {"check", "hint", "solution", "quiz", "predict", "reveal", "progress"},
)

HANDED_OUT = """# Homework {assignment} · {title}

{points}, about {minutes}. These are exercises of the notebook `{stem}` of the course; have it open
beside this page.

Write each answer in the place of `...`, then run the cell below it: it says what is right or wrong,
as often as you like, and has hints. Save this notebook before you hand it in; it is checked once
more then, on other numbers too. Write it yourself: what calls the course's own function of that
name, or puts another in its place, earns no points."""
ABOVE = "## {title} · {points}\n\nFrom section *{section}* of `{stem}`."
KEY = """\
### BEGIN SOLUTION
from metacourse.checks import reference

return reference("{name}")({arguments})
### END SOLUTION"""
CHECKED = """\
# {points}. Run this cell as often as you like; it runs again when your work is graded.
from metacourse.checks.grading import check
### BEGIN HIDDEN TESTS
def _imported_anew():  # the check, whatever the cells above have put in its place
    import sys

    from IPython import get_ipython

    get_ipython().custom_exceptions = ()  # nothing hides that a check was not passed
    for name in [name for name in sys.modules if name.startswith("metacourse.checks")]:
        del sys.modules[name]
    from metacourse.checks.grading import graded

    return graded


check = _imported_anew()
del _imported_anew
### END HIDDEN TESTS
check("{name}", {function}, assignment="{assignment}"{partial})"""


class Sheet(NamedTuple):
    """What of a notebook becomes homework, and how it is graded."""

    assignment: str
    stem: str  # the file name of the course's notebook
    points: Mapping[str, float]  # of each exercise
    partial: float  # the share of its points that a named mistake earns


def homework(notebook: Notebook, chosen: Sequence[Exercise], sheet: Sheet, code: str) -> Notebook:
    """Some exercises of a notebook as nbgrader's source. `code` is what may need its imports."""
    cells = [opening(notebook, chosen, sheet), imports(notebook, chosen, sheet, code)]
    shown: set[str] = set()
    for exercise in chosen:
        cells.append(above(exercise, sheet))
        cells += [plain(cell) for cell in exercise.given if cell["id"] not in shown]
        cells += [plain(exercise.statement), answer(exercise), checked(exercise, sheet)]
        shown |= {cell["id"] for cell in exercise.given}
    return as_opened(notebook | {"cells": cells})


# ---- cells ---------------------------------------------------------------------------------------


def opening(notebook: Notebook, chosen: Sequence[Exercise], sheet: Sheet) -> Cell:
    return text(
        "homework",
        HANDED_OUT.format(
            assignment=sheet.assignment,
            title=TITLE.search(notebook["cells"][0]["source"])["title"],
            stem=sheet.stem,
            points=counted(sum(sheet.points[each.name] for each in chosen), "point"),
            minutes=counted(sum(each.minutes for each in chosen), "minute"),
        ),
    )


def imports(notebook: Notebook, chosen: Sequence[Exercise], sheet: Sheet, code: str) -> Cell:
    """The notebook's imports that the texts, the stubs or `code` name, and its settings; locked."""
    said = [plain(cell)["source"] for each in chosen for cell in (*each.given, each.statement)]
    stubs = [each.stub["source"] for each in chosen]
    names = "\n".join([*CODE.findall("\n".join(said)), *stubs, code])
    lines = []
    for cell in notebook["cells"]:
        if cell["id"].startswith("imports"):
            lines += needed_lines(cell["source"], names)
    source = "\n".join(lines)
    return marked(
        program(f"imports-{sheet.stem}", source), grade=False, solution=False, locked=True
    )


def needed_lines(source: str, names: str) -> Iterator[str]:
    """Of a cell of imports, those of names that stand somewhere in `names`, and bare calls."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound = {alias.asname or alias.name: alias for alias in node.names}
            node.names = [alias for name, alias in bound.items() if is_needed(name, names)]
            if node.names:
                yield ast.unparse(node)
        elif isinstance(node, ast.Expr):
            yield source.splitlines()[node.lineno - 1]


def is_needed(name: str, names: str) -> bool:
    """Whether an imported name is used, as in `name.x` or `name(`; torch always, `check` never."""
    used = re.search(rf"(?<![\w.]){name}[.(]", names)
    return name in ALWAYS or (name not in NEVER and bool(used))


def above(exercise: Exercise, sheet: Sheet) -> Cell:
    """A heading, and where the exercise stands in the course."""
    told = ABOVE.format(
        title=exercise.title,
        points=counted(sheet.points[exercise.name], "point"),
        section=exercise.section,
        stem=sheet.stem,
    )
    return text(f"{slug(exercise)}-from", told)


def plain(cell: Cell) -> Cell:
    """A cell of the course as it reads alone: no heading of its section, links or help."""
    if cell["cell_type"] == "code":
        return without_outputs(cell) | {"metadata": {}}
    source = NEARBY.sub(r"\1", SECTION.sub("", cell["source"]))
    return text(cell["id"], HELP.sub("", source).strip())


def answer(exercise: Exercise) -> Cell:
    """The stub with a call of the reference between nbgrader's marks."""
    source = exercise.stub["source"]
    arguments = ast.parse(source).body[-1].args
    given = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    given += [f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs]
    head, _, margin = source.rstrip().removesuffix("...").rpartition("\n")
    key = KEY.format(name=exercise.name, arguments=", ".join(given))
    cell = program(f"{slug(exercise)}-answer", f"{head}\n{textwrap.indent(key, margin)}")
    return marked(cell, grade=False, solution=True, locked=False)


def checked(exercise: Exercise, sheet: Sheet) -> Cell:
    points = sheet.points[exercise.name]
    source = CHECKED.format(
        points=counted(points, "point"),
        name=exercise.name,
        function=exercise.function,
        assignment=sheet.assignment,
        partial=f", partial={points * sheet.partial:g}" if sheet.partial else "",
    )
    cell = marked(program(slug(exercise), source), grade=True, solution=False, locked=True)
    cell["metadata"]["nbgrader"]["points"] = points
    return cell


def marked(cell: Cell, *, grade: bool, solution: bool, locked: bool) -> Cell:
    """A cell with what nbgrader wants to know of it; its id is the name of the grade."""
    told = {"schema_version": 3, "cell_type": cell["cell_type"], "grade_id": cell["id"]}
    told |= {"grade": grade, "solution": solution, "locked": locked, "task": False}
    return cell | {"metadata": {"nbgrader": told}}


def slug(exercise: Exercise) -> str:
    return exercise.name.replace(".", "-")


def text(name: str, source: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def program(name: str, source: str) -> Cell:
    return text(name, source) | {"cell_type": "code", "execution_count": None, "outputs": []}
