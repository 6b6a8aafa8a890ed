"""The commands that make pages: the web edition, and a report card on the learner's own data."""

import argparse
from collections.abc import Sequence

from metacourse.course.classroom import Unclear

WEB_FOLDER = "where the pages go (default: metacourse-web in the folder that you are in)"
WEB = (
    "Notebooks whose figures have not been recorded are run once, two at a time: half an hour for "
    "all. It may be stopped: what is recorded is kept. The folder works anywhere, also offline."
)
QUICK = "run no notebook: a figure that has not been recorded yet stands still"
BASE_URL = "where the pages will be read, for search engines and previews; they work anywhere"
REPOSITORY = "for buttons that open a notebook on Colab and Binder: a public repository on GitHub"
DATA = "a folder of pictures, one folder a class, or a CSV file with a column of classes or persons"
SECONDS = "for training prototypes and MAML, together (default: 60)"
EVALUATE = "a report card on your own data: what few-shot learning can do with it"
REPORT_FOLDER = "where the page goes (default: the folder that you are in)"
KEPT = "what is done is kept: interrupted with Ctrl-C, the next call goes on"


def add_pages(commands: argparse._SubParsersAction) -> None:
    """Add these commands to those of `metacourse`."""
    add_web(commands)
    add_evaluate(commands.add_parser("evaluate", help=EVALUATE, epilog=KEPT, allow_abbrev=False))


def add_web(commands: argparse._SubParsersAction) -> None:
    one = commands.add_parser(
        "web", help="the course as static pages", epilog=WEB, allow_abbrev=False
    )
    one.add_argument(
        "--folder", dest="into", metavar="FOLDER", default="metacourse-web", help=WEB_FOLDER
    )
    one.add_argument("--instructor", action="store_true", help="with the instructor's cells")
    one.add_argument("--quick", action="store_true", help=QUICK)
    one.add_argument("--base-url", default="", metavar="URL", help=BASE_URL)
    one.add_argument("--repository", default="", metavar="OWNER/NAME", help=REPOSITORY)
    one.add_argument("--branch", default="main", help="its branch (default: main)")
    one.add_argument("--hub", default="", metavar="URL", help="for a button: a hub of the course")


def add_evaluate(one: argparse.ArgumentParser) -> None:
    one.add_argument("data", metavar="FOLDER", help=DATA)
    one.add_argument("--into", metavar="FOLDER", default=".", help=REPORT_FOLDER)
    one.add_argument("--seconds", type=float, default=60.0, help=SECONDS)
    column = one.add_mutually_exclusive_group()
    column.add_argument("--class", dest="classes", metavar="COLUMN", help="the column of classes")
    column.add_argument("--person", metavar="COLUMN", help="the column of persons")


def web(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Build the web edition."""
    from metacourse.course.web import HOW_TO_GET_IT, is_installed

    if not is_installed():
        raise Unclear(HOW_TO_GET_IT)
    from metacourse.course.web.doors import Doors
    from metacourse.course.web.site import Wanted, build, cached
    from metacourse.places import expanded

    doors = Doors(options.repository, options.branch, options.hub)
    wanted = Wanted(options.instructor, options.base_url, doors)
    target = expanded(options.into).resolve()
    for line in build(target, recorded=cached(), wanted=wanted, run=not options.quick):
        print(line, flush=True)
    return 0


def evaluate(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Write a report card on the learner's own data."""
    from metacourse.course.evaluate.card import write_card

    columns = {"class_column": options.classes, "person_column": options.person}
    try:
        for line in write_card(options.data, options.into, seconds=options.seconds, **columns):
            print(line, flush=True)
    except ValueError as error:
        raise Unclear(str(error)) from error
    return 0


PAGES = {"web": web, "evaluate": evaluate}
