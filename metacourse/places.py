"""Where files of the learner lie, and how one is written so that it is never seen half written."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

Usual = TypeVar("Usual")


def named(variable: str, otherwise: Callable[[], Usual]) -> Path | Usual:
    """What an environment variable names, with ~ for the home folder; otherwise what is usual.

    Raises OSError when that lies in a home folder and there is none.
    """
    chosen = os.environ.get(variable)
    try:
        return Path(chosen).expanduser() if chosen else otherwise()
    except RuntimeError as error:  # from pathlib or platformdirs: a user whom nobody knows
        raise OSError(f"there is no home folder; {variable} can name a place") from error


def expanded(name: str, remedy: str = "name another folder") -> Path:
    """The path, with ~ for the home folder. Raises OSError when there is none."""
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise OSError(f"there is no home folder for {name}; {remedy}") from error


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name a file in the system's errors that name none, as on a full disk, or its scratch."""
    try:
        yield
    except OSError as error:
        if error.errno and (error.filename is None or f".{path.name}-" in str(error.filename)):
            error.filename = str(path)
        raise


@contextmanager
def replacing(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """Lend another path to write to; at the end what is there takes the place of the old file.

    Whoever reads sees the old file or the new one, and if anything fails the old one stays. A link
    stays a link. An old file's mode is kept; a new file gets this one, as the umask allows.
    Raises OSError when the folder cannot be made or written; it names a file.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = {"dir": target.parent, "prefix": f".{target.name}-", "ignore_cleanup_errors": True}
    with naming(target), TemporaryDirectory(**beside) as scratch:
        unfinished = Path(scratch, target.name)
        unfinished.touch(mode)
        kept = (target if target.exists() else unfinished).stat().st_mode
        yield unfinished
        with suppress(OSError):  # a file system without modes
            unfinished.chmod(stat.S_IMODE(kept))
        os.replace(unfinished, target)


def reason(error: OSError) -> str:
    """Why a file could not be read or written, for a sentence."""
    return error.strerror or str(error)
