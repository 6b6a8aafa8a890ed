"""The pictures of chapter 05: a unit's memory, a memory that learns, an optimiser that is learned.

What is drawn for several methods comes as a dict from a label to (data, role), or to (data, more
data, role); the role decides colour and marker. An interval is (mean, half-width).
"""

import math

import numpy as np
import torch
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from metacourse.figures.linear_regression import LEVELS, SHADES, draw_points
from metacourse.figures.maml import OUTSIDE, STYLES, draw_curves
from metacourse.figures.siamese import CLASSES
from metacourse.figures.style import COLOURS, MARKERS
from metacourse.lstm import gated_sum
from metacourse.tasks.quadratics import quadratic_loss

LEAST_LOSS = 1e-9  # of an optimiser; smaller ones are drawn at the edge
RUNAWAY = 100.0  # times the loss at the start
FAR = 1e4  # a path ends where it is further out


# one unit ----------------------------------------------------------------------------------------


def unit_over_time(candidates, *, forget, write, output):
    """What one unit of an LSTM remembers and says, with gates that stay as they are.

    c_t = f c_{t−1} + i g_t from c_0 = 0, and h_t = o tanh(c_t).
    Shapes: candidates g (T,); forget, write, output: numbers → c (T,), h (T,).
    """
    c, memory = candidates.new_zeros(()), []
    for candidate in candidates:
        c = gated_sum(forget, c, write, candidate)
        memory.append(c)
    memory = torch.stack(memory)
    return memory, output * memory.tanh()


def draw_unit(axes, candidates, memory, output):
    """One unit of an LSTM over time, one picture above the other: what it reads, keeps and says.

    axes: three; candidates g, memory c and output h (T,), for the steps 1 … T.
    """
    series = {
        "candidate g": (candidates, "candidate", 1.0),
        "memory c": (memory, "cell", _power_of_two(memory.abs().max().item())),
        "output h": (output, "hidden", 1.0),
    }
    steps = np.arange(1, len(candidates) + 1)
    for ax, (name, (values, role, most)) in zip(axes, series.items(), strict=True):
        look = {"color": COLOURS[role], "marker": MARKERS[role], "markersize": 5, "linewidth": 1.5}
        ax.axhline(0, color="#444444", linewidth=0.8, linestyle="-")
        if role == "candidate":  # each is there for one step only
            ax.vlines(steps, 0, values, color=COLOURS[role], linewidth=1.5)
            look["linestyle"] = "none"
        else:
            look["linestyle"] = "-"
        ax.plot(steps, values, clip_on=False, **look)
        ax.set(ylabel=name, xlim=(0.5, len(steps) + 0.5), ylim=(-1.15 * most, 1.15 * most))
    axes[-1].set_xlabel("step t")


def _power_of_two(least):
    """1, or the first power of two that is not less: a limit that seldom jumps."""
    return 2.0 ** max(0, math.ceil(math.log2(least))) if least > 1 else 1.0


# a memory that learns a task ---------------------------------------------------------------------


def draw_memory(ax, x_grid, prediction, x_read, y_read, truth=None):
    """The curve that a memory predicts after t points, and these points in the order of reading.

    x_grid (Q,) from left to right, prediction (Q,), x_read and y_read (t,), t ≥ 0, the last with a
    ring; truth: the true curve (Q,).
    """
    if truth is not None:
        ax.plot(x_grid, truth, "-", color="#767676", linewidth=1.2, label="true curve")
    look = {"color": COLOURS["memory"], "linewidth": 2.5, "linestyle": "-"}
    ax.plot(x_grid, prediction, label="the memory's prediction", **look)
    points = {"color": COLOURS["support"], "markeredgecolor": "white", "zorder": 5}
    ax.plot(x_read, y_read, MARKERS["support"], label="points read", linestyle="none", **points)
    for number, place in enumerate(zip(x_read, y_read, strict=True), start=1):
        beside = {"xytext": (0, 9), "textcoords": "offset points", "ha": "center", "size": 9}
        ax.annotate(str(number), place, zorder=6, **beside)
    ring = {"color": "none", "markeredgecolor": "black", "markersize": 13, "linestyle": "none"}
    ax.plot(x_read[-1:], y_read[-1:], "o", label="the last one", zorder=6, **ring)
    ax.set(xlabel="input x", ylabel="label y", xlim=(-5.2, 5.2), ylim=(-6.2, 6.2))
    _key(ax)


