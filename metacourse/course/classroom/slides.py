"""The slides of a notebook, made from its cells with their outputs.

A heading begins a column. What is shown of a text is said in `cut`; the rest of it, and the
instructor's cells, are notes, and so is a text with the tag `home`, to be read there. The tag
`slide` shows a text whole, and a program that is otherwise left out.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from metacourse.checks import questions, quizzes
from metacourse.course.classroom.cut import blocks, chosen, pieces
from metacourse.course.classroom.sittings import COMPUTED
from metacourse.course.files import Cell, Notebook
from metacourse.course.forms import HINT, tags

LEFT_OUT = "sections", "sources"
KINDS = {1: "title", 2: "section"}  # by the level of the heading
MINUTES = re.compile(r" \(\d+ min\)$", re.MULTILINE)
NEEDED = re.compile(r"^\*\*You need\*\*.*", re.DOTALL | re.MULTILINE)
DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
LINK = re.compile(r"</?a\b[^>]*>")
IMAGE = re.compile(r"<img\b[^>]*>")
CALL = re.compile(r"""\b(?P<call>predict|reveal|quiz)\(\s*["'](?P<name>[\w.]+)["']""")
LIVE = '<p class="live">live in the notebook</p>'
BELOW = 8  # lines of output that find room below a text
TABLE = 4  # lines; a shorter output is shown below a text or not at all
TALL = 20  # lines of output on a slide


@dataclass
class Slide:
    """A slide; `room` says how many lines of output can still follow, `asks` which prediction it
    asks for."""

    kind: str
    body: str
    heading: str = ""
    room: int = 0
    asks: str = ""
    notes: list[str] = field(default_factory=list)


def slides(notebook: Notebook) -> list[Slide]:
    """The slides of a notebook, in its order."""
    made: list[Slide] = []
    for cell in notebook["cells"]:
        if cell["id"] in LEFT_OUT or "resume" in tags(cell):
            continue
        if cell["cell_type"] == "markdown":
            add_text(made, cell)
        else:
            add_program(made, cell)
    return made


def as_html(markdown: str) -> str:
    """Markdown as HTML in which nothing leads out of the file."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return LINK.sub("", MarkdownWithMath(renderer=renderer).render(markdown)).strip()


# ---- texts ---------------------------------------------------------------------------------------


def add_text(made: list[Slide], cell: Cell) -> None:
    """The slides of a text; an answer that is folded in the notebook follows on the next slide."""
    if {"instructor", "home"} & {*tags(cell)} or cell["id"].startswith("stop"):
        made[-1].notes.append(as_html(cell["source"]))
        return
    whole = bool({"slide", "statement"} & {*tags(cell)})
    room = 0 if {"spoiler", "statement"} & {*tags(cell)} else BELOW
    source = HINT.sub("", NEEDED.sub("", MINUTES.sub("", cell["source"])))
    question, *answers = DETAILS.split(source)
    add_pieces(made, question, whole, room)
    while answers:
        summary, answer, after, *answers = answers
        add_pieces(made, f"**{summary}.** {answer.strip()}", whole, 0)
        add_pieces(made, after, whole, room)


def add_pieces(made: list[Slide], source: str, whole: bool, room: int) -> None:
    """The slides of a part of a text; what is not shown is a note of the last of them."""
    shown, said = (blocks(source), []) if whole else chosen(source)
    for piece in pieces(shown):
        first = piece.splitlines()[0]
        level = len(first) - len(first.lstrip("#"))
        title = first.lstrip("# ") if level else ""
        made.append(Slide(KINDS.get(level, "text"), as_html(piece), title, room))
    if said:
        made[-1].notes.append(as_html("\n\n".join(said)))


# ---- programs and what they show -----------------------------------------------------------------


def add_program(made: list[Slide], cell: Cell) -> None:
    """A stub below its statement, a program with the tag `slide`, votes, and outputs."""
    source = cell["source"]
    if "exercise" in tags(cell):
        made[-1].body += program(source)
        made[-1].room = 0
        return
    if "slide" in tags(cell):
        made.append(Slide("program", program(source), room=BELOW // 2))
    call = CALL.search(source)
    if call and call["call"] == "quiz":
        made += votes(call["name"])
        return
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            add_printed(made, "".join(output["text"]).rstrip().splitlines())
        else:
            add_shown(made, output, call)


def program(source: str) -> str:
    return as_html(f"```python\n{source}\n```")


def votes(name: str) -> Iterator[Slide]:
    """A slide for each question of a quiz; its answers are notes."""
    for question in quizzes.load(name):
        body = questions.fallback(question.text, [option.text for option in question.options])
        marked = [("✓" if option.correct else "✗", option) for option in question.options]
        answers = [f"{mark} **{option.text}** {option.why}" for mark, option in marked]
        yield Slide("vote", body, notes=[as_html("\n\n".join(answers))])


def add_shown(made: list[Slide], output: dict, call: re.Match | None) -> None:
    """A picture, in its committed form also where the notebook's is live; a prediction; a reveal.

    Reports, tables of progress and what else a notebook shows to one learner is left out.
    """
    data = {kind: "".join(content) for kind, content in output["data"].items()}
    page, told = data.get("text/html", ""), COMPUTED.search(data.get("text/plain", ""))
    if images := IMAGE.findall(page):
        live = LIVE if output["output_type"] == "execute_result" else ""
        made.append(Slide("picture", "".join([*images, live])))
    elif call and call["call"] == "predict":
        made.append(Slide("vote", page, asks=call["name"]))
    elif call and told:
        asked = next(slide.body for slide in made if slide.asks == call["name"])
        answer = f'{asked}<p class="told">{html.escape(told[1])}</p>'
        made.append(Slide("answer", answer))


def add_printed(made: list[Slide], lines: list[str]) -> None:
    """A printed text: below the text before it, shown by a key, or on slides of its own."""
    if len(lines) <= made[-1].room:
        made[-1].room -= len(lines)
        made[-1].body += printed(lines, "printed fragment")
    elif len(lines) >= TABLE:
        for start in range(0, len(lines), TALL):
            made.append(Slide("table", printed(lines[start : start + TALL], "printed")))


def printed(lines: list[str], kind: str) -> str:
    text = html.escape("\n".join(lines))
    return f'<pre class="{kind}">{text}</pre>'
