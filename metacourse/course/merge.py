"""A newer edition of a notebook is brought into the learner's own, cell by cell.

`base` is the edition that the learner was handed, `mine` what they have made of it, `new` the newer
edition. What the learner wrote is never lost.
"""

import re
from collections import defaultdict
from collections.abc import Set
from difflib import SequenceMatcher

from metacourse.course.files import Cell, Notebook
from metacourse.course.recognise import Cells, content, unused, with_ids

BOTH = "you and the course have changed it: yours is kept, the course's stands below it"
REMOVED = "you removed it, and the course has changed it since"


def merged(base: Notebook, mine: Notebook, new: Notebook) -> tuple[Notebook, list[str]]:
    """The learner's notebook with the course's changes, and what they should be told."""
    cells = with_ids(mine["cells"], base["cells"], new["cells"])
    old, newest = by_name(base["cells"]), by_name(new["cells"])
    kept, notes = [], {}
    for cell in arranged(cells, base["cells"], new["cells"]):
        name = cell["id"]
        was, now = old.get(name), newest.get(name)
        kept += outcome(cell, was, now)
        if in_conflict(cell, was, now):
            notes[name] = [note(version) for version in (was, now) if version]
    removed = (old.keys() & newest.keys()) - by_name(cells).keys()
    changed = {name for name in removed if not is_untouched(newest[name], old[name])}
    told = [f"{place(name, kept)}: {BOTH}" for name in notes]
    told += [f"{place(name, new['cells'])}: {REMOVED}" for name in newest if name in changed]
    minor = max(mine.get("nbformat_minor", 0), 5)  # the first with ids
    return mine | {"cells": with_notes(kept, notes, old.keys()), "nbformat_minor": minor}, told


def by_name(cells: Cells) -> dict[str, Cell]:
    return {cell["id"]: cell for cell in cells}


# ---- where cells stand ---------------------------------------------------------------------------


def arranged(cells: Cells, base: Cells, new: Cells) -> list[Cell]:
    """The learner's cells and those that the course has added.

    The course's cells are in its new order; the learner's own, and those that they moved, stay
    behind the cell that they stood behind.
    """
    theirs, newest = by_name(cells), by_name(new)
    added = newest.keys() - by_name(base).keys()
    settled = (unmoved(cells, base) | (added & theirs.keys())) & newest.keys()
    behind, before = defaultdict(list), None
    for cell in cells:
        if cell["id"] in settled:
            before = cell["id"]
        else:
            behind[before].append(cell)
    order = list(behind[None])
    for cell in new:
        if cell["id"] in settled:
            order.append(theirs[cell["id"]])
        elif cell["id"] in added:
            order.append(cell)
        order += behind[cell["id"]]
    return order


def unmoved(cells: Cells, base: Cells) -> set[str]:
    """The ids of the base's cells that the learner left in their order."""
    before, after = list(by_name(base)), list(by_name(cells))
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {name for start, _, size in blocks for name in before[start : start + size]}


# ---- what becomes of a cell ----------------------------------------------------------------------


def is_untouched(cell: Cell, was: Cell | None) -> bool:
    return was is not None and content(cell) == content(was)


def in_conflict(cell: Cell, was: Cell | None, now: Cell | None) -> bool:
    """Whether learner and course have changed the same cell, each in another way."""
    if now is None or is_untouched(cell, was):
        return False
    return not is_untouched(now, was) and content(now) != content(cell)


def outcome(cell: Cell, was: Cell | None, now: Cell | None) -> list[Cell]:
    """The cell as it was handed out, as it is now, and with what: one cell, or none."""
    if not is_untouched(cell, was):
        return [cell]
    if now is None:  # the course has removed it
        return []
    only_run = content(now) == content(was) and cell != was
    return [cell if only_run else now]  # with the learner's outputs, as long as they are its own


def note(cell: Cell) -> Cell:
    """A markdown cell that shows the course's version of a cell that the learner has changed."""
    name, source = cell["id"], cell["source"]
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", source)), 0)
    language = "python" if cell["cell_type"] == "code" else "markdown"
    text = "**New in the course.** You have changed the cell above. The course's version of it:"
    return {
        "cell_type": "markdown",
        "id": f"{name[:60]}-new",
        "metadata": {},
        "source": f"{text}\n\n{fence}{language}\n{source}\n{fence}",
    }


def place(name: str, cells: Cells) -> str:
    """A cell in words: its first line, and the heading that it stands under."""
    heading = ""
    for cell in cells:
        lines = [line.strip() for line in cell["source"].splitlines() if line.strip()]
        if cell["id"] == name:
            return f"“{lines[0] if lines else ''}”{heading}"
        titles = [line for line in lines if re.match("#+ ", line)]
        if titles and cell["cell_type"] == "markdown":
            heading = f", under “{titles[-1].lstrip('# ')}”"
    return name


def with_notes(cells: Cells, notes: dict[str, list[Cell]], taken: Set[str]) -> list[Cell]:
    """The newest of each cell's notes below it, under ids that are not taken; older notes go."""
    earlier = [content(each) for versions in notes.values() for each in versions]
    kept = [cell for cell in cells if content(cell) not in earlier]
    taken, result = {*taken, *by_name(kept)}, []
    for cell in kept:
        result.append(cell)
        for newest in notes.get(cell["id"], [])[-1:]:
            result.append(newest | {"id": unused(newest["id"], taken)})
            taken.add(result[-1]["id"])
    return result
