"""A deck of slides as one HTML file, with reveal.js and MathJax inside: it needs no network."""

import html
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from string import Template

from pygments.formatters import HtmlFormatter

from metacourse.course.classroom import Unclear
from metacourse.course.classroom.slides import Slide, slides
from metacourse.course.edition import chapters
from metacourse.course.files import read_notebook, write

PARTS = Path(__file__).with_name("reveal")


def deck(made: Sequence[Slide]) -> str:
    """The page; each title and each section begins a column, and its name stands on all of it."""
    columns: list[list[str]] = []
    name = ""
    for slide in made:
        if slide.kind in ("title", "section"):
            columns.append([])
            name = slide.heading if slide.kind == "section" else ""
        columns[-1].append(section(slide, name))
    body = "\n".join(f"<section>{''.join(column)}</section>" for column in columns)
    title = html.escape(made[0].heading)
    return Template(part("deck.html")).substitute(inside(), title=title, slides=body)


def section(slide: Slide, name: str) -> str:
    head = "" if slide.heading or not name else f'<p class="where">{html.escape(name)}</p>'
    notes = f'<aside class="notes">{"".join(slide.notes)}</aside>' if slide.notes else ""
    return f'<section class="{slide.kind}">{head}{slide.body}{notes}</section>\n'


def part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


@cache
def inside() -> dict[str, str]:
    """The programs and styles that every deck has."""
    colours = HtmlFormatter(style="default").get_style_defs(".highlight")
    styles = (part(name) for name in ("reset.css", "reveal.css", "deck.css"))
    return {
        "styles": "\n".join([*styles, colours]),
        "mathjax": part("tex-svg-full.js"),
        "reveal": part("reveal.js"),
        "notes": part("notes.js"),
        "start": part("deck.js"),
    }


# ---- for a folder --------------------------------------------------------------------------------


def decks(chapter: str, folder: Path) -> Iterator[tuple[Path, int]]:
    """Write the decks of a chapter's notebooks into a folder; yield each file and how many slides.

    Raises Unclear if no notebook's name begins with `chapter`, and OSError if a file cannot be
    written.
    """
    known = chapters()
    found = [path for path in known.values() if chapter and path.name.startswith(chapter)]
    if not found:
        raise Unclear(f"There is no chapter {chapter!r}; name one of {', '.join(known)}")
    for path in found:
        made = slides(read_notebook(path.read_bytes()))
        target = folder / f"{path.stem}.html"
        write(target, deck(made).encode())
        yield target, len(made)
