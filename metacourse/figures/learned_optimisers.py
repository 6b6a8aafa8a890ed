"""The pictures of learned optimisers: gates, ways over a valley, losses by step.

What is drawn for several methods comes as a dict from a label to (data, role), or to (data, more
data, role); the role decides colour and marker.
"""

import math

import numpy as np
import torch
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from metacourse.figures.linear_regression import LEVELS, SHADES, draw_points
from metacourse.figures.maml import OUTSIDE, STYLES
from metacourse.figures.siamese import CLASSES
from metacourse.figures.style import COLOURS, MARKERS, draw_key
from metacourse.tasks.quadratics import quadratic_loss

LEAST_LOSS = 1e-9  # of an optimiser; smaller ones are drawn at the edge
RUNAWAY = 100.0  # times the loss at the start
FAR = 1e4  # a path ends where it is further out


# an LSTM whose cell state is θ -------------------------------------------------------------------


def draw_gate(ax, gate, like, label="write gate i"):
    """A learned gate over the inner steps, a line a layer: mean over its weights and over tasks,
    and bars from the 10 % to the 90 % quantile.

    gate (T, n) or (B, T, n), in the order of `nets.flatten`, NaN where it shall not count; like: a
    dict with the shapes of θ, in which "head.weight" belongs to the layer "head"; the layers are
    numbered from 1.
    """
    owners = np.concatenate([[name.split(".")[0]] * part.numel() for name, part in like.items()])
    layers = list(dict.fromkeys(owners))
    gate = np.moveaxis(np.asarray(gate, dtype=float), -2, 0)  # (T, …, n)
    steps = np.arange(1, len(gate) + 1)
    for number, layer in enumerate(layers):
        values = gate[..., owners == layer].reshape(len(gate), -1)
        low, high = np.nanquantile(values, [0.1, 0.9], axis=1)
        beside = steps + 0.09 * (number - (len(layers) - 1) / 2)  # bars do not hide each other
        colour, marker = CLASSES[number % len(CLASSES)]
        look = {"color": COLOURS[colour], "linestyle": STYLES[number % len(STYLES)]}
        mean, name = np.nanmean(values, axis=1), f"layer {number + 1}"
        ax.plot(beside, mean, marker=marker, markersize=6, label=name, **look)
        ax.vlines(beside, low, high, color=COLOURS[colour], linewidth=1.2)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=11, integer=True))
    ax.set(xlabel="inner step", xlim=(0.5, len(steps) + 0.5), ylim=(0, 1))
    ax.set_ylabel(f"{label}: mean,\nbar: 10 % to 90 % of weights")
    ax.legend(**OUTSIDE)


# optimisers --------------------------------------------------------------------------------------


def draw_paths(axes, problem, paths, horizon=None):
    """Optimisers on a quadratic in the plane: their ways over its level lines, and their losses.

    axes: two; problem: one `Quadratic` with n = 2; `paths` maps a label to (points (T + 1, 2),
    losses (T + 1,), role); horizon: the number of steps that the learned optimiser was trained for.
    A path that leaves the plane ends at its edge, a loss that is not finite is drawn at the top.
    """
    reach = 1.5 * (problem.start - problem.minimum).norm().item() or 1.0
    axes[0].add_collection(_rings(problem, reach), autolim=False)
    for number, (label, (points, _, role)) in enumerate(paths.items()):
        way = _inside(points, problem.minimum, reach)
        look = {"color": COLOURS[role], "linestyle": STYLES[number % len(STYLES)]}
        every = max(1, len(way) // 20)
        look |= {"marker": MARKERS[role], "markersize": 4, "linewidth": 1.4, "markevery": every}
        axes[0].plot(*way.T, label=label, zorder=3, **look)
    marked = {"start": (problem.start, "params"), "minimum": (problem.minimum, "optimum")}
    low, high = (problem.minimum - reach).tolist(), (problem.minimum + reach).tolist()
    axes[0].set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    axes[0].set(xlabel="first parameter θ₁", ylabel="second parameter θ₂")
    draw_points(axes[0], marked)
    for name, (place, _) in marked.items():
        aside = (0, 8) if name == "start" else (14, -26)  # the paths end at the minimum
        beside = {"xytext": aside, "textcoords": "offset points", "ha": "center", "size": 9}
        box = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1}
        axes[0].annotate(name, place.tolist(), zorder=6, bbox=box, **beside)
    losses = {label: (found[None], role) for label, (_, found, role) in paths.items()}
    draw_optimisers(axes[1], losses, horizon)


