"""Where the learner's copy of the course is."""

import os
from pathlib import Path

from metacourse.course.edition import ours
from metacourse.places import expanded, named

CHOOSE = "choose another folder with --folder or METACOURSE_FOLDER"


def chosen(given: str | None = None, *, instructor: bool = False) -> Path:
    """The folder that was given, else METACOURSE_FOLDER, else `metacourse` in the home folder.

    Unless one is given, the instructor's edition has a folder of its own beside the learner's.
    Raises OSError without a home folder, and for a folder that holds the course's own files.
    """
    folder = expanded(given, CHOOSE) if given else named("METACOURSE_FOLDER", usual)
    if instructor and not given:
        folder = folder.with_name(f"{folder.name}-instructor")
    folder = Path(os.path.abspath(folder))
    if hides(folder):
        raise OSError(f"{folder} holds a `metacourse` that hides the installed one; {CHOOSE}")
    if folder.resolve() == ours():
        raise OSError(f"{folder} holds the course's own notebooks; {CHOOSE}")
    return folder


def usual() -> Path:
    """`metacourse` in the home folder, unless that is a checkout of the course."""
    folder = Path.home() / "metacourse"
    return folder.with_name("metacourse-notebooks") if hides(folder) else folder


def hides(folder: Path) -> bool:
    """Whether notebooks in this folder would import something else than the installed course."""
    return (folder / "metacourse").is_dir() or (folder / "metacourse.py").exists()
