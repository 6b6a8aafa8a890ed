"""Lines of an exercise's program to choose from: the right one, and those of slips that learners
make."""

import textwrap
from difflib import SequenceMatcher
from typing import NamedTuple

from metacourse.checks.slips import Slip, Text
from metacourse.course.web.forms.veil import digest

SHORT = 70  # characters that a slip takes away and puts in, at most
MOST_LINES = 4  # to choose, and at most every other one of a program
MOST_SLIPS = 2  # beside a right line


class Option(NamedTuple):
    """What may stand in a line's place; `slip` says what is wrong with it, "" if nothing is."""

    text: str
    slip: str


class Line(NamedTuple):
    """A line of a program, counted from 0, with what may stand in its place in no telling order.
    All options have lost the same margin of blanks."""

    number: int
    margin: int
    options: tuple[Option, ...]


def lines(text: Text) -> list[Line]:
    """The lines to choose, in the order of the program: those with the most common slips."""
    program = text.program.splitlines()
    slips: dict[int, list[Option]] = {}
    for slip in text.slips:
        if is_plain(slip, text) and (found := instead(program, slip.apply(text.program))):
            number, written = found
            others = slips.setdefault(number, [])
            if len(others) < MOST_SLIPS:
                others.append(Option(written, slip.why))
    chosen = sorted([*slips][: min(MOST_LINES, len(program) // 2)])
    return [line(number, program[number], slips[number]) for number in chosen]


def is_plain(slip: Slip, text: Text) -> bool:
    """Whether a slip is one small change with a sentence of its own."""
    size = sum(len(old) + len(new) for old, new, _ in slip.patches)
    own = [other.why for other in text.slips].count(slip.why) == 1
    return own and len(slip.patches) == 1 and size <= SHORT


def instead(program: list[str], wrong: str) -> tuple[int, str] | None:
    """Which line of a program is another one in a wrong program, and what stands there; None if
    more is changed than one line."""
    matcher = SequenceMatcher(None, program, wrong.splitlines(), autojunk=False)
    changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    if len(changes) != 1 or changes[0][0] != "replace" or changes[0][2] - changes[0][1] != 1:
        return None
    _, place, _, start, stop = changes[0]
    return place, "\n".join(wrong.splitlines()[start:stop])


def line(number: int, right: str, slips: list[Option]) -> Line:
    options = [Option(right, ""), *slips]
    widths = [len(row) - len(row.lstrip()) for each in options for row in each.text.splitlines()]
    cut = [Option(without(each.text, min(widths)), each.slip) for each in options]
    mixed = sorted(cut, key=lambda option: digest(right, option.text))
    return Line(number, min(widths), tuple(mixed))


def without(text: str, margin: int) -> str:
    """A text without the first blanks of each of its lines."""
    return "\n".join(row[margin:] for row in text.splitlines())


def filled(text: Text, one: Line, option: Option) -> str:
    """The right program with an option in the place of its line."""
    program = text.program.splitlines()
    program[one.number] = textwrap.indent(option.text, " " * one.margin)
    return "\n".join(program)
