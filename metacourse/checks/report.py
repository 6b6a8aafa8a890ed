"""What the learner sees: a report on an exercise, and the table of their progress."""

import html
import re
from dataclasses import dataclass, replace

# state: symbol, word, colour (JupyterLab's own, so that it fits the light and the dark theme)
STATES = {
    "passed": ("✓", "Passed", "var(--jp-success-color1, #388e3c)"),
    "failed": ("✗", "Not right yet", "var(--jp-error-color1, #d32f2f)"),
    "unattempted": ("○", "Not attempted yet", "var(--jp-border-color1, #9e9e9e)"),
    "hint": ("→", "Hint", "var(--jp-info-color1, #0097a7)"),
    "revealed": ("=", "Revealed", "var(--jp-info-color1, #0097a7)"),
    "note": ("·", "Note", "var(--jp-border-color1, #9e9e9e)"),
}
MONO = "font-family:var(--jp-code-font-family, monospace)"


def inline(text: str) -> str:
    """Escaped HTML, with `code` between backticks as code."""
    code = rf'<code style="{MONO}">\1</code>'
    return re.sub(r"`([^`]+)`", code, html.escape(text))


@dataclass(frozen=True, repr=False)
class Report:
    """One sentence to the learner; facts (name, value) and remarks follow in small type."""

    state: str
    sentence: str
    facts: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    title: str = ""
    where: tuple[tuple[str, str], ...] = ()  # lines of the right program, and as they were slipped
    mistakes: tuple[int, ...] = ()  # numbers of the named slips, in the exercise's text

    def __str__(self) -> str:
        symbol, word, _ = STATES[self.state]
        lines = [f"{symbol} {word}{self.title and ' · ' + self.title}", f"  {self.sentence}"]
        for name, value in self.facts:
            lines.append(f"    {name:<12} " + value.replace("\n", "\n" + " " * 17))
        return "\n".join(lines + [f"  {remark}" for remark in self.remarks])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        symbol, word, colour = STATES[self.state]
        title = self.title and f' <span style="opacity:.75">· {html.escape(self.title)}</span>'
        rows = "".join(
            f'<tr style="background:none"><th scope="row" style="text-align:left;'
            f'vertical-align:top;font-weight:normal;padding:1px 14px 1px 0">{inline(name)}</th>'
            f'<td style="text-align:left;padding:1px 0;white-space:pre-wrap;{MONO}">'
            f"{html.escape(value)}</td></tr>"
            for name, value in self.facts
        )
        table = rows and (
            '<table style="font-size:.87em;margin:6px 0 0;border:none">'
            f"<tbody>{rows}</tbody></table>"
        )
        remarks = "".join(
            f'<div style="font-size:.92em;margin-top:4px">{inline(remark)}</div>'
            for remark in self.remarks
        )
        return (
            f'<div style="border-left:4px solid {colour};padding:4px 12px;margin:4px 0;'
            f'max-width:52em"><div><strong>{symbol} {word}</strong>{title}</div>'
            f"<div>{inline(self.sentence)}</div>{table}{remarks}</div>"
        )


def placed(report: Report) -> Report:
    """A report that also shows where in the right program the slip is."""
    lines = [line for a, b in report.where for line in (("right", a), ("works like", b))]
    return replace(report, facts=(*report.facts, *(line for line in lines if line[1])))


def noted(report: Report, remark: str) -> Report:
    return replace(report, remarks=(*report.remarks, remark)) if remark else report


@dataclass(frozen=True, repr=False)
class Table:
    """Rows (symbol, name, kind, state) under the headings of the chapters."""

    sections: dict[str, list[tuple[str, str, str, str]]]
    remark: str = ""

    def __str__(self) -> str:
        lines = []
        for heading, rows in self.sections.items():
            lines += [heading, *(f"  {s} {name:<24} {k:<11} {state}" for s, name, k, state in rows)]
        return "\n".join([*lines, self.remark]).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cell = "text-align:left;padding:2px 14px 2px 0"
        rows = ""
        for heading, things in self.sections.items():
            rows += (
                f'<tr style="background:none"><th colspan="4" scope="colgroup" style="{cell};'
                f'padding-top:8px">{html.escape(heading)}</th></tr>'
            )
            for thing in things:
                cells = "".join(f'<td style="{cell}">{html.escape(text)}</td>' for text in thing)
                rows += f'<tr style="background:none">{cells}</tr>'
        return (
            f'<table style="border:none"><tbody>{rows}</tbody></table>'
            f"<div>{html.escape(self.remark)}</div>"
        )
