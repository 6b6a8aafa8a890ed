"""What a page folds under a line: answers, what would give a prediction away, plumbing."""

import html
import re

from metacourse.course.files import Cell
from metacourse.course.forms import HINT, tags
from metacourse.course.web import strings, wording
from metacourse.course.web.forms.veil import digest
from metacourse.course.web.links import of_pages

STUCK = re.compile(r"Stuck\? `hint\(.*?\)`, and `solution\(\.\.\.\)` for ours\.")
INSTRUCTOR = re.compile(r"^\*\*For the instructor\.\*\*\s*")
OURS = "capstone-ours"  # the program that tries a capstone, after the text on it, which is folded


def text(cell: Cell, prediction: str | None) -> Cell:
    """A text as a page has it; a spoiler that a prediction holds back opens with it."""
    said = strings.load()
    source = STUCK.sub(said["forms"]["stuck"], HINT.sub("", cell["source"]))
    source = of_pages(wording.of_pages(source))
    if "instructor" in tags(cell):
        return cell | {"source": boxed(INSTRUCTOR.sub("", source), said["site"]["instructor"])}
    if "spoiler" not in tags(cell):
        return cell | {"source": source}
    if prediction:
        summary, held = said["forms"]["read_predicted"], digest(prediction)
        return cell | {"source": folded(source, summary, held)}
    return cell | {"source": folded(source, said["forms"]["read"])}


def boxed(source: str, title: str) -> str:
    """Markdown in a box with a title."""
    return f"::::{{admonition}} {title}\n:class: metacourse-instructor\n\n{source}\n::::"


def folded(source: str, summary: str, prediction: str = "") -> str:
    """Markdown under a line to open it by."""
    held = f' data-held="{prediction}"' if prediction else ""
    return (
        f'<details class="metacourse-fold"{held}><summary>{html.escape(summary)}</summary>\n\n'
        f"{source}\n\n</details>"
    )


def program(cell: Cell) -> Cell:
    """A program with its code folded if it is plumbing: imports, what a later start needs."""
    said = strings.load()["forms"]
    if "resume" in tags(cell):
        return marked(cell, "hide-input", said["resume"])
    if is_imports(cell):
        return marked(cell, "hide-input", said["imports"])
    if cell["id"] == OURS:
        return marked(cell, "hide-cell", said["ours"])
    return cell


def is_imports(cell: Cell) -> bool:
    return cell["id"].startswith("imports")


def held_back(cell: Cell, prediction: str) -> Cell:
    """A program whose outputs are folded until the reader has predicted."""
    came_out = marked(cell, "hide-output", strings.load()["forms"]["came_out"])
    return marked(came_out, f"held-{digest(prediction)}")


def marked(cell: Cell, tag: str, prompt: str = "") -> Cell:
    """The cell with one more tag, and the line under which something of it is folded."""
    metadata = cell["metadata"] | {"tags": [*tags(cell), tag]}
    return cell | {
        "metadata": metadata | ({"mystnb": {"code_prompt_show": prompt}} if prompt else {})
    }
