"""A figure to draw on again and again, fast: most of matplotlib's time goes into axes, not data."""

import numpy as np
from matplotlib.ticker import FixedFormatter, FuncFormatter
from matplotlib.transforms import Bbox

from metacourse.figures.style import PIXELS_PER_INCH, new_figure


class Sheet:
    """A figure whose axes, ticks and labels are kept, and drawn only when they have changed."""

    def __init__(self, rows, columns, size):
        self.figure, self.axes = new_figure(rows, columns, size)
        self._frame = self._background = None

    def clear(self):
        """Take away everything drawn and put labels, scales and limits back."""
        for ax in self.figure.axes:
            for artist in _inside(ax):
                artist.remove()
            if (ax.get_xscale(), ax.get_yscale()) != ("linear", "linear"):
                ax.set(xscale="linear", yscale="linear")
            ax.set(title="", xlabel="", ylabel="", aspect="auto")
            ax.set_axis_on()
            ax.set_prop_cycle(None)
            ax.dataLim.set(Bbox.null())
            ax.autoscale(True)

    def pixels(self, pixel_ratio):
        """The picture as uint8 (H, W, 3), `pixel_ratio` picture pixels to a screen pixel."""
        canvas, inside = self.figure.canvas, [_inside(ax) for ax in self.figure.axes]
        self.figure.set_dpi(PIXELS_PER_INCH * pixel_ratio)
        for ax in self.figure.axes:
            ax.apply_aspect()
        frame = [pixel_ratio, *map(_frame, self.figure.axes)]
        if frame != self._frame:
            hidden = [artist for artists in inside for artist in artists if artist.get_visible()]
            for artist in hidden:
                artist.set_visible(False)
            canvas.draw()
            for artist in hidden:
                artist.set_visible(True)
            self._frame, self._background = frame, canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self._background)
        for artists in inside:
            for artist in sorted(artists, key=lambda artist: artist.zorder):
                artist.draw(canvas.get_renderer())
        return np.asarray(canvas.buffer_rgba())[..., :3]

    def lay_out(self):
        """Make room for the labels as they are now; the axes stay where they are from then on."""
        self.figure.set_layout_engine("constrained", w_pad=0.12)  # inches: wider labels may come
        self.figure.canvas.draw()
        self.figure.set_layout_engine("none")


def _inside(ax):
    around = [ax.patch, ax.xaxis, ax.yaxis, *ax.spines.values()]
    titles = [ax.title, ax._left_title, ax._right_title]
    return [artist for artist in ax.get_children() if artist not in [*around, *titles]]


def _frame(ax):
    """What the look of the axes, ticks and labels of `ax` depends on."""
    x = ax.get_xlim(), ax.get_xscale(), ax.get_xlabel(), *_ticks(ax.xaxis)
    y = ax.get_ylim(), ax.get_yscale(), ax.get_ylabel(), *_ticks(ax.yaxis)
    return ax, ax.axison, ax.get_position().bounds, ax.get_title(), x, y


def _ticks(axis):
    formatter = axis.get_major_formatter()
    by_hand = isinstance(formatter, FixedFormatter | FuncFormatter)
    return tuple(axis.get_majorticklocs()), formatter if by_hand else type(formatter)