def draw_loss_by_shots(ax, losses, *, ylabel="query loss, mean squared error"):
    """Mean loss with 95 % confidence bands against the number of points that were read.

    `losses` maps a label to ({number of points: interval}, role).
    """
    draw_curves(ax, losses, xlabel="points read", ylabel=ylabel)
    if ax.get_xscale() == "linear":
        ax.xaxis.set_major_locator(MaxNLocator(nbins=11, integer=True))


def draw_instances(ax, accuracies, chance):
    """Accuracy at the 1st, 2nd, … example of a class in a sequence, with 95 % confidence intervals.

    `accuracies` maps a label to (intervals at the instances 1, 2, …, role); chance: of guessing.
    """
    for number, (label, (intervals, role)) in enumerate(accuracies.items()):
        mean, half_width = 100 * np.array([tuple(interval) for interval in intervals]).T
        look = {"color": COLOURS[role], "marker": MARKERS[role], "capsize": 4, "clip_on": False}
        look["markersize"] = 5
        look["linestyle"] = STYLES[number % len(STYLES)]
        ax.errorbar(range(1, len(mean) + 1), mean, half_width, label=label, **look)
    ax.axhline(100 * chance, color="black", linewidth=1, linestyle=":", label="guessing")
    ax.set(xlabel="instance of a class", ylabel="accuracy (%)", ylim=(0, 100))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=11, integer=True))
    ax.legend(**OUTSIDE)


def draw_similarity(ax, matrix, groups):
    """Cosine similarity of states, with the states of a group beside each other.

    matrix (n, n); groups: n names, one a state, in any order. A group stands where its first state
    comes.
    """
    names = list(dict.fromkeys(groups))
    order = np.argsort([names.index(group) for group in groups], kind="stable")
    matrix = np.asarray(matrix, dtype=float)[order][:, order]
    image = ax.imshow(matrix, cmap="PuOr", vmin=-1, vmax=1, interpolation="nearest")
    sizes = [list(groups).count(name) for name in names]
    ends = np.cumsum(sizes)
    for end in ends[:-1] - 0.5:
        ax.axhline(end, color="black", linewidth=0.8, linestyle="-")
        ax.axvline(end, color="black", linewidth=0.8, linestyle="-")
    middles = ends - np.array(sizes) / 2 - 0.5
    turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(middles, names, **(turned if max(map(len, map(str, names))) > 3 else {}))
    ax.set_yticks(middles, names)
    ax.tick_params(length=0)
    ax.figure.colorbar(image, ax=ax, label="cosine similarity of two states")


# an LSTM whose cell state is θ -------------------------------------------------------------------


def draw_gates(axes, forget, write, like):
    """Learned gates over the inner steps, a line a layer: mean over its coordinates and over tasks,
    and bars from the 10 % to the 90 % quantile.

    axes: two; forget and write (T, n) or (B, T, n), in the order of `nets.flatten`, NaN where a
    gate shall not count; like: a dict with the shapes of θ, in which "head.weight" belongs to the
    layer "head".
    """
    owners = np.concatenate([[name.split(".")[0]] * part.numel() for name, part in like.items()])
    layers = list(dict.fromkeys(owners))
    for ax, gate in zip(axes, (forget, write), strict=True):
        gate = np.moveaxis(np.asarray(gate, dtype=float), -2, 0)  # (T, …, n)
        steps = np.arange(1, len(gate) + 1)
        for number, layer in enumerate(layers):
            values = gate[..., owners == layer].reshape(len(gate), -1)
            low, high = np.nanquantile(values, [0.1, 0.9], axis=1)
            beside = steps + 0.09 * (number - (len(layers) - 1) / 2)  # bars do not hide each other
            colour, marker = CLASSES[number % len(CLASSES)]
            look = {"color": COLOURS[colour], "linestyle": STYLES[number % len(STYLES)]}
            mean = np.nanmean(values, axis=1)
            ax.plot(beside, mean, marker=marker, markersize=6, label=layer, **look)
            ax.vlines(beside, low, high, color=COLOURS[colour], linewidth=1.2)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=11, integer=True))
        ax.set(xlabel="inner step", xlim=(0.5, len(steps) + 0.5))
        low, high = ax.dataLim.intervaly
        if low > 0 and high > 15 * low:
            ax.set_yscale("log")
            ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.set_minor_locator(NullLocator())
    axes[0].set_ylabel("forget gate f")
    axes[1].set_ylabel("write gate i")
    axes[1].legend(title="layer", **OUTSIDE)


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
        beside = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center", "size": 9}
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


