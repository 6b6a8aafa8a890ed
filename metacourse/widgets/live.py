"""Live figures: a matplotlib figure that is drawn again whenever one of its controls moves.

The figure is reused and written as PNG into a `Picture`. While a frame is computed, JupyterLab
keeps a control's newest value and sends it when the kernel is free, so the last is always drawn.
"""

import math
import textwrap

import ipywidgets

from metacourse.figures.stand_in import StandIn
from metacourse.figures.style import PIXELS_PER_INCH, fast_png, style
from metacourse.widgets import recording
from metacourse.widgets.controls import (
    choice,
    float_slider,
    int_slider,
    log_slider,
    text_field,
    toggle,
)
from metacourse.widgets.picture import Picture, static_output
from metacourse.widgets.sheet import Sheet

__all__ = [
    "LiveFigure",
    "choice",
    "float_slider",
    "int_slider",
    "log_slider",
    "text_field",
    "toggle",
]


class LiveFigure(StandIn, ipywidgets.VBox):
    """Controls above a picture that `draw(axes, **values)` draws; `draw` returns the read-out.

    A ValueError raised in `draw` is shown in the figure as a message to the learner. Any other
    exception is shown as well and kept in `error`, so that a test can see it.

    Without a kernel, in the web edition, each control moves alone over some of its values. `sweeps`
    has what a text asks for besides: dicts {control: values, or how many}; the controls of a dict
    move together.
    """

    def __init__(self, draw, controls, *, alt, rows=1, columns=1, size=(8, 3.6), sweeps=()):
        self.controls, self.alt, self.error = controls, alt, None
        self.picture = Picture(size=[round(inches * PIXELS_PER_INCH) for inches in size])
        self.sweeps = sweeps
        self._draw, self._sheet = draw, Sheet(rows, columns, size)
        self._laid_out = self._held = False
        self.defaults = {name: control.value for name, control in controls.items()}
        self.redraw()
        for control in controls.values():
            control.observe(self.redraw, "value")
        button = ipywidgets.Button(description="Reset", layout=ipywidgets.Layout(width="auto"))
        button.on_click(self.reset)
        row = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        super().__init__([ipywidgets.Box([*controls.values(), button], layout=row), self.picture])

    png = property(lambda self: self.picture.png)
    readout = property(lambda self: self.picture.readout)
    alt_text = property(lambda self: self.picture.alt)

    def reset(self, _=None):
        """Put every control back and draw once."""
        self._held = True
        for name, value in self.defaults.items():
            self.controls[name].value = value
        self._held = False
        self.redraw()

    def redraw(self, _=None):
        """Draw the figure with the controls' present values."""
        if self._held:
            return
        values = {name: control.value for name, control in self.controls.items()}
        readout, pixels = self.frame(values, self.picture.pixel_ratio)
        with self.picture.hold_sync():
            self.picture.png = fast_png(pixels)
            self.picture.readout = readout
            self.picture.alt = f"{self.alt} {readout}".strip()

    def frame(self, values, pixel_ratio):
        """The read-out and the picture, uint8 (H, W, 3), for these values of the controls."""
        with style():
            self.error = None
            self._sheet.clear()
            try:
                _check_numbers(self.controls, values)
                readout = self._draw(self._sheet.axes, **values) or ""
                if not self._laid_out:
                    self._sheet.lay_out()
                    self._laid_out = True
                return readout, self._sheet.pixels(pixel_ratio)
            except ValueError as error:
                message = str(error)
            except Exception as error:
                self.error, message = error, f"{type(error).__name__}: {error}"
            self._write(message)
            return message, self._sheet.pixels(pixel_ratio)

    def _write(self, message):
        self._sheet.clear()
        for ax in self._sheet.figure.axes:
            ax.set_axis_off()
        look = {"ha": "center", "va": "center", "size": 12, "parse_math": False}
        text, figure = textwrap.fill(message, 60), self._sheet.figure
        ax.text(0.5, 0.5, text, transform=figure.transFigure, **look)

    def record(self):
        """The figure as the web edition shows it: a dict that JSON can hold."""
        return recording.record(self)

    def stand_in(self, note="Run this cell to bring the picture to life."):
        return static_output(self._sheet.figure, self.alt_text, self.readout, note)


def _check_numbers(controls, values):
    """Raise ValueError, which becomes a message in the figure, if a value is no number."""
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            label = controls[name].description
            raise ValueError(f"{label} must be a number: move it, or press Reset.")
