"""A chart of points under the hand, and controls above it."""

import ipywidgets

from metacourse.figures.stand_in import StandIn
from metacourse.widgets.recorded_state import recorded


class SteeredChart(StandIn, ipywidgets.VBox):
    """Controls above a `DraggablePoints`; `redraw` of a subclass sets its lines and its read-out
    from both. The chart's Reset button puts the controls back as well.

    In the web edition the function `brain` of JavaScript redraws, from the same numbers: `data()`.
    """

    brain: str

    def __init__(self, chart, controls):
        self.chart, self.controls = chart, controls
        self.defaults = {name: control.value for name, control in controls.items()}
        self.redraw()
        chart.observe(self.redraw, "points")
        chart.on_msg(lambda *_: self.reset())  # its Reset button was pressed
        for control in controls.values():
            control.observe(self.redraw, "value")
        super().__init__([ipywidgets.HBox([*controls.values()]), chart])

    def reset(self):
        """Put the controls back; the chart does so with its points."""
        for name, value in self.defaults.items():
            self.controls[name].value = value

    def redraw(self, _=None):
        """Draw for the points and controls as they are now."""
        raise NotImplementedError

    def data(self) -> dict:
        """What `redraw` knows beside points and controls, as JSON."""
        raise NotImplementedError

    def record(self) -> dict:
        """The chart as the web edition shows it, with its controls."""
        how = {"brain": self.brain, "data": self.data(), "controls": self.controls}
        return recorded(self.chart, static=self.chart.stand_in(note="")["text/html"], **how)

    def stand_in(self):
        return {"text/html": self.chart.stand_in()["text/html"]}