def draw_optimisers(ax, losses, horizon=None):
    """Loss after 0, 1, 2, … steps of several optimisers: the median over tasks, and at the marks
    bars from the 10 % to the 90 % quantile.

    `losses` maps a label to (losses (n_tasks, T + 1), role); horizon: the number of steps that the
    learned optimiser was trained for, a vertical line. What is not finite, or more than 100 times
    the largest loss at the start, is drawn at the top as one that "runs away".
    """
    top = RUNAWAY * max(LEAST_LOSS, *(float(values[:, 0].max()) for values, _ in losses.values()))
    away = []
    for number, (label, (values, role)) in enumerate(losses.items()):
        values = np.nan_to_num(np.asarray(values, dtype=float), nan=top).clip(LEAST_LOSS, top)
        median = np.median(values, axis=0)
        every = max(1, len(median) // 10)
        marks = slice(number * every // len(losses), None, every)  # bars do not hide each other
        look = {"color": COLOURS[role], "linestyle": STYLES[number % len(STYLES)]}
        look |= {"marker": MARKERS[role], "markersize": 6, "markevery": marks}
        gone = np.append(False, np.logical_or.accumulate(median == top)[:-1])  # it ends at the top
        ax.plot(np.where(gone, np.nan, median), label=label, linewidth=1.8, **look)
        if len(values) > 1:
            low, high = np.quantile(values[:, marks], [0.1, 0.9], axis=0)
            ax.vlines(range(len(median))[marks], low, high, color=COLOURS[role], linewidth=1.2)
        if median[-1] == top:
            away.append(f"{label} runs away")
    if horizon is not None:
        name = f"trained for {horizon} steps"
        ax.axvline(horizon, color="#444444", linewidth=1.2, linestyle=":", label=name)
    if away:
        ax.text(0.98, 0.99, ", ".join(away), transform=ax.transAxes, ha="right", va="top", size=9)
        ax.plot(0, 4 * top, linestyle="none")  # room for the words
    many = max(len(values) for values, _ in losses.values()) > 1
    label = "loss: median, 10 % to 90 % of tasks" if many else "loss"
    ax.set(xlabel="step", ylabel=label, yscale="log")
    _key(ax)


def _key(ax):
    """The names of the lines beside the picture; a Legend takes three times as long to draw."""
    for row, line in enumerate(ax.get_legend_handles_labels()[0]):
        height = 0.96 - 0.08 * row
        sample = Line2D([1.03, 1.06, 1.09], [height] * 3)
        sample.update_from(line)
        ax.add_artist(sample)
        sample.set(transform=ax.transAxes, clip_on=False, markevery=[1])
        ax.text(1.11, height, line.get_label(), transform=ax.transAxes, va="center", size=9)


# the course --------------------------------------------------------------------------------------


def draw_course(ax, rows, chance):
    """The accuracy of all methods of the course with 95 % confidence intervals, family by family.

    rows: (name, family, interval) in the order of the picture; chance: the accuracy of guessing.
    """
    families = list(dict.fromkeys(family for _, family, _ in rows))
    ticks, headings = [], []
    for family, (colour, marker) in zip(families, CLASSES, strict=False):
        headings.append(len(ticks))
        ticks.append(family)
        for name, _, (mean, half_width) in (row for row in rows if row[1] == family):
            look = {"color": COLOURS[colour], "fmt": marker, "capsize": 6, "markersize": 5}
            ax.errorbar(100 * mean, len(ticks), xerr=100 * half_width, **look)
            beside = {"transform": ax.get_yaxis_transform(), "va": "center", "size": 9}
            number = f"{100 * mean:.1f} ± {100 * half_width:.1f}"
            ax.text(1.02, len(ticks), number, **beside)
            ticks.append(name)
    ax.axvline(100 * chance, color="black", linewidth=1, linestyle=":")
    ax.text(100 * chance, -0.1, " guessing", va="center", size=9)
    ax.set_yticks(range(len(ticks)), ticks)
    for place in headings:
        ax.get_yticklabels()[place].set_weight("bold")
        ax.yaxis.get_major_ticks()[place].tick1line.set_visible(False)
    ax.grid(axis="x", color="#e0e0e0", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set(xlim=(0, 100), ylim=(len(ticks) - 0.4, -0.7), xlabel="accuracy on new scripts (%)")