def _rings(problem, reach):
    """Ellipses of equal loss around the minimum, out to the corners of a square: with H = L Lᵀ, the
    points θ* + √(2ℓ) L⁻ᵀ u, u on a circle, have the loss ℓ."""
    hessian = problem.hessian.double()
    corners = reach * torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    most = quadratic_loss(corners, hessian, torch.zeros(2, dtype=torch.float64)).max()
    turn = torch.linspace(0, 2 * math.pi, 181, dtype=torch.float64)
    circle = torch.stack([turn.cos(), turn.sin()])
    ellipse = torch.linalg.solve_triangular(torch.linalg.cholesky(hessian).mT, circle, upper=True).T
    sizes = [(2 * most * level).sqrt() for level in LEVELS[::-1]]
    rings = [(problem.minimum + size * ellipse).numpy() for size in sizes]
    look = {"facecolors": SHADES[-2::-1], "edgecolors": "#9a9a9a", "linewidths": 0.7}
    return PolyCollection(rings, zorder=0, **look)


def _inside(points, middle, reach):
    """The points up to the first outside the plane, with that one if a line can lead there."""
    away = (points - middle).abs().amax(-1)
    outside = (~(away <= reach)).nonzero()
    way = points[: int(outside[0]) + 1] if len(outside) else points
    return way if away[len(way) - 1] < FAR else way[:-1]


def draw_optimisers(ax, losses, horizon=None, *, what="median", key=True):
    """Loss after 0, 1, 2, … steps of several optimisers: the median over tasks, and at some marks
    bars from the 10 % to the 90 % quantile; or with what="mean" their mean, without bars.

    `losses` maps a label to (losses (n_tasks, T + 1), role); horizon: the number of steps that the
    learned optimiser was trained for, a vertical line. What is not finite, or more than 100 times
    the largest loss at the start, is drawn at the top as one that "runs away"; what is below 1e-9
    is drawn there. key: whether the names of the lines stand beside the picture.
    """
    top = RUNAWAY * max(LEAST_LOSS, *(float(values[:, 0].max()) for values, _ in losses.values()))
    away = []
    for number, (label, (values, role)) in enumerate(losses.items()):
        values = np.nan_to_num(np.asarray(values, dtype=float), nan=top).clip(LEAST_LOSS, top)
        middle = np.median(values, axis=0) if what == "median" else values.mean(axis=0)
        every = max(1, len(middle) // 10)
        marks = slice(number * every // len(losses), None, every)  # bars do not hide each other
        look = {"color": COLOURS[role], "linestyle": STYLES[number % len(STYLES)]}
        look |= {"marker": MARKERS[role], "markersize": 6, "markevery": marks}
        gone = np.append(False, np.logical_or.accumulate(middle == top)[:-1])  # it ends at the top
        ax.plot(np.where(gone, np.nan, middle), label=label, linewidth=1.8, **look)
        if len(values) > 1 and what == "median":
            few = slice(marks.start, None, 3 * every)
            low, high = np.quantile(values[:, few], [0.1, 0.9], axis=0)
            ax.vlines(range(len(middle))[few], low, high, color=COLOURS[role], linewidth=1.0)
        if middle[-1] == top:
            away.append(f"{label} runs away")
    if horizon is not None:
        name = f"trained for {horizon} steps"
        ax.axvline(horizon, color="#444444", linewidth=1.2, linestyle=":", label=name)
    if away:
        ax.text(0.98, 0.99, ", ".join(away), transform=ax.transAxes, ha="right", va="top", size=9)
        ax.plot(0, 4 * top, linestyle="none")  # room for the words
    many = max(len(values) for values, _ in losses.values()) > 1
    told = "mean of the tasks" if what == "mean" else "median, 10 % to 90 % of tasks"
    ax.set(xlabel="step", ylabel=f"loss: {told}" if many else "loss", yscale="log")
    if key:
        draw_key(ax)
