"""Which of the learner's cells is which of the course's, also where an editor has dropped ids."""

import re
from collections import defaultdict
from collections.abc import Sequence
from copy import deepcopy

from metacourse.course.files import Cell

Cells = Sequence[Cell]
VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def content(cell: Cell) -> tuple:
    """What a person puts into a cell: its type, its source, and the pictures pasted into it."""
    return cell["cell_type"], cell["source"], cell.get("attachments") or {}


def with_ids(cells: Cells, base: Cells, new: Cells) -> list[Cell]:
    """Copies of the learner's cells under ids that are unique: the course's for its cells.

    A cell that is moved by cut and paste has lost its id and is known by its source. Where the file
    has none of the course's ids, cells are known by their places as well.
    """
    courses = [cell["id"] for cell in (*base, *new)]
    known = by_id(cells, courses)
    lost = not known
    known |= by_content(cells, base, known)
    if lost:
        known |= by_position(cells, base, known)
    taken, result = set(courses), deepcopy(list(cells))
    for index, cell in enumerate(result):
        cell["id"] = known.get(index) or unused(cell.get("id"), taken)
        taken.add(cell["id"])
    return result


def by_id(cells: Cells, courses: list[str]) -> dict[int, str]:
    """{index: id} of the cells that have ids of the course; of several with one id, the first."""
    first = {str(cell.get("id")): index for index, cell in reversed(list(enumerate(cells)))}
    return {first[name]: name for name in courses if name in first}


def by_content(cells: Cells, base: Cells, known: dict[int, str]) -> dict[int, str]:
    """{index: id} of unknown cells that say the same as cells of the base that are not there."""
    missing = [cell for cell in base if cell["id"] not in known.values()]
    found = {}
    for index in sorted(set(range(len(cells))) - known.keys()):
        twins = [cell for cell in missing if content(cell) == content(cells[index])]
        if twins:
            found[index] = twins[0]["id"]
            missing.remove(twins[0])
    return found


def by_position(cells: Cells, base: Cells, known: dict[int, str]) -> dict[int, str]:
    """{index: id} of unknown cells that stand where a missing cell of their type stood."""
    present = known.values()
    mine = strangers(cells, [known.get(index) for index in range(len(cells))])
    missing = strangers(base, [cell["id"] if cell["id"] in present else None for cell in base])
    return {
        index: base[place]["id"]
        for gap, indices in mine.items()
        for index, place in zip(indices, missing[gap], strict=False)
    }


def strangers(cells: Cells, names: list[str | None]) -> dict[tuple, list[int]]:
    """The indices of cells without a name, by the named cell before them and by their type."""
    found, before = defaultdict(list), None
    for index, (cell, name) in enumerate(zip(cells, names, strict=True)):
        if name:
            before = name
        else:
            found[before, cell["cell_type"]].append(index)
    return found


def unused(wanted: object, taken: set[str]) -> str:
    """The id that is wanted, or one like it that is not taken."""
    name = wanted if isinstance(wanted, str) and VALID_ID.fullmatch(wanted) else "own"
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name[:56]}-{count}"
    return free
