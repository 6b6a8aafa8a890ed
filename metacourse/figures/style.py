"""How figures look and how they are shown: colours, marker shapes, type, PNG with alt text.

A figure is drawn at 100 screen pixels per inch: `size=(8, 3.6)` is 800 × 360 pixels on screen,
and 10 point text is as large as JupyterLab's own. Nothing global is changed and pyplot is not used.
"""

import base64
import html
import io
import struct
import threading
import zlib
from contextlib import contextmanager

import matplotlib
import numpy as np
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

PIXELS_PER_INCH = 100

# Okabe & Ito (2008): told apart with every common form of colour blindness.
COLOURS = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#767676",
}
# What a thing is decides its colour and its shape, in every chapter; never the colour alone.
ROLES = {
    "support": ("blue", "o"),
    "query": ("vermillion", "s"),
    "params": ("black", "o"),
    "adapted": ("sky blue", "P"),
    "optimum": ("black", "*"),
    "maml": ("green", "D"),
    "first_order": ("orange", "^"),
    "joint": ("purple", "X"),
    "reptile": ("grey", "v"),
    "meta_sgd": ("blue", "P"),
    "anil": ("sky blue", "*"),
    "one_point": ("grey", "<"),
    "overwritten": ("orange", "d"),
    "same_points": ("sky blue", "p"),
    "meta_trained": ("green", "D"),
    "pretrained": ("vermillion", "s"),
    "scratch": ("black", ">"),
    "pixels": ("grey", "v"),
    "learner": ("blue", "o"),
    "candidate": ("grey", "D"),
    "cell": ("blue", "o"),
    "hidden": ("vermillion", "s"),
    "memory": ("purple", "h"),
    "protonet": ("sky blue", "X"),
    "meta_lstm": ("orange", "p"),
    "learned": ("vermillion", "o"),
    "sgd": ("black", "s"),
    "momentum": ("green", "D"),
    "adam": ("blue", "^"),
    "rmsprop": ("orange", "v"),
    "fixed": ("grey", "v"),
    "decay": ("purple", "X"),
    "one_step": ("orange", "^"),
    "some_steps": ("blue", "s"),
    "all_steps": ("green", "D"),
    "least_squares": ("grey", "v"),
    "bayes": ("purple", "h"),
    "floor": ("black", "*"),
    "random": ("grey", "v"),
    "greedy": ("orange", "^"),
    "ucb": ("green", "D"),
    "thompson": ("sky blue", "X"),
}
COLOURS |= {role: COLOURS[colour] for role, (colour, _) in ROLES.items()}
MARKERS = {role: marker for role, (_, marker) in ROLES.items()}

STYLE = {
    "font.size": 10,
    "axes.titley": 1.0,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.framealpha": 0.9,
    "lines.linewidth": 2,
    "lines.markersize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#444444",
    "axes.formatter.useoffset": False,
    "axes.prop_cycle": matplotlib.cycler(
        color=[COLOURS[c] for c in ("blue", "vermillion", "green", "orange", "purple", "black")],
        linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1))],
    ),
}
_one_at_a_time = threading.RLock()


@contextmanager
def style():
    """Draw in the course's style; one thread at a time, because matplotlib's settings are global.

    JupyterLab runs what a slider sets off in a thread beside the one that runs cells.
    """
    with _one_at_a_time, matplotlib.rc_context(STYLE):
        yield


def new_figure(rows=1, columns=1, size=(8, 3.6)):
    """A figure of `size` inches (100 screen pixels each) and its axes: one, or an array of them."""
    with style():
        figure = Figure(figsize=size, dpi=PIXELS_PER_INCH, layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns)
    for ax in figure.axes:
        ax.locator_params(nbins=6)
    return figure, axes


def render(figure, pixel_ratio=2.0):
    """The picture of a figure, `pixel_ratio` picture pixels to a screen pixel: uint8 (H, W, 3)."""
    figure.set_dpi(PIXELS_PER_INCH * pixel_ratio)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]


def fast_png(pixels):
    """PNG bytes, written quickly: for pictures that change under the hand."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each row begins with a 0: not filtered
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def small_png(pixels):
    """PNG bytes in at most 256 colours: for pictures that are kept in a notebook."""
    file = io.BytesIO()
    image = Image.fromarray(pixels).quantize(256, dither=Image.Dither.NONE)
    image.save(file, "png", optimize=True)
    return file.getvalue()


def image_html(data, alt, width, kind="png"):
    """A picture in HTML that stands by itself, `width` screen pixels wide or the cell's width."""
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return (
        f'<img src="{source}" alt="{html.escape(alt)}" width="{width:.0f}" '
        'style="max-width: 100%; height: auto; background: white">'
    )


def figure_html(figure, alt):
    """The figure as HTML, sharp on screens of high density."""
    width = figure.get_size_inches()[0] * PIXELS_PER_INCH
    with style():
        return image_html(small_png(render(figure)), alt, width)


def show(figure, *, alt):
    """Show a figure with a description `alt` for those who do not see it, also without a kernel.

    It is shown as HTML because JupyterLab gives a bare image/png output no alt text.
    """
    display({"text/html": figure_html(figure, alt), "text/plain": alt}, raw=True)


def draw_key(ax):
    """The names of the lines beside the picture; a Legend takes three times as long to draw."""
    for row, line in enumerate(ax.get_legend_handles_labels()[0]):
        height = 0.96 - 0.08 * row
        sample = Line2D([1.03, 1.06, 1.09], [height] * 3)
        sample.update_from(line)
        ax.add_artist(sample)
        sample.set(transform=ax.transAxes, clip_on=False, markevery=[1])
        ax.text(1.11, height, line.get_label(), transform=ax.transAxes, va="center", size=9)
