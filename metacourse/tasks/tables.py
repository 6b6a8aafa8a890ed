"""Tables in CSV files, as spreadsheets and programs write them: read line by line, defensively.

The first line names the columns. Commas, semicolons, tabs and bars part the values; with
semicolons a decimal comma is one. What cannot be used is left out, counted and named.
"""

import csv
import io
import math
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

CLASS = "class", "label", "target", "species", "category", "kind"
PERSON = "person", "subject", "participant", "patient", "user", "id"
LARGEST = 1e18  # of a number that still has a square
MOST_BYTES = 200_000_000


class Table(NamedTuple):
    """The lines of a table below its header, each with a value for every column."""

    columns: list[str]
    rows: list[list[str]]
    decimal: str  # "." or ","
    left_out: dict[str, list[str]]  # why: lines, as "line 7"


class Columns(NamedTuple):
    """The usable lines of a table: the text of one column, and numbers from others."""

    keys: list[str]  # of each line
    names: list[str]  # of the columns of numbers
    numbers: list[list[float]]  # of each line
    lines: list[str]  # where each stands
    left_out: dict[str, list[str]]


def read_table(path: Path) -> Table:
    """Read a CSV file. Raises ValueError if it is none, OSError if it cannot be read."""
    text = _text(Path(path))
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t|", key=header.count)
    if header.count(delimiter) == 0:
        raise ValueError(
            f"{path} needs columns, parted by commas, semicolons or tabs, and a header"
        )
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(f"{path} cannot be read as a table: {error}") from error
    kept = [(n, line) for n, line in enumerate(lines, 1) if any(value.strip() for value in line)]
    columns = [value.strip() for value in kept[0][1]]
    left_out: dict[str, list[str]] = {}
    rows = []
    for n, line in kept[1:]:
        if len(line) == len(columns):
            rows.append([f"line {n}", *(value.strip() for value in line)])
        else:
            left_out.setdefault("with too many or too few values", []).append(f"line {n}")
    return Table(columns, rows, _decimal(rows, delimiter), left_out)


def find_column(table: Table, wanted: str | None, usual: tuple[str, ...]) -> int | None:
    """The place of the column that is wanted, else of one with a usual name, else None; case does
    not matter. Raises ValueError if a wanted column is not there."""
    lower = [name.lower() for name in table.columns]
    if wanted is not None and wanted.lower() not in lower:
        raise ValueError(
            f"there is no column {wanted!r}; there are {_few(table.columns)}. If these are values, "
            "add a first line that names the columns"
        )
    names = [wanted.lower()] if wanted is not None else usual
    return next((lower.index(name) for name in names if name in lower), None)


def as_columns(table: Table, key: int) -> Columns:
    """Take a column as text and all columns of numbers.

    A column is left out where half of its values or more are no numbers, where it holds one value
    only, and where it counts the lines: 1, 2, 3, … gives away a class in a sorted file. Then a
    line is left out that lacks its key or a number.
    """
    left_out = {reason: list(names) for reason, names in table.left_out.items()}
    values = [[_number(value, table.decimal) for value in row[1:]] for row in table.rows]
    used = _used(values, table.columns, key, left_out)
    keys, numbers, lines = [], [], []
    for row, found in zip(table.rows, values, strict=True):
        chosen = [found[place] for place in used]
        if not row[1 + key] or None in chosen:
            why = "lines with a value missing, or one that is no number"
            left_out.setdefault(why, []).append(row[0])
            continue
        keys.append(row[1 + key])
        numbers.append(chosen)
        lines.append(row[0])
    return Columns(keys, [table.columns[place] for place in used], numbers, lines, left_out)


def _used(
    values: list[list[float | None]], columns: list[str], key: int, left_out: dict[str, list[str]]
) -> list[int]:
    """The places of the columns of numbers; the names of the others go into left_out."""
    used = []
    for place, name in enumerate(columns):
        if place == key:
            continue
        if why := _useless([row[place] for row in values]):
            left_out.setdefault(why, []).append(name)
        else:
            used.append(place)
    return used


def _text(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} is larger than {MOST_BYTES // 10**6} MB")
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # as some spreadsheets write
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise ValueError(f"{path} is no text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    """What parts the tenths from the ones."""
    commas = sum("," in value for row in rows for value in row[1:])
    points = sum("." in value for row in rows for value in row[1:])
    return "," if delimiter != "," and commas > points else "."


def _number(text: str, decimal: str) -> float | None:
    try:
        value = float(text.replace(decimal, "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < LARGEST else None


def _useless(values: list[float | None]) -> str:
    """Why a column is left out, or nothing."""
    numbers = [value for value in values if value is not None]
    if 2 * len(numbers) <= len(values):
        return "columns that are not numbers"
    if len(set(numbers)) == 1:
        return "columns of one value"
    steps = {after - before for before, after in pairwise(numbers)}
    return "columns that count the lines" if steps == {1.0} and len(numbers) > 9 else ""


def _few(names: list[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
