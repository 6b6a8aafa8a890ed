"""Buttons under a check: the next hint, the solution, and the learner's program beside ours."""

import html
import inspect
import textwrap
from collections.abc import Callable

import ipywidgets as widgets
from IPython import get_ipython

from metacourse.checks.report import MONO, Report
from metacourse.figures.stand_in import StandIn

PRE = f"{MONO};font-size:.87em;line-height:1.4;margin:4px 0;white-space:pre-wrap"
COLUMN = "flex:1 1 24em;min-width:0"


def in_notebook() -> bool:
    """Whether there is a front end that shows widgets."""
    return hasattr(get_ipython(), "kernel")


class Panel(StandIn, widgets.VBox):
    """Buttons, and below them what they show."""

    how_to_revive = "Run this cell to bring its buttons back."


def panel(actions: dict[str, Callable[[], str]]) -> Panel:
    """A row of buttons; each shows below it the HTML that its action returns."""
    shown = widgets.HTML(layout=widgets.Layout(width="auto", margin="0"))

    def button(label: str, action: Callable[[], str]) -> widgets.Button:
        made = widgets.Button(description=label, layout=widgets.Layout(width="auto"))

        def press(_: widgets.Button) -> None:
            shown.value = f'<div role="status" style="line-height:1.45">{action()}</div>'

        made.on_click(press)
        return made

    row = widgets.HBox([button(label, action) for label, action in actions.items()])
    return Panel([row, shown], layout=widgets.Layout(margin="0 0 4px 4px"))


def code(source: str, title: str = "") -> str:
    """A program as HTML, under a title."""
    heading = title and f"<strong>{html.escape(title)}</strong>"
    return f'<div style="{COLUMN}">{heading}<pre style="{PRE}">{html.escape(source)}</pre></div>'


def beside(mine: str, ours: str) -> str:
    """Two programs side by side, one below the other on a narrow screen."""
    columns = code(mine, "Yours") + code(ours, "Ours")
    return f'<div style="display:flex;flex-wrap:wrap;gap:0 2em">{columns}</div>'


def source_of(function: Callable) -> str:
    """The text of a learner's function, as far as it can be had."""
    try:
        return textwrap.dedent(inspect.getsource(function)).strip()
    except (OSError, TypeError):
        return "(its text cannot be read)"


def page(*reports: Report) -> str:
    return "".join(report._repr_html_() for report in reports)
