"""The commands for a class: what can be asked of each, and what it calls."""

import argparse
from collections.abc import Sequence

ASSIGNMENT = "for a class: homework for nbgrader, made of a chapter's exercises"
PLAN = "for a class: weeks or days, and a guide to each session on a page"
CORE = (
    "The core comes first (the notebooks whose plan says why they are in it), then the others in "
    "the course's order, as far as they fit."
)
REPORT = "for a class: where it stands, from homework that nbgrader has graded"
BOARD = "for a class: where it stands now, on a page, from those who have joined"
HOST = "this machine's address in the network of the class, if it is not found (default: all)"
WEEKS = 10  # unless they, or days, are given
SLIDES = "for a class: a deck of slides for each notebook of a chapter, in one file each"
INTO = "where the files are written (default: the folder that you are in)"


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands for a class to those of `metacourse`."""
    add_assignment(commands.add_parser("assignment", help=ASSIGNMENT, allow_abbrev=False))
    add_plan(commands.add_parser("plan", help=PLAN, epilog=CORE, allow_abbrev=False))
    add_report(commands.add_parser("report", help=REPORT, allow_abbrev=False))
    add_board(commands.add_parser("board", help=BOARD, allow_abbrev=False))
    add_slides(commands.add_parser("slides", help=SLIDES, allow_abbrev=False))


def add_assignment(one: argparse.ArgumentParser) -> None:
    one.add_argument("chapter", metavar="CHAPTER", help="02 for a chapter, 02a for a notebook")
    one.add_argument("course", metavar="FOLDER", help="the folder of your nbgrader course")
    one.add_argument("--name", help="of the assignment (default: hw and the chapter)")
    one.add_argument("--exercises", nargs="+", default=[], metavar="NAME", help="only these")
    points = "instead of the minutes that it takes"
    one.add_argument("--points", nargs="+", default=[], metavar="NAME=POINTS", help=points)
    share = "the share of its points that a mistake earns which has a name (default: 0)"
    one.add_argument("--partial", type=float, default=0.0, metavar="SHARE", help=share)
    one.add_argument("--force", action="store_true", help="write over what you have changed")


def add_plan(one: argparse.ArgumentParser) -> None:
    when = one.add_mutually_exclusive_group()
    when.add_argument("--weeks", type=positive, help=f"a session a week (default: {WEEKS})")
    when.add_argument("--days", type=positive, help="sessions from nine to five")
    one.add_argument("--minutes", type=positive, default=60, help="of a session (default: 60)")
    one.add_argument("--notebooks", nargs="+", metavar="NAME", help="these alone: 00 01a 02a")
    one.add_argument(
        "--folder",
        dest="into",
        metavar="FOLDER",
        help="write plan.md, and plan.html to be printed, here",
    )


def add_report(one: argparse.ArgumentParser) -> None:
    one.add_argument("course", metavar="FOLDER", help="the folder in which nbgrader has graded")


def add_board(one: argparse.ArgumentParser) -> None:
    one.add_argument("--port", type=port, default=8000, help="default: 8000")
    one.add_argument("--host", default="0.0.0.0", help=HOST)


def add_slides(one: argparse.ArgumentParser) -> None:
    one.add_argument("chapter", metavar="CHAPTER", help="03 for a chapter, 03a for a notebook")
    one.add_argument("--folder", dest="into", metavar="FOLDER", help=INTO, default=".")


def positive(text: str) -> int:
    return up_to(1000, text)


def port(text: str) -> int:
    return up_to(65535, text)


def up_to(most: int, text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 to {most}")
    return int(text)


def assignment(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Write the source of an assignment."""
    from metacourse.course.classroom.assignment import assignment

    for line in assignment(options):
        print(line, flush=True)
    return 0


def plan(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Print a plan for a class, or write it into a folder."""
    from metacourse.course.classroom.plan_page import made, write_plan

    text = made(options.weeks or WEEKS, options.days, options.minutes, options.notebooks)
    if options.into is None:
        print(text)
        return 0
    for path in write_plan(text, options.into):
        print(f"written: {path}")
    return 0


def report(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Write a page on where a class stands, and its counts."""
    from metacourse.course.classroom.report_page import write_report

    for line in write_report(options.course):
        print(line)
    return 0


def board(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Show where the class stands until Ctrl-C."""
    from metacourse.course.classroom.board import serve

    serve(options.port, options.host)
    return 0


def slides(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Write decks that need no network."""
    from metacourse.course.classroom.deck import decks
    from metacourse.places import expanded

    for path, count in decks(options.chapter, expanded(options.into)):
        print(f"{path}: {count} slides", flush=True)
    print("Open them in a browser: → next column, space next slide, S speaker view, F full screen.")
    return 0


CLASSROOM = {
    "assignment": assignment,
    "plan": plan,
    "report": report,
    "board": board,
    "slides": slides,
}
