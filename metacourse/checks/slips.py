"""Slips of learners as patches of one right program: `old ⇒ new`, and the sentence that is told.

exercises/<chapter>.<exercise>.slips holds everything that a learner reads of an exercise:

    def adapt(theta, x, y, *, lr_inner, n_steps=1):     the right program, as a learner writes it
        …                                               (an empty line ends it)

    ? A loop of `n_steps` rounds.                       three hints
    ✓ A gradient flows through every step of yours.     said when the check is passed

    range(n_steps) ⇒ range(1)                           a slip: what is changed,
        You take one step whatever `n_steps` says.      and what is told

Several patches have ` ;; ` between them, also at the start of a next line. They are made one after
the other: `old` stands once, blanks included, in what the earlier ones have made of the program;
`⇒*` changes it wherever it stands. ⏎ is a new line with the indentation of its own.
A sentence may hold {NAME}, a sentence of exercises/shared.slips. `< NAME` includes the slips of
another file.
"""

import difflib
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("exercises")
HARMLESS = re.compile(r"^The (?:values are|numbers are|number is|result is) right, but ([a-z]?)")


@dataclass(frozen=True)
class Slip:
    """A change of the right program that learners really make, and what it is."""

    patches: tuple[tuple[str, str, bool], ...]  # old, new, everywhere
    why: str

    def apply(self, source: str) -> str | None:
        """The changed source; None where a patch does not fit (any more)."""
        for old, new, everywhere in self.patches:
            count = source.count(old)
            if count != 1 and not (everywhere and count):
                return None
            margin = re.search(r"^ *", source[source.rfind("\n", 0, source.find(old)) + 1 :])[0]
            source = source.replace(old, new.replace("⏎", f"\n{margin}"))
        return source


@dataclass(frozen=True)
class Text:
    """What a .slips file holds."""

    program: str = ""
    hints: tuple[str, ...] = ()
    remark: str = ""
    slips: tuple[Slip, ...] = ()


@dataclass(frozen=True)
class Variant:
    """A wrong program: its source, what is told of it, and the numbers of its slips."""

    source: str
    why: str
    numbers: tuple[int, ...] = ()


def load(name: str) -> Text:
    """The text of an exercise, "chapter.name"."""
    return parse((FOLDER / f"{name}.slips").read_text(encoding="utf-8"))


def parse(text: str) -> Text:
    """Read the form that stands at the top of this file."""
    program, _, rest = text.strip("\n").partition("\n\n")
    found = list(blocks(rest))
    return Text(
        program,
        tuple(joined(head[2:], said) for head, said in found if head.startswith("? ")),
        " ".join(joined(head[2:], said) for head, said in found if head.startswith("✓ ")),
        tuple(
            Slip(patches(head), told(said)) for head, said in found if head[:2] not in ("? ", "✓ ")
        ),
    )


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Every head line with the indented lines under it, joined; included files in their place."""
    head, said = "", []
    for line in [*text.splitlines(), "<"]:
        if line.startswith("    "):
            said.append(line.strip())
        elif line.startswith(";; "):
            head += f" {line}"
        elif line.strip():
            if head:
                yield head, " ".join(said)
            head, said = ("", []) if line.startswith("<") else (line, [])
            if line.startswith("< "):
                yield from blocks((FOLDER / f"{line[2:]}.slips").read_text(encoding="utf-8"))


def joined(start: str, rest: str) -> str:
    return f"{start} {rest}".strip()


def patches(head: str) -> tuple[tuple[str, str, bool], ...]:
    """`old ⇒ new` and `old ⇒* new`, with ` ;; ` between them."""
    return tuple(
        (*re.split(r" ⇒\*? ?", part, maxsplit=1), " ⇒*" in part) for part in head.split(" ;; ")
    )


def told(sentence: str) -> str:
    """A sentence with the shared ones put in."""
    return re.sub(r"\{([A-Z_]+)\}", lambda match: told(shared()[match[1]]), sentence)


@cache
def shared() -> dict[str, str]:
    return dict(blocks((FOLDER / "shared.slips").read_text(encoding="utf-8")))


def build(source: str, names: Mapping[str, Any]) -> Callable:
    """Run a program text among these names; return the function that it defines."""
    space = dict(names)
    exec(compile(source, "<program>", "exec"), space)
    return space[re.search(r"^def (\w+)", source, re.MULTILINE)[1]]


def singles(text: Text) -> Iterator[Variant]:
    """The right program with one slip."""
    for number, slip in enumerate(text.slips):
        yield Variant(slip.apply(text.program), slip.why, (number,))


def pairs(text: Text, likely: Callable[[int, int], bool] = lambda i, j: True) -> Iterator[Variant]:
    """The right program with every two slips that are likely and fit together: the earlier they
    stand in the file, the earlier they are tried."""
    seen = {text.program, *(variant.source for variant in singles(text))}
    ranks = sorted(combinations(range(len(text.slips)), 2), key=sum)
    for i, j in ((i, j) for i, j in ranks if likely(i, j)):
        one, two = text.slips[i], text.slips[j]
        for first, second in ((one, two), (two, one)):
            once = first.apply(text.program)
            source = once and second.apply(once)
            if source and source not in seen:
                seen.add(source)
                yield Variant(source, both(one.why, two.why), (i, j))
                break


def both(one: str, two: str) -> str:
    """Two sentences as one; that the values are right is no longer true."""
    if one == two:
        return one
    alone = [HARMLESS.sub(lambda match: match[1].upper(), why) for why in (one, two)]
    return f"Two things at once. {alone[0]} And: {alone[1]}"


def mistakes(text: Text, numbers: Iterable[int]) -> tuple[int, ...]:
    """The slips of these numbers, each by the first that is told in the same sentence."""
    told = [slip.why for slip in text.slips]
    return tuple(dict.fromkeys(told.index(told[number]) for number in numbers))


def changed_lines(program: str, source: str) -> tuple[tuple[str, str], ...]:
    """The lines of the right program that are others in a wrong one, both sides."""
    right, wrong = program.splitlines(), source.splitlines()
    matcher = difflib.SequenceMatcher(None, right, wrong, autojunk=False)
    return tuple(
        (textwrap.dedent("\n".join(right[a:b])), textwrap.dedent("\n".join(wrong[c:d])))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )
