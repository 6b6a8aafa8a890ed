"""Two editions of a very small course, and what a learner made of its notebook."""

from pathlib import Path

from metacourse.course.update import update
from tests.course.small import code, packed, text

NAME = "01_lines.ipynb"
FIRST = {
    NAME: packed(text("title", "# Lines"), code("old", "1"), code("stub", "...")),
    "results.json": b"[]",
    "images/a.png": b"picture",
    "kernels/lines.py": b"# lines",
    "kernels/gone.py": b"# gone",
}
SECOND = {
    NAME: packed(text("title", "# Straight lines"), code("stub", "...  # x")),
    "results.json": b"[1]",
    "images/a.png": b"better picture",
    "kernels/lines.py": b"# straight lines",
}
MINE = packed(text("title", "# Lines"), code("old", "1"), code("copy", "1"), code("stub", "return"))


def updated(folder: Path, edition: dict[str, bytes]) -> list[str]:
    return list(update(folder, edition))


def seen(folder: Path) -> dict[str, bytes]:
    """What the learner sees in the folder: {name: content}."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "/." not in f"/{path.relative_to(folder).as_posix()}"
    }
