"""The plan as a table, and a guide to each session, in Markdown."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from metacourse.course.classroom import counted
from metacourse.course.classroom.plan import Piece, Session, called, days, default, o_clock, weeks
from metacourse.course.classroom.printed import page
from metacourse.course.classroom.sittings import Exercise, Note, Sitting, sittings
from metacourse.course.files import write
from metacourse.places import expanded

GRADED_ALONE = re.compile(r"exercise \d+|the capstone")


def made(n_weeks: int, n_days: int | None, minutes: int, names: Sequence[str] | None) -> str:
    """The whole plan, with a guide to each session. Raises ValueError if it cannot be made."""
    sessions, course = planned(n_weeks, n_days, minutes, names)
    long = f"{n_days} days" if n_days else counted(len(sessions), "week")
    heading = f"{long}, {minutes} minutes a session"
    parts = [f"# A plan: {heading}", overview(sessions, course), *map(guide, sessions)]
    return "\n\n".join(parts) + "\n"


def planned(
    n_weeks: int, n_days: int | None, minutes: int, names: Sequence[str] | None = None
) -> tuple[list[Session], list[Sitting]]:
    """The sessions, and all sittings of the course. Raises ValueError if they do not fit."""
    fit = partial(days, n_days, minutes) if n_days else partial(weeks, n_weeks, minutes)
    course = sittings()
    return fit(called(names, course) if names else default(course, fit)), course


def write_plan(text: str, folder: str) -> list[Path]:
    """Write plan.md and plan.html. Raises OSError if plan.md is there and says something else."""
    source, printed = (expanded(folder) / name for name in ("plan.md", "plan.html"))
    if source.exists() and source.read_text(encoding="utf-8") != text:
        raise OSError(f"{source} is there, perhaps with changes of yours: move it, then call again")
    write(source, text.encode())
    write(printed, page(text, text.splitlines()[0].removeprefix("# ")).encode())
    return [source, printed]


def overview(sessions: Sequence[Session], sittings: Sequence[Sitting]) -> str:
    """How much of the course it is, the table, and what is left out."""
    pieces = [piece for session in sessions for piece in session.pieces]
    taken = {piece.sitting for piece in pieces}
    told = (
        f"{len(taken)} of the course's {len(sittings)} notebooks, "
        f"{sum(each.minutes for each in taken):,} of its "
        f"{sum(each.minutes for each in sittings):,} minutes in class. An exercise has a point for "
        "each of its minutes, where a check grades it: "
        f"{points(e for piece in pieces for e in piece.in_class)} in class, "
        f"{points(e for piece in pieces for e in piece.at_home)} at home."
    )
    others = [each for each in sittings if each not in taken]
    return "\n\n".join([told, table(sessions), *([left_out(others)] if others else [])])


def points(exercises: Iterable[Exercise]) -> int:
    return sum(each.points for each in exercises)


def table(sessions: Sequence[Session]) -> str:
    """A line a session: what is done, the exercises in class and at home with their points."""
    rows = [
        (
            each.when,
            "; ".join(map(what, each.pieces)),
            listed(e for piece in each.pieces for e in piece.in_class),
            listed(e for piece in each.pieces for e in piece.at_home),
        )
        for each in sessions
    ]
    return markdown_table(("", "notebooks", "exercises in class", "at home"), rows)


def left_out(sittings: Sequence[Sitting]) -> str:
    """What the plan does not hold, with the minutes in class."""
    rows = [(each.name, each.title, each.minutes) for each in sittings]
    return markdown_table(("not in this plan", "", "minutes in class"), rows)


def guide(session: Session) -> str:
    """What a session needs, on one page."""
    done = "; ".join(map(what, session.pieces))
    parts = [f"## {session.when} · {done} · {session.minutes} minutes"]
    parts += [noted("Prepare", session), minute_plan(session), votes(session)]
    parts += [noted("In class", session), noted("Goes wrong", session), at_home(session)]
    return "\n\n".join(part for part in parts if part)


def what(piece: Piece) -> str:
    """`02a, sections 1 and 2`, or `02a` if all of its plan is done."""
    if piece.parts == piece.sitting.parts:
        return piece.sitting.name
    *others, last = sorted({section for part in piece.parts for section in part.sections})
    if not others:
        return f"{piece.sitting.name}, section {last}"
    return f"{piece.sitting.name}, sections {', '.join(others)} and {last}"


def listed(exercises: Iterable[Exercise]) -> str:
    return ", ".join(f"{each.about} {each.points or '(no points)'}" for each in exercises)


def minute_plan(session: Session) -> str:
    now, rows = session.begins, []
    for piece in session.pieces:
        for part in piece.parts:
            rows.append((o_clock(now), part.minutes, f"{piece.sitting.name}: {part.what}"))
            now += part.minutes
    return markdown_table(("at", "min", "what"), rows)


def votes(session: Session) -> str:
    """Question, options, what most will say, and what comes out."""
    rows = [
        (vote.question, " · ".join(vote.options), vote.expected, vote.answer)
        for piece in session.pieces
        for vote in piece.votes
    ]
    return markdown_table(("vote", "options", "expected", "comes out"), rows) if rows else ""


def noted(label: str, session: Session) -> str:
    told = [
        f"- {place(piece, note)}{note.text}"
        for piece in session.pieces
        for note in piece.notes
        if note.label == label
    ]
    return "\n".join([f"### {label}", "", *told]) if told else ""


def place(piece: Piece, note: Note) -> str:
    section = f", section {note.section}" if note.section else ""
    return f"*{piece.sitting.name}{section}:* "


def at_home(session: Session) -> str:
    lines = []
    for piece in session.pieces:
        lines += [
            f"- *{piece.sitting.name}:* {each.title.lower()}, {each.about}: {worth(each)}"
            for each in piece.at_home
        ]
        if piece.is_last and (rest := beside_exercises(piece.sitting.at_home)):
            lines.append(f"- *{piece.sitting.name}:* {rest}")
    return "\n".join(["### At home", "", *lines]) if lines else ""


def beside_exercises(at_home: str) -> str:
    """What is for home and is more than an exercise as it stands."""
    things = at_home.removesuffix(".").split(", ")
    return ", ".join(thing for thing in things if not GRADED_ALONE.fullmatch(thing))


def worth(exercise: Exercise) -> str:
    if not exercise.check:
        return f"{exercise.minutes} minutes, no points"
    return counted(exercise.points, "point")


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
