"""Recorded figures in a page of their own, with the scripts of the web edition and no server."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from metacourse.course.web import figures, programs, source

STATIC = source.HERE / "static"


def written(folder: Path, recordings: dict[str, dict], *, last: str = "") -> Path:
    """Write a page with these recordings, a file for each, and the scripts; returns its path.
    last: a program that runs when all scripts are there."""
    shutil.copytree(STATIC, folder / "_static")
    (folder / "_static" / "recordings").mkdir()
    for name, recording in recordings.items():
        text = figures.script(recording, name)
        (folder / "_static" / "recordings" / f"{name}.js").write_text(text, encoding="utf-8")
        programs.write(recording, folder / "_static" / "programs")
    strings = (source.HERE / "strings" / "en.json").read_text(encoding="utf-8")
    scripts = sorted(path.name for path in STATIC.glob("*.js"))
    head = [f'<script src="_static/{name}"></script>' for name in scripts]
    first = head.pop(scripts.index("live.js"))  # it makes what the others fill
    head = [first, f"<script>metacourse.strings = {strings};</script>", *head]
    head += [f'<link rel="stylesheet" href="_static/{path.name}">' for path in STATIC.glob("*.css")]
    head.append(f"<script>{last}</script>")
    blocks = [figures.block(recording, name) for name, recording in recordings.items()]
    page = folder / "index.html"
    lines = ['<!doctype html><html lang="en"><meta charset="utf-8">', *head, *blocks]
    page.write_text("\n".join(lines), encoding="utf-8")
    return page


@contextmanager
def opened_page(browser: Browser, path: Path, **context) -> Iterator[Page]:
    """Open a page from its folder; it raises, at the end, what went wrong in it."""
    found, errors = browser.new_context(**context), []
    page = found.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(request.url))
    page.goto(path.as_uri())
    try:
        yield page
    finally:
        found.close()
        # a map may be replaced by the next one before it has been drawn
        assert [error for error in errors if not error.startswith("blob:")] == []
