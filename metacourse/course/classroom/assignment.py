"""`metacourse assignment`: a chapter's exercises as an assignment for nbgrader."""

import re
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from metacourse.course.classroom import Unclear
from metacourse.course.classroom.exercises import Exercise, exercises
from metacourse.course.classroom.homework import Sheet, homework
from metacourse.course.edition import chapters
from metacourse.course.files import Notebook, notebook_bytes, read_notebook, write
from metacourse.places import expanded

NAME = re.compile(r"\w[\w-]*", re.ASCII)  # what nbgrader takes for an assignment
CONFIG = """\
import os

from metacourse.course.classroom.feedback import readable_offline
from metacourse.course.classroom.hand_in import each_cell_once

os.environ["CUDA_VISIBLE_DEVICES"] = ""  # a forked check cannot differentiate beside a GPU
c = get_config()
c.CourseDirectory.course_id = {course!r}
c.ClearSolutions.code_stub = {{"python": "..."}}  # stubs are the course's own
c.OverwriteCells.add_missing_cells = True  # a check that was deleted is put back
c.Execute.timeout = 300  # seconds for a cell; a check ends sooner, by METACOURSE_GRADING_SECONDS
each_cell_once(c)  # a cell that was split or copied is graded once
readable_offline(c)  # feedback pages need no network
"""
THERE = (
    "{path} is there already, and is not what would be written: --force writes it anew, without "
    "what was changed in it; --name makes another assignment."
)
BESIDE = "{path} was there and stays as it is. It needs these lines, which it has not:"
NEXT = "Next, in {folder}: nbgrader generate_assignment {name}"


def assignment(options: Namespace) -> Iterator[str]:
    """Write source and settings of an assignment; yield what the instructor should know.

    Raises Unclear for what cannot be meant, before anything is written.
    """
    sittings = found(options.chapter)
    chosen = picked([each for _, held in sittings.values() for each in held], options.exercises)
    name = options.name or f"hw{options.chapter}"
    if not NAME.fullmatch(name):
        raise Unclear(f"{name!r} cannot name an assignment: a-z, 0-9, _ and - can, no - first.")
    if not 0 <= options.partial <= 1:
        raise Unclear("--partial is a share of the points, from 0 to 1.")
    points = {each.name: float(each.minutes) for each in chosen} | worth(chosen, options.points)
    folder, files = expanded(options.course).absolute(), {}
    for stem, (notebook, held) in sittings.items():
        if mine := [each for each in held if each in chosen]:
            sheet = Sheet(name, stem, points, options.partial)
            path = folder / "source" / name / f"homework_{stem.partition('_')[0]}.ipynb"
            files[path] = notebook_bytes(homework(notebook, mine, sheet, programs(mine)))
    yield from written(files, force=options.force)
    yield from settings(folder)
    yield from table(chosen, points)
    yield NEXT.format(folder=folder, name=name)


def found(chapter: str) -> dict[str, tuple[Notebook, list[Exercise]]]:
    """The notebooks whose names begin so, with their exercises, by their names."""
    read = {path.stem: read_notebook(path.read_bytes()) for path in chapters().values()}
    sittings = {stem: (notebook, [*exercises(notebook)]) for stem, notebook in read.items()}
    known = [stem.partition("_")[0] for stem, (_, held) in sittings.items() if held]
    if chapter not in {part for name in known for part in (name, name[:2])}:
        raise Unclear(
            f"There are no exercises of {chapter!r}; there are those of {', '.join(known)}."
        )
    return {stem: sitting for stem, sitting in sittings.items() if stem.startswith(chapter)}


def picked(held: Sequence[Exercise], wanted: Sequence[str]) -> list[Exercise]:
    """The exercises of these names, "chapter.name" or "name"; all without any."""
    for name in wanted:
        if not any(is_called(each, name) for each in held):
            names = ", ".join(each.function for each in held)
            raise Unclear(f"There is no exercise {name!r} here; there are {names}.")
    return [each for each in held if not wanted or any(is_called(each, name) for name in wanted)]


def is_called(exercise: Exercise, name: str) -> bool:
    return name in (exercise.name, exercise.name.partition(".")[2])


def worth(chosen: Sequence[Exercise], given: Sequence[str]) -> dict[str, float]:
    """The points of NAME=POINTS."""
    points = {}
    for one in given:
        name, _, number = one.partition("=")
        if not re.fullmatch(r"\d+(\.\d+)?", number, re.ASCII):
            raise Unclear(f"{one!r} is not NAME=POINTS, as in gradient=3.")
        points |= dict.fromkeys([each.name for each in picked(chosen, [name])], float(number))
    return points


def programs(chosen: Sequence[Exercise]) -> str:
    """What the right programs say: a notebook's imports that they need are handed out."""
    from metacourse.checks.slips import load

    return "\n".join(load(each.name).program for each in chosen)


def written(files: dict[Path, bytes], *, force: bool) -> Iterator[str]:
    """Write files; none of them if one holds something else, unless it is forced."""
    for path, data in files.items():
        if not force and path.exists() and path.read_bytes() != data:
            raise Unclear(THERE.format(path=path))
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, data)
        yield f"written: {path}"


def settings(folder: Path) -> Iterator[str]:
    """Write nbgrader's settings, or say what those that are there lack."""
    path, needed = folder / "nbgrader_config.py", CONFIG.format(course=folder.name)
    if not path.exists():
        write(path, needed.encode())
        yield f"written: {path}"
        return
    there = path.read_text(encoding="utf-8")
    missing = [line for line in needed.splitlines() if line.partition("  #")[0] not in there]
    if missing := [line for line in missing if "course_id" not in line]:
        yield BESIDE.format(path=path)
        yield from (f"    {line}" for line in missing)


def table(chosen: Sequence[Exercise], points: dict[str, float]) -> Iterator[str]:
    minutes = sum(each.minutes for each in chosen)
    yield f"{'exercise':44}{'minutes':>8}{'points':>8}"
    for each in chosen:
        yield f"{each.name:44}{each.minutes:>8}{points[each.name]:>8g}"
    yield f"{'together':44}{minutes:>8}{sum(points.values()):>8g}"
