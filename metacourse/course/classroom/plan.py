"""A plan of weeks or days: which notebooks and sections are done in which session.

The parts of a notebook's plan stay in their order and whole; a session is filled until the next
does not fit. A part that names no section (a recall, the card) stays with its neighbour.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from metacourse.course.classroom import Unclear
from metacourse.course.classroom.sittings import Exercise, Note, Part, Sitting, Vote
from metacourse.course.forms import exercises_named

OPENS, CLOSES, BREAK, LUNCH = 9 * 60, 17 * 60, 15, 60  # a day, in minutes


class Piece(NamedTuple):
    """What a session does of a notebook; `sections` are those on which it is looked up."""

    sitting: Sitting
    parts: tuple[Part, ...]
    sections: frozenset[str]

    @property
    def is_last(self) -> bool:
        return self.parts[-1] is self.sitting.parts[-1]

    @property
    def votes(self) -> list[Vote]:
        return [vote for vote in self.sitting.votes if vote.section in self.sections]

    @property
    def notes(self) -> list[Note]:
        return [note for note in self.sitting.notes if note.section in {*self.sections, ""}]

    @property
    def in_class(self) -> list[Exercise]:
        named = [title for part in self.parts for title in exercises_named(part.what)]
        return [each for each in self.sitting.exercises if each.title in named]

    @property
    def at_home(self) -> list[Exercise]:
        """Of the exercises for home, those of its sections; at the end, of those never in class."""
        seen = {section for part in self.sitting.parts for section in part.sections}
        named = exercises_named(self.sitting.at_home)
        return [
            each
            for each in self.sitting.exercises
            if each.title in named
            and (each.section in self.sections or (self.is_last and each.section not in seen))
        ]


class Session(NamedTuple):
    """When it is ("Week 3"), the minute on the clock at which it begins, and what is done."""

    when: str
    begins: int
    pieces: tuple[Piece, ...]

    @property
    def minutes(self) -> int:
        return sum(part.minutes for piece in self.pieces for part in piece.parts)


def weeks(n_weeks: int, minutes: int, sittings: Sequence[Sitting]) -> list[Session]:
    """A session a week. Raises Unclear, with what would do, if they do not fit."""
    packed = filled(sittings, minutes)
    if len(packed) > n_weeks:
        raise Unclear(
            f"{names(sittings)} need {len(packed)} weeks of {minutes} minutes: "
            "take more weeks, longer sessions, or fewer --notebooks"
        )
    return [Session(f"Week {i}", 0, pieces) for i, pieces in enumerate(packed, 1)]


def days(n_days: int, minutes: int, sittings: Sequence[Sitting]) -> list[Session]:
    """Sessions from nine to five, with breaks. Raises Unclear if they do not fit."""
    begins = clock(minutes)
    packed = filled(sittings, minutes)
    if len(packed) > n_days * len(begins):
        raise Unclear(
            f"{names(sittings)} need {len(packed)} sessions of {minutes} minutes, and "
            f"{n_days} days hold {n_days * len(begins)}: take more days, or fewer --notebooks"
        )
    slots = [(day, start) for day in range(1, n_days + 1) for start in begins]
    return [
        Session(f"Day {day}, {o_clock(start)}–{o_clock(start + minutes)}", start, pieces)
        for (day, start), pieces in zip(slots, packed, strict=False)
    ]


def called(wanted: Sequence[str], sittings: Sequence[Sitting]) -> list[Sitting]:
    """Those whose names begin so ("02a", "02"), in the course's order.

    Raises Unclear if there is no such one.
    """
    for name in wanted:
        if not any(each.name.startswith(name) for each in sittings):
            raise Unclear(f"no notebook is called {name}: there are {names(sittings)}")
    return [each for each in sittings if each.name.startswith(tuple(wanted))]


def default(sittings: Sequence[Sitting], fit: Callable[[list[Sitting]], object]) -> list[Sitting]:
    """The core, and of the others, in the course's order, as many as fit (else Unclear)."""
    taken = [each for each in sittings if each.is_core]
    for other in sittings:
        if not other.is_core:
            more = [each for each in sittings if each in taken or each is other]
            try:
                fit(more)
            except Unclear:
                break
            taken = more
    return taken


def filled(sittings: Sequence[Sitting], minutes: int) -> list[tuple[Piece, ...]]:
    """What is done in each session. Raises Unclear if a unit is longer than a session."""
    sessions: list[list[tuple[Sitting, list[Part]]]] = []
    left = 0
    for sitting in sittings:
        for unit in units(sitting):
            needed = sum(part.minutes for part in unit)
            if needed > minutes:
                told = " · ".join(f"{part.minutes} {part.what}" for part in unit)
                raise Unclear(f"{minutes} minutes do not hold “{told}” of {sitting.name}")
            if needed > left:
                sessions.append([])
                left = minutes
            left -= needed
            if not sessions[-1] or sessions[-1][-1][0] is not sitting:
                sessions[-1].append((sitting, []))
            sessions[-1][-1][1].extend(unit)
    return [tuple(piece(*each) for each in session) for session in sessions]


def units(sitting: Sitting) -> list[list[Part]]:
    """The parts of a plan that stay together: each section's, with what has no section beside."""
    found: list[list[Part]] = []
    for part in sitting.parts:
        opened = found and not any(each.sections for each in found[-1])
        if opened or (found and not part.sections):
            found[-1].append(part)
        else:
            found.append([part])
    return found


def piece(sitting: Sitting, parts: list[Part]) -> Piece:
    """With cells before and after the numbered sections in the session that begins the notebook."""
    sections = {section for part in parts for section in part.sections}
    begins = {""} if parts[0] is sitting.parts[0] else set()
    return Piece(sitting, tuple(parts), frozenset(sections | begins))


def clock(minutes: int) -> list[int]:
    """When the sessions of a day begin: lunch is in the middle, a break between the others.

    Raises Unclear if a day holds none.
    """
    n_sessions = (CLOSES - OPENS - LUNCH + 2 * BREAK) // (minutes + BREAK)
    if n_sessions < 2:
        raise Unclear(f"a day from nine to five does not hold two sessions of {minutes} minutes")
    begins = [OPENS + i * (minutes + BREAK) for i in range(n_sessions)]
    half = (n_sessions + 1) // 2
    return begins[:half] + [start + LUNCH - BREAK for start in begins[half:]]


def o_clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def names(sittings: Sequence[Sitting]) -> str:
    return ", ".join(each.name for each in sittings)
