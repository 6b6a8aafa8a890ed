"""The widgets of chapter 00: the table of the machine, a sign of life, a first live picture."""

import html

import anywidget
import torch

from metacourse import linear_regression as lr
from metacourse.figures.linear_regression import draw_task
from metacourse.figures.stand_in import StandIn
from metacourse.widgets.live import LiveFigure, float_slider


class MachineTable:
    """What was found on this machine, and what to do where something is amiss."""

    def __init__(self, findings):
        self.findings = findings

    def __repr__(self):
        rows = [
            f"{'✗' if finding.remedy else '✓'} {finding.what}: {finding.found}. {finding.remedy}"
            for finding in self.findings
        ]
        return "\n".join(row.strip() for row in rows)

    def _repr_html_(self):
        cell = '<td style="text-align: left">{}</td>'
        rows = [
            (what, found, f"✗ {remedy}" if remedy else "✓ fine")
            for what, found, remedy in self.findings
        ]
        lines = ["".join(cell.format(html.escape(text)) for text in row) for row in rows]
        return f"<table><tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"


class SignOfLife(StandIn, anywidget.AnyWidget):
    """A line that only a living browser can write; without one, the remedy stands in its place."""

    _esm = """
    export default {
      render({ el }) {
        el.textContent = "✓ Widgets are alive: your browser wrote this line.";
      },
    };
    """

    def stand_in(self):
        text = (
            "Widgets are not alive here. In a running JupyterLab: run this cell. If it then still "
            "says so, close the tab, stop JupyterLab with Ctrl-C and start it with metacourse lab."
        )
        return {"text/html": f"<p>{text}</p>", "text/plain": text}


def line_widget(x, y):
    """Points and a line that two sliders move; the read-out is the loss. x (S, 2), y (S,)."""

    def draw_line(ax, slope, intercept):
        theta = torch.tensor([slope, intercept], dtype=x.dtype)
        draw_task(ax, x, y, {"your line": (theta, "vermillion")})
        ax.legend(loc="upper left")
        ax.set(xlim=(-1.15, 1.15), ylim=(-3, 3))
        return f"Mean squared error of your line: {lr.loss(theta, x, y):.4f}."

    controls = {
        "slope": float_slider("Slope", 0.0, -2.0, 2.0, 0.05),
        "intercept": float_slider("Intercept", 0.0, -1.0, 1.0, 0.05),
    }
    look = {"alt": "Points and a line.", "size": (6.5, 3.6)}
    return LiveFigure(draw_line, controls, **look, sweeps=[{"slope": 12, "intercept": 12}])
