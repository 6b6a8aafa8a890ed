"""The pictures of chapter 05: a unit's memory, a memory that learns, the course on one page.

What is drawn for several methods comes as a dict from a label to (data, role), or to (data, more
data, role); the role decides colour and marker. An interval is (mean, half-width).
"""

import math

import numpy as np
import torch
from matplotlib.ticker import MaxNLocator

from metacourse.figures.maml import OUTSIDE, draw_curves
from metacourse.figures.style import COLOURS, MARKERS, draw_key
from metacourse.lstm import gated_sum

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


def draw_unit(axes, candidates, memory, output, gates):
    """One unit of an LSTM over time, one picture above the other: what it reads, keeps and says.

    axes: three; candidates g, memory c and output h (T,), for the steps 1 … T; gates: what stands
    above them, a dict from a name to a number.
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
        low = -1.15 * most if any((each < 0).any() for each, *_ in series.values()) else -0.2 * most
        ax.set(ylabel=name, xlim=(0.5, len(steps) + 0.5), ylim=(low, 1.15 * most))
    told = "     ".join(f"{name} = {value:.2f}" for name, value in gates.items())
    axes[0].set_title(told, size=10)
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
    draw_key(ax)


def draw_loss_by_shots(ax, losses):
    """Mean loss with 95 % confidence bands against the number of points that were read; each curve
    has its name at its end.

    `losses` maps a label to ({number of points: interval}, role).
    """
    draw_curves(ax, losses, xlabel="points read K", ylabel="query loss, mean squared error")
    ax.get_legend().remove()
    for label, (points, role) in losses.items():
        last = max(points)
        place = {"xytext": (8, 0), "textcoords": "offset points", "va": "center", "size": 9}
        ax.annotate(label, (last, points[last][0]), color=COLOURS[role], **place)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=11, integer=True))


def draw_families(ax, shares):
    """How much of the loss of answering 0 is left to each learner, on each family of tasks.

    `shares` maps a label to ({family: share}, role), shares above 0; on a logarithmic axis. The
    second of a role is hollow.
    """
    families, roles = list(next(iter(shares.values()))[0]), []
    for number, (label, (by_family, role)) in enumerate(shares.items()):
        places = np.arange(len(families)) + 0.16 * (number - (len(shares) - 1) / 2)
        look = {"color": COLOURS[role], "marker": MARKERS[role], "linestyle": "none"}
        if role in roles:
            look["markerfacecolor"] = "white"
        roles.append(role)
        shown = [100 * by_family[family] for family in families]
        ax.plot(places, shown, label=label, markersize=8, clip_on=False, **look)
        for place, share in zip(places, shown, strict=True):
            beside = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center", "size": 8}
            ax.annotate(f"{share:.2g}" if share < 100 else f"{share:.0f}", (place, share), **beside)
    ax.axhline(100, color="black", linewidth=1, linestyle=":", label="answering 0")
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set_xticks(range(len(families)), families)
    ax.set(ylabel="share of the loss of answering 0 (%)", xlim=(-0.5, len(families) - 0.5))
    ax.legend(**OUTSIDE)


def draw_instances(ax, accuracies, chance):
    """Accuracy at the 1st, 2nd, … example of a class in a sequence, with 95 % confidence intervals;
    no lines join them, because there is nothing between two examples.

    `accuracies` maps a label to (intervals at the instances 1, 2, …, role); chance: of guessing.
    """
    for number, (label, (intervals, role)) in enumerate(accuracies.items()):
        mean, half_width = 100 * np.array([tuple(interval) for interval in intervals]).T
        look = {"color": COLOURS[role], "marker": MARKERS[role], "capsize": 4, "clip_on": False}
        look |= {"markersize": 6, "linestyle": "none"}
        places = np.arange(1, len(mean) + 1) + 0.16 * (number - (len(accuracies) - 1) / 2)
        ax.errorbar(places, mean, half_width, label=label, **look)
    ax.axhline(100 * chance, color="black", linewidth=1, linestyle=":", label="guessing")
    ax.set(xlabel="which image of its class", ylabel="accuracy (%)", ylim=(0, 100))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=11, integer=True))
    ax.legend(**OUTSIDE)


def draw_by_shared(ax, n_shared, cosines):
    """The cosine of two states against the number of labels that their deals share: every pair, and
    the mean of each number.

    n_shared (pairs,), whole numbers; cosines (pairs,).
    """
    n_shared, cosines = np.asarray(n_shared), np.asarray(cosines)
    aside = 0.24 * (np.arange(len(n_shared)) * 0.618 % 1 - 0.5)  # so that few cover each other
    look = {"color": COLOURS["memory"], "marker": MARKERS["memory"], "linestyle": "none"}
    ax.plot(n_shared + aside, cosines, markersize=4, alpha=0.35, label="a pair of deals", **look)
    numbers = np.unique(n_shared)
    means = [cosines[n_shared == number].mean() for number in numbers]
    ax.plot(numbers, means, "k_", markersize=34, markeredgewidth=2.5, label="mean", zorder=5)
    ax.axhline(0, color="#444444", linewidth=0.8, linestyle="-")
    ax.set_xticks(numbers)
    ax.set(xlabel="letters that have the same label in both deals, of five", ylim=(-1, 1))
    ax.set_ylabel("cosine of two states")
    ax.legend(**OUTSIDE, handlelength=4)
