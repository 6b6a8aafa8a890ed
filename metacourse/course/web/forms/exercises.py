"""An exercise on a page, in the place of its check: hints, lines to choose, and the solution."""

import html

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from metacourse.checks import program, slips
from metacourse.checks.report import inline
from metacourse.course.web import strings
from metacourse.course.web.forms import lines
from metacourse.course.web.forms.questions import form
from metacourse.course.web.forms.veil import digest

MARKS = "①②③④"


def exercise(name: str) -> str:
    """The HTML of an exercise, "chapter.name"."""
    return f'<div class="metacourse-exercise">{hints(name)}{together(name)}</div>'


def hints(name: str) -> str:
    """Each hint folded into the one before, and the solution into the last."""
    said, found = strings.load()["forms"], slips.load(name).hints
    inside = fold(said["solution"], block(coloured(program(name))))
    for number in range(len(found), 0, -1):
        summary = said["hint"].format(number=number, of=len(found), name=function(name))
        inside = fold(summary, f"<p>{inline(found[number - 1])}</p>{inside}")
    return inside


def together(name: str) -> str:
    """The program with gaps, and for each what may stand in it."""
    said, text = strings.load()["forms"], slips.load(name)
    chosen = lines.lines(text)
    listed, answers = [], []
    for mark, one in zip(MARKS, chosen, strict=False):
        options = "".join(f"<li>{inline_code(option.text)}</li>" for option in one.options)
        question = html.escape(said["which_line"].format(mark=mark))
        listed.append(f"<div><strong>{question}</strong><ul>{options}</ul></div>")
        answers.append([told(option) for option in one.options])
    count = said["one_line" if len(chosen) == 1 else "some_lines"].format(n=len(chosen))
    summary = said["together"].format(lines=count, name=function(name))
    return fold(summary, with_gaps(text, chosen) + form("lines", identities(name), listed, answers))


def identities(name: str) -> list[str]:
    """The name under which the choice of each line of an exercise is kept."""
    return [digest(name, *map(str, one)) for one in lines.lines(slips.load(name))]


def told(option: lines.Option) -> dict:
    why = option.slip or strings.load()["forms"]["line_passes"]
    return {"right": not option.slip, "why": inline(why)}


def with_gaps(text: slips.Text, chosen: list[lines.Line]) -> str:
    """The right program with a mark in the place of each line that is chosen."""
    rows = coloured(text.program).splitlines()
    for mark, one in zip(MARKS, chosen, strict=False):
        rows[one.number] = f'{" " * one.margin}<span class="metacourse-gap">{mark}</span>'
    return block("\n".join(rows))


def function(name: str) -> str:
    return name.partition(".")[2]


def fold(summary: str, content: str) -> str:
    return f"<details><summary>{html.escape(summary)}</summary>{content}</details>"


def coloured(source: str) -> str:
    """A program as HTML, with the classes of the page's highlighting, line by line."""
    return highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")


def block(content: str) -> str:
    return (
        '<div class="highlight-python notranslate"><div class="highlight">'
        f'<pre tabindex="0">{content}\n</pre></div></div>'
    )


def inline_code(source: str) -> str:
    return f'<code class="highlight">{coloured(source)}</code>'
