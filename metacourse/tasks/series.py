"""Series of numbers in a table, one a person: each of them a task."""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse.tasks.balance import balanced, split_classes, told
from metacourse.tasks.tables import PERSON, Columns, as_columns, find_column, read_table

FEWEST = 3  # points of a person


class People(NamedTuple):
    """Series of numbers, one a person, in the order of time."""

    time: Tensor  # (people, points) float64
    y: Tensor  # (people, points) float64
    names: list[str]
    splits: dict[str, list[int]]
    findings: list[str]
    what: tuple[str, str]  # the names of the two columns


def load_people(path: Path, *, column: str | None = None, seed: int = 0) -> People:
    """Read a CSV file with a column of persons, a column of numbers to be foretold, the last, and
    before it one of time, if there is any; else the lines of a person are in order.

    column: the name of the persons', if it is none of `tables.PERSON`. Each person gives the same
    number of points, the first ones.
    Raises ValueError with a sentence where tasks cannot be made of it, OSError where it cannot be
    read.
    """
    found = _columns(Path(path), column)
    series = _by_person(found)
    kept, n_each = balanced({name: len(points) for name, points in series.items()}, FEWEST)
    left_out = {**found.left_out, "persons with fewer points": list(series.keys() - set(kept))}
    findings = [told(why, names) for why, names in left_out.items() if names]
    if surplus := sum(len(series[name]) for name in kept) - n_each * len(kept):
        findings.append(f"later points, not needed as each person gives {n_each}: {surplus}")
    points = torch.tensor([series[name][:n_each] for name in kept], dtype=torch.float64)
    time, y = points.unbind(-1)
    what = (found.names[0] if len(found.names) == 2 else "place", found.names[-1])
    return People(time, y, kept, split_classes(len(kept), seed), findings, what)


def _columns(path: Path, column: str | None) -> Columns:
    """Persons, time if there is any, values."""
    table = read_table(path)
    key = find_column(table, column, PERSON)
    if key is None:
        raise ValueError(f"{path} needs a column of persons, one of {', '.join(PERSON)}")
    found = as_columns(table, key)
    if len(found.names) not in (1, 2):
        raise ValueError(
            f"{path} needs one or two columns of numbers beside the persons: time, if there is "
            f"any, and what is to be foretold; it has {', '.join(found.names) or 'none'}"
        )
    return found


def _by_person(found: Columns) -> dict[str, list[tuple[float, float]]]:
    """(time, value) of each person, in the order of time."""
    series: dict[str, list[tuple[float, float]]] = {}
    for person, values in zip(found.keys, found.numbers, strict=True):
        points = series.setdefault(person, [])
        points.append((values[0] if len(values) == 2 else float(len(points)), values[-1]))
    return {person: sorted(points, key=lambda point: point[0]) for person, points in series.items()}
