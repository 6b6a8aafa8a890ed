"""A lock between the kernels of one learner that never holds anybody up for long."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE, PAUSE = 2.0, 0.01  # seconds
STALE = 10.0  # seconds; a lock is held for some milliseconds: such an old one has no owner left


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep the others who ask for this file's lock out; go on without it where it cannot be had."""
    lock = path.with_name(f"{path.name}.lock")
    ours = taken(lock)
    try:
        yield
    finally:
        if ours:
            with suppress(OSError):
                lock.unlink()


def taken(lock: Path) -> bool:
    """Make the lock file; False where it cannot be made, or stays another's for too long."""
    end = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < end:
            with suppress(FileExistsError):
                os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
                return True
            if age(lock) > STALE:
                lock.unlink(missing_ok=True)
            else:
                time.sleep(PAUSE)
    except OSError:
        pass
    return False


def age(lock: Path) -> float:
    """Seconds since a file was made, by a clock that may have been set since; 0 if it is gone."""
    try:
        return abs(time.time() - lock.stat().st_mtime)
    except FileNotFoundError:
        return 0.0
