"""The pictures of notebook 07d: tasks in a stream."""

import numpy as np

from metacourse.figures.bayes import draw_belief
from metacourse.figures.style import COLOURS, MARKERS

STYLES = "-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1))


def draw_influence(ax, influence):
    """Which task's labels move the start of which round: influence (T, T), rounds down, tasks to
    the right. A learner of a stream keeps to the left of the diagonal."""
    n_rounds = len(influence)
    share = np.asarray(influence, dtype=float)
    share = np.sqrt(share / max(share.max(), 1e-300))  # so that what is weak can be seen, too
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1, extent=(0, n_rounds, n_rounds, 0))
    ax.plot([0, n_rounds], [0, n_rounds], "-", color=COLOURS["vermillion"], linewidth=1)
    ticks = range(0, n_rounds + 1, 5)
    ax.set(xticks=ticks, yticks=ticks, aspect="equal")
    ax.set(xlabel="task whose labels change", ylabel="start of round")


def draw_regret(ax, regrets, *, bound=None):
    """Regret by the number of tasks so far, on a logarithmic axis; `regrets` maps a label to
    (values (T,), role). `bound` is a number b: what b (1 + ln t) allows is drawn in grey."""
    for number, (label, (values, role)) in enumerate(regrets.items()):
        count = np.arange(1, len(values) + 1)
        ax.plot(count, values, linestyle=STYLES[number], color=COLOURS[role], label=label)
    if bound is not None:
        most = bound * (1 + np.log(count))
        ax.plot(count, most, ":", color=COLOURS["grey"], label=f"{bound:.2g} (1 + ln t)")
    ax.axhline(0, color="black", linewidth=1)
    ax.set(xscale="log", xlabel="tasks so far", ylabel="regret")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))


def draw_plane(ax, means, paths, *, here=None, prior=None, tasks=None):
    """The plane of slope and intercept: where the family's mean goes, means (T, 2), and starts
    that follow; `paths` maps a label to (starts (t, 2), role), marked at the last one.

    here: the mean of this round, (2,). prior: one that is learned. tasks: (n, 2), to learn from.
    """
    if prior is not None:
        draw_belief(ax, prior, label="learned prior")
    ax.plot(*np.asarray(means).T, "-", color="#bbbbbb", linewidth=3, label="true mean")
    if tasks is not None:
        ax.plot(*np.asarray(tasks).T, ".", color=COLOURS["grey"], markersize=5, label="past tasks")
    for number, (label, (starts, role)) in enumerate(paths.items()):
        line = {"linestyle": STYLES[number], "linewidth": 1, "color": COLOURS[role]}
        marks = {"marker": MARKERS[role], "markevery": [len(starts) - 1], "label": label}
        ax.plot(*np.asarray(starts).T, markeredgecolor="white", markersize=9, **line, **marks)
    if here is not None:
        ax.plot(*here, MARKERS["optimum"], color="black", markersize=13, label="true mean now")
    ax.set(xlabel="slope", ylabel="intercept", xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), aspect="equal")


def draw_by_round(ax, losses, *, marks=()):
    """Loss of every round on a logarithmic axis; `losses` maps a label to (values (T,), role), and
    at the rounds `marks` something changes."""
    for at in marks:
        ax.axvline(at, color="#bbbbbb", linewidth=1)
    for number, (label, (values, role)) in enumerate(losses.items()):
        ax.plot(values, linestyle=STYLES[number], color=COLOURS[role], linewidth=1.5, label=label)
    ax.set(yscale="log", xlabel="round", ylabel="query loss")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))


def draw_by_phase(ax, phases, errors):
    """The error on new tasks by their phase, (P,); `errors` maps a label to (values (P,), role)."""
    for number, (label, (values, role)) in enumerate(errors.items()):
        look = {"color": COLOURS[role], "marker": MARKERS[role], "linestyle": STYLES[number]}
        ax.plot(phases, values, label=label, markeredgecolor="white", **look)
    ax.set(xlabel="phase of the new tasks, in the order of the stream", ylabel="squared error")
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))


def draw_by_number(ax, counts, losses, floor):
    """Loss on new tasks by the number of tasks to learn from, both axes logarithmic; `losses` maps
    a label to (values (N,), role), floor is that of the true prior."""
    ax.axhline(floor, color="black", linewidth=1, label="the true prior")
    for number, (label, (values, role)) in enumerate(losses.items()):
        look = {"color": COLOURS[role], "marker": MARKERS[role], "linestyle": STYLES[number]}
        ax.plot(counts, values, label=label, markeredgecolor="white", **look)
    ax.set(xscale="log", yscale="log", xlabel="tasks to learn from", ylabel="query loss")
    ax.set_xticks(counts, [str(n) for n in counts])
    ticks = (0.02, 0.025, 0.03, 0.04)
    ax.set_yticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
