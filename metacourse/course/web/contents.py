"""The order of the pages: chapters with their sittings, and what stands beside them."""

import re
from pathlib import Path
from typing import NamedTuple

from metacourse.course.edition import ours
from metacourse.course.files import Notebook, read_notebook
from metacourse.course.web import strings, wording
from metacourse.figures.start_here import CHAPTERS, Chapter

QUESTION = re.compile(r"^\*\*The question: (?P<text>.+)\*\*$", re.MULTILINE)
BESIDE = "gallery", "cheat_sheet", "glossary"


class Entry(NamedTuple):
    """A notebook of a chapter: its number, the name of its page, what it asks, its minutes."""

    number: str
    page: str
    title: str
    question: str
    alone: int
    in_class: int


def notebooks(names: set[str] | None = None) -> list[Path]:
    """The notebooks of the course, or those with these stems."""
    return [path for path in sorted(ours().glob("*.ipynb")) if names is None or path.stem in names]


def title_of(notebook: Notebook) -> str:
    """What a notebook's heading says after its number."""
    heading = notebook["cells"][0]["source"].splitlines()[0].lstrip("# ")
    return heading.partition(" · ")[2] or heading


def question_of(notebook: Notebook) -> str:
    """The question of a notebook, as a sentence; "" where it has none."""
    found = QUESTION.search(wording.of_pages(notebook["cells"][0]["source"]))
    return found["text"][0].upper() + found["text"][1:] if found else ""


def entries(paths: list[Path]) -> dict[str, list[Entry]]:
    """The notebooks of each chapter among these files, in the order of the course."""
    by_number = {path.name.partition("_")[0]: path for path in paths}
    return {
        name: [
            entry(chapter, number, by_number[number])
            for number in chapter.sittings
            if number in by_number
        ]
        for name, chapter in CHAPTERS.items()
    }


def entry(chapter: Chapter, number: str, path: Path) -> Entry:
    notebook = read_notebook(path.read_bytes())
    title = title_of(notebook).removeprefix(f"{chapter.title}: ")
    return Entry(
        number,
        path.stem,
        title[0].upper() + title[1:],
        question_of(notebook),
        *chapter.sittings[number],
    )


def table(paths: list[Path]) -> str:
    """All notebooks of the chapters, with minutes and question, in Markdown."""
    said = strings.load()["contents"]
    lines = [f"| {said['notebook']} | {said['question']} |", "|:--|:--|"]
    for each in (one for found in entries(paths).values() for one in found):
        link = f"[{each.number} {each.title}]({each.page}.ipynb)"
        minutes = said["minutes"].format(alone=each.alone, in_class=each.in_class)
        lines.append(f"| {link}<br>{minutes} | {each.question} |")
    return "\n".join(lines)


def trees(paths: list[Path], beside: list[str]) -> str:
    """The table of contents: a part for each chapter, and one for the pages beside them."""
    said = strings.load()["site"]
    parts = [
        tree(
            f"{name} · {CHAPTERS[name].title}",
            [f"{e.number} · {e.title} ({e.alone} {said['minutes']}) <{e.page}>" for e in found],
        )
        for name, found in entries(paths).items()
        if found
    ]
    return "\n\n".join([*parts, tree(said["more"], beside)])


def tree(caption: str, lines: list[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *lines, "```"])
