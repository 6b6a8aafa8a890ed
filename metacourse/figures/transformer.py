"""The pictures of notebook 08b: who may look at whom, what a bug gains, a map of two classes."""

import numpy as np
import torch

from metacourse.figures.style import COLOURS, MARKERS

REACH = 2.5  # of a map, in deviations of the inputs
LEVELS = 0.1, 0.3, 0.5, 0.7, 0.9  # of chances, at which a map has lines
SIDES = np.array([[0, 114, 178], [255, 255, 255], [213, 94, 0]])  # class 0, undecided, class 1


def draw_mask(ax, mask):
    """Who may look at whom among T pairs and T queries: a row for who looks, a column for what is
    seen, filled where one may. mask (2T, 2T)."""
    n_pairs = len(mask) // 2
    ax.imshow(np.asarray(mask, dtype=float), cmap="Blues", vmin=0, vmax=1.6)
    names = [f"{kind}{n + 1}" for kind in ("p", "q") for n in range(n_pairs)]
    ax.set_xticks(range(len(mask)), names)
    ax.set_yticks(range(len(mask)), names)
    for place in np.arange(-0.5, len(mask)):
        middle = place == n_pairs - 0.5
        look = {"color": "black", "linewidth": 1.2} if middle else {"color": "white"}
        ax.axhline(place, **{"linewidth": 0.8} | look, zorder=1 + middle, linestyle="-")
        ax.axvline(place, **{"linewidth": 0.8} | look, zorder=1 + middle, linestyle="-")
    ax.set(xlabel="seen: pairs, then queries", ylabel="looks")


def draw_said_and_known(ax, found, floor):
    """For each way to go wrong, the error that its training saw and that on new tasks, as intervals
    (mean, half-width); `found` maps a label to both, floor is an error that nobody gets below, with
    the noise of the labels."""
    rows = np.arange(len(found))[::-1]
    for number, (name, role) in enumerate((("in training", "params"), ("on new tasks", "query"))):
        values = np.array([tuple(pair[number]) for pair in found.values()], dtype=float)
        look = {"color": COLOURS[role], "marker": MARKERS[role], "linestyle": "none"}
        ax.plot(values[:, 0], rows, label=name, clip_on=False, **look)
        low = np.maximum(values[:, 0] - values[:, 1], values[:, 0] / 10)
        ax.hlines(rows, low, values.sum(1), color=COLOURS[role], linewidth=1.5, linestyle="-")
    ax.axvline(floor, color="black", linewidth=1, linestyle=":", label="floor and noise")
    ax.set_yticks(rows, list(found))
    ax.set(xscale="log", xlabel="mean squared error after ten points")
    ax.set_ylim(-0.6, len(found) - 0.4)
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))


def draw_ahead(ax, ahead):
    """By how much one classifier is ahead of others, in points: `ahead` maps a kind of task to
    {rival: interval (mean, half-width)}, a row each; all have the same rivals."""
    rows = np.arange(len(ahead))[::-1]
    rivals = list(next(iter(ahead.values())))
    looks = [("blue", "o"), ("vermillion", "s"), ("green", "D"), ("orange", "^")]
    for number, rival in enumerate(rivals):
        mean, half = np.array([tuple(of[rival]) for of in ahead.values()], dtype=float).T
        places = rows + 0.16 * ((len(rivals) - 1) / 2 - number)
        colour, marker = looks[number % len(looks)]
        ax.plot(mean, places, marker, color=COLOURS[colour], label=f"than {rival}", markersize=6)
        ax.hlines(places, mean - half, mean + half, color=COLOURS[colour], linewidth=1.5)
    ax.axvline(0, color="black", linewidth=1, linestyle="-")
    ax.set_yticks(rows, list(ahead))
    ax.set(xlabel="more queries right (percentage points)", ylim=(-0.6, len(ahead) - 0.4))
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))


def map_places(n):
    """Places of a map, row by row from its upper edge: (n · n, 2)."""
    line = torch.linspace(-REACH, REACH, n)
    second, first = torch.meshgrid(line.flip(0), line, indexing="ij")
    return torch.stack([first, second], dim=-1).flatten(0, 1)


def shade(chances):
    """The colours of a map: blue where class 0 is sure, white where nothing is, vermillion where
    class 1 is; half as strong, so that points can be seen on it. (n, n) → (n, n, 3) uint8."""
    chances = np.asarray(chances, dtype=float)[..., None]
    low, high = np.clip(1 - 2 * chances, 0, 1), np.clip(2 * chances - 1, 0, 1)
    mixed = low * SIDES[0] + high * SIDES[2] + (1 - low - high) * SIDES[1]
    return np.uint8(np.rint((mixed + 255) / 2))


def draw_map(ax, chances, x, y):
    """The chance of class 1 over the plane, with lines at 0.1, 0.3, … 0.9, and the points told.

    chances (n, n) at `map_places(n)`, x (S, 2), y (S,) with labels 0 and 1.
    """
    extent = -REACH, REACH, -REACH, REACH
    ax.imshow(shade(chances), extent=extent, interpolation="bilinear")
    look = {"colors": "#444444", "linewidths": [0.6, 0.6, 1.8, 0.6, 0.6], "linestyles": "-"}
    ax.contour(np.asarray(chances), LEVELS, extent=extent, origin="upper", **look)
    for label, role in enumerate(("support", "query")):
        mine = np.asarray(y) == label
        mark = {"color": COLOURS[role], "markeredgecolor": "white", "linestyle": "none"}
        ax.plot(*np.asarray(x)[mine].T, MARKERS[role], label=f"class {label}", **mark)
    ax.set(xlabel="first input", ylabel="second input", xlim=extent[:2], ylim=extent[2:])
