"""A learner's folder is brought up to date; what they have changed in it stays.

Pristine copies of what was handed out lie in `.metacourse/pristine`: beside them it can be told
what the learner has changed. The steps are in an order in which a stop between any two of them
loses nothing, and the next update does the rest.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from metacourse.course.files import notebook_bytes, read_notebook, write
from metacourse.course.merge import merged

PRISTINE = ".metacourse/pristine"
BEFORE = ".metacourse/before-update"


def update(folder: Path, edition: Mapping[str, bytes]) -> Iterator[str]:
    """Bring an edition's files, {name: content}, into a folder; yield what the learner should know.

    Raises OSError where the folder cannot be written.
    """
    for name, new in edition.items():
        yield from brought(folder, name, new)
    yield from retired(folder, edition)


def brought(folder: Path, name: str, new: bytes) -> Iterator[str]:
    """Make one file new, or bring the course's changes into the learner's."""
    target, pristine = folder / name, folder / PRISTINE / name
    old = pristine.read_bytes() if pristine.exists() else None
    if not target.exists():
        write(pristine, new)  # first, so that a file without a pristine copy is never ours
        write(target, new)
    elif old == new:
        return
    elif name.endswith(".ipynb"):
        yield from brought_notebook(folder, name, old, new)
    else:
        yield from brought_file(target, name, old, new)
        write(pristine, new)


def brought_file(target: Path, name: str, old: bytes | None, new: bytes) -> Iterator[str]:
    """The new file, unless the learner has changed theirs."""
    mine = target.read_bytes()
    if mine == old:
        write(target, new)
    elif mine != new:
        yield f"{name}: yours is kept; delete it to get the course's"


def brought_notebook(folder: Path, name: str, old: bytes | None, new: bytes) -> Iterator[str]:
    """Merge the course's changes into the learner's notebook; set aside what cannot be merged."""
    target, before = folder / name, folder / BEFORE / name
    mine = target.read_bytes() if target.is_file() else b""
    try:
        result, told = (mine, []) if mine == new else merged_bytes(old or b"", mine, new)
    except ValueError:
        yield f"{name}: it could not be read as the course's; it is now {set_aside(target).name}"
        yield from brought(folder, name, new)
        return
    if result != mine and not is_done(old, before, new, mine):
        write(before, mine)
        if target.read_bytes() != mine:
            yield f"{name}: it was saved meanwhile and is as it was; update again"
            return
        write(target, result)
        yield f"{name}: updated"
        yield from (f"    {line}" for line in told)
    write(folder / PRISTINE / name, new)


def merged_bytes(old: bytes, mine: bytes, new: bytes) -> tuple[bytes, list[str]]:
    """The merged notebook and what to tell. Raises ValueError if one of them is no notebook."""
    notebook, told = merged(*map(read_notebook, (old, mine, new)))
    return notebook_bytes(notebook), told


def is_done(old: bytes, before: Path, new: bytes, mine: bytes) -> bool:
    """Whether an update that was stopped has merged this already: from the copy made before it."""
    try:
        return merged_bytes(old, before.read_bytes(), new)[0] == mine
    except (FileNotFoundError, ValueError):  # no copy, or a broken one
        return False


def set_aside(path: Path) -> Path:
    """Rename a file to one of a like name that does not exist."""
    aside, count = path.with_name(f"{path.stem}-yours{path.suffix}"), 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.stem}-yours-{count}{path.suffix}")
    return path.rename(aside)


def retired(folder: Path, edition: Mapping[str, bytes]) -> Iterator[str]:
    """Take away what the course no longer has, unless the learner has changed it."""
    pristine = folder / PRISTINE
    for copy in sorted(path for path in pristine.rglob("*") if path.is_file()):
        name = copy.relative_to(pristine).as_posix()
        if name in edition:
            continue
        target = folder / name
        if target.is_file() and target.read_bytes() == copy.read_bytes():
            target.unlink()
        elif target.exists():
            yield f"{name}: the course no longer has it; yours stays"
        copy.unlink()
