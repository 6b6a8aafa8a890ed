"""The command `metacourse`: the course without make, the same on every system.

What a subcommand needs is imported when it is called, so that help and mistakes are answered at
once.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from metacourse.course.classroom import Unclear
from metacourse.course.classroom.commands import CLASSROOM, add_commands
from metacourse.course.folder import CHOOSE, chosen
from metacourse.course.making import PAGES, add_pages

ABOUT = "A course on meta-learning, in notebooks."
COPIES = {
    "lab": (
        "open your copy of the course in JupyterLab",
        "All other arguments go to JupyterLab: metacourse lab --no-browser --port 8899",
    ),
    "update": ("bring your copy up to date; what you changed stays", ""),
}
FOLDER = "where your copy is or will be (default: METACOURSE_FOLDER, else metacourse in your home)"
RELOAD = (
    "If one of these notebooks is open in JupyterLab: File > Reload Notebook from Disk. "
    "Saved over there, it would lose what has just come in."
)
INSTRUCTOR = "the full edition, with outputs and the instructor's cells, in a folder of its own"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="metacourse", description=ABOUT, allow_abbrev=False)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (text, more) in COPIES.items():
        one = commands.add_parser(name, help=text, epilog=more, allow_abbrev=False)
        one.add_argument("--folder", help=FOLDER)
        one.add_argument("--instructor", action="store_true", help=INSTRUCTOR)
    server = commands.add_parser("hub", help="what a JupyterHub starts for each learner")
    server.add_argument("--folder", help=FOLDER)
    server.set_defaults(instructor=False)
    commands.add_parser("doctor", help="is this machine ready for the course?")
    commands.add_parser("progress", help="what you have done so far")
    add_pages(commands)
    add_commands(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit status; mistakes are told in a sentence."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal without ✓ shows a question mark
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if rest and options.command not in ("lab", "hub"):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return COMMANDS[options.command](options, rest)
    except KeyboardInterrupt:
        return trouble("stopped; nothing is lost, and the next call does the rest") + 129
    except ModuleNotFoundError as error:
        return trouble(
            f"The package {error.name} is missing: install the course again, as its README says, "
            "and for a class with the extra `class`"
        )
    except Unclear as error:
        return trouble(str(error)) + 1
    except BrokenPipeError:  # whoever reads what is printed has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except OSError as error:
        what = what_failed(error)
        return trouble(f"{what}; {CHOOSE}" if what and "folder" in options else what or str(error))


def what_failed(error: OSError) -> str | None:
    """The file and the system's reason, as far as there are any."""
    in_the_way = isinstance(error, FileExistsError | NotADirectoryError)
    reason = "there is a file where a folder is needed" if in_the_way else error.strerror
    return f"{error.filename}: {reason}" if error.filename else reason


def trouble(sentence: str) -> int:
    print(f"metacourse: {sentence}", file=sys.stderr)
    return 1


def update(options: argparse.Namespace, rest: Sequence[str] = ()) -> int:
    """Make the learner's copy, or bring it up to date."""
    from metacourse.course.edition import edition
    from metacourse.course.update import update

    folder = chosen(options.folder, instructor=options.instructor)
    told = []
    for line in update(folder, edition(instructor=options.instructor)):
        print(line, flush=True)
        told.append(line)
    if told:
        print(RELOAD)
    print(f"Your copy of the course is in {folder}")
    return 0


def lab(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Bring the copy up to date and open it in JupyterLab."""
    from metacourse.course.lab import HOW_TO_GET_IT, is_installed, run

    if not is_installed():
        return trouble(HOW_TO_GET_IT)
    update(options)
    return run(chosen(options.folder, instructor=options.instructor), rest)


def hub(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Bring the copy up to date and run a learner's server; where that fails, as on a full disk,
    the server runs all the same."""
    from metacourse.course import hub

    if not hub.is_installed():
        return trouble(hub.HOW_TO_GET_IT)
    folder = chosen(options.folder)
    try:
        update(options)
    except OSError as error:
        trouble(f"the copy of the course is not up to date: {what_failed(error) or error}")
    return hub.run(folder, rest)


def doctor(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Look at the machine; 1 if something needs a remedy."""
    from metacourse.start_here import check_machine
    from metacourse.widgets.start_here import MachineTable

    findings = check_machine()
    print(MachineTable(findings))
    return int(any(finding.remedy for finding in findings))


def progress(options: argparse.Namespace, rest: Sequence[str]) -> int:
    from metacourse.checks import progress

    progress()
    return 0


COMMANDS = {
    "lab": lab,
    "update": update,
    "hub": hub,
    "doctor": doctor,
    "progress": progress,
    **PAGES,
    **CLASSROOM,
}
