"""The pictures of chapter 07. In the plane of θ = (slope, intercept) a line is a point."""

import numpy as np
import torch
from matplotlib.patches import Circle, Ellipse, FancyBboxPatch

from metacourse.figures.style import COLOURS, MARKERS

ENDS = np.array([-1.1, 1.1])
ERRORS = 1e-3, 1e3  # of squared errors on a logarithmic axis


def draw_running_mean(ax, errors):
    """The mean of the first n tasks' errors, for every n; `errors` maps a label to (values (B,),
    colour)."""
    for number, (label, (values, colour)) in enumerate(errors.items()):
        counts = np.arange(1, len(values) + 1)
        means = np.cumsum(np.asarray(values, dtype=float)) / counts
        style = ["-", "--", "-.", ":"][number % 4]
        ax.plot(counts, means, style, color=COLOURS[colour], linewidth=1.5, label=label)
    ax.set(xscale="log", yscale="log", xlabel="tasks so far", ylabel="mean squared error so far")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))


def draw_belief(ax, belief, *, role="bayes", label=None, style="-", sizes=(1, 2)):
    """What is believed of θ: rings at one and two standard deviations, and a mark at the mean.

    belief: mean (2,) and cov (2, 2), as a `bayes.Gaussian` or a `bayes.Prior` has them.
    """
    variances, axes = torch.linalg.eigh(belief.cov.double())
    turn = torch.rad2deg(torch.atan2(axes[1, 1], axes[0, 1])).item()
    height, width = 2 * variances.clamp(min=0).sqrt()  # eigh sorts upwards
    look = {"edgecolor": COLOURS[role], "facecolor": "none", "linestyle": style, "linewidth": 1.8}
    mean = belief.mean.tolist()
    for size in sizes:
        ax.add_patch(Ellipse(mean, size * width.item(), size * height.item(), angle=turn, **look))
    mark = {"color": COLOURS[role], "markeredgecolor": "white", "markersize": 9}
    ax.plot(*mean, MARKERS[role], linestyle="none", label=label, **mark)
    ax.set(xlabel="slope", ylabel="intercept", xlim=(-2, 2), ylim=(-2, 2), aspect="equal")


def draw_tasks(ax, thetas, label):
    """The lines of many tasks as points of the plane: thetas (B, 2)."""
    ax.plot(*thetas.T, ".", color=COLOURS["grey"], markersize=3, alpha=0.6, label=label)


def draw_fan(ax, lines, mean, deviation, x=(), y=()):
    """Lines that are drawn from a belief, their mean, and the 95 % band of a label.

    lines (n, 2); mean and deviation (M,) of a label at M even places from −1.1 to 1.1; x, y (S,).
    """
    places = np.linspace(*ENDS, len(mean))
    band = mean - 1.96 * deviation, mean + 1.96 * deviation
    ax.fill_between(places, *band, color=COLOURS["bayes"], alpha=0.15, linewidth=0)
    for slope, intercept in lines:
        look = {"color": COLOURS["bayes"], "linewidth": 0.8, "alpha": 0.6}
        ax.plot(ENDS, float(slope) * ENDS + float(intercept), "-", **look)
    ax.plot(places, mean, "-", color="black", linewidth=2.2)
    ax.plot(x, y, MARKERS["support"], color=COLOURS["support"], markersize=8, zorder=5)
    ax.set(xlabel="input x", ylabel="label y", xlim=(-1.1, 1.1), ylim=(-2.2, 2.2))


def draw_graphical_model(ax):
    """What is drawn from what: prior → θ of a task → labels; plates are repetitions."""
    ax.set(xlim=(-0.2, 10.1), ylim=(-1.1, 4.4), aspect="equal")
    ax.set_axis_off()
    drawn = {"θᵢ": (3.6, 1.4), "yᵢⱼ": (6.6, 1.4), "xᵢⱼ": (8.9, 1.4)}
    for name, place in drawn.items():
        face = "white" if name == "θᵢ" else "#d9d9d9"  # grey is what is seen
        ax.add_patch(Circle(place, 0.62, facecolor=face, edgecolor="black", linewidth=1.6))
    for name, place in {**drawn, "μ, Σ": (0.9, 1.4), "σ²": (6.6, 3.9)}.items():
        ax.text(*place, name, ha="center", va="center", size=12)
    for start, end in (
        *(((1.45, 1.4), (2.94, 1.4)), ((4.26, 1.4), (5.94, 1.4))),
        *(((8.24, 1.4), (7.26, 1.4)), ((6.6, 3.55), (6.6, 2.06))),
    ):
        arrow = {"arrowstyle": "-|>", "color": "black", "linewidth": 1.6}
        ax.annotate("", end, start, arrowprops=arrow | {"shrinkA": 0, "shrinkB": 0})
    for (left, low, width, height), told in {
        (2.6, -0.9, 7.3, 4.0): "task i = 1 … B",
        (5.5, -0.1, 4.1, 2.7): "point j = 1 … S",
    }.items():
        style = {"boxstyle": "round,pad=0,rounding_size=0.2", "facecolor": "none"}
        ax.add_patch(FancyBboxPatch((left, low), width, height, edgecolor="#444444", **style))
        ax.text(left + width - 0.15, low + 0.12, told, ha="right", va="bottom", size=9)


def draw_by_shots(ax, errors, floor):
    """Error above the labels' noise by number of points, on logarithmic axes.

    `errors` maps a label to (points, values, role), values the medians over trainings; floor is
    (points, values), below which no learner comes on average.
    """
    points, values = floor
    ax.fill_between(points, values, ERRORS[0], color="#e5e5e5", linewidth=0)
    ax.plot(points, values, "-", color="black", linewidth=1, label="the floor")
    for number, (label, (shots, found, role)) in enumerate(errors.items()):
        style = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))][number % 5]
        look = {"color": COLOURS[role], "marker": MARKERS[role], "linestyle": style}
        ax.plot(shots, np.clip(found, *ERRORS), label=label, markeredgecolor="white", **look)
    ax.set(xscale="log", yscale="log", ylim=(ERRORS[0], 100))
    ax.set_xticks(points, [str(n) for n in points])
    ax.minorticks_off()
    ax.set(xlabel="points of the task", ylabel="squared error above the noise")


def draw_calibration(ax, levels, shares):
    """The share of labels that a band holds, against the share that it should hold; `shares` maps a
    label to (values (L,), role)."""
    ax.plot([0, 1], [0, 1], "-", color=COLOURS["grey"], linewidth=1)
    for number, (label, (values, role)) in enumerate(shares.items()):
        style = ["-", "--", "-.", ":"][number % 4]
        look = {"color": COLOURS[role], "marker": MARKERS[role], "markersize": 5}
        ax.plot(levels, values, style, label=label, **look)
    ax.set(xlabel="the band should hold", ylabel="the band holds", xlim=(0, 1), ylim=(0, 1.02))
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    ax.legend(loc="lower right")


def draw_people(ax, years, wages, n_shot, answers):
    """One man's wages by year, the first n_shot to learn from, and what learners say of the later
    ones; `answers` maps a label to (values, role), the first with a 95 % band: (values, role,
    deviations)."""
    years, wages = np.asarray(years), np.asarray(wages)
    for label, role, part in (
        ("seen", "support", slice(n_shot)),
        ("to foretell", "query", slice(n_shot, None)),
    ):
        look = {"color": COLOURS[role], "linestyle": "none", "markersize": 7, "label": label}
        ax.plot(years[part], wages[part], MARKERS[role], **look)
    for number, (label, (values, role, *deviations)) in enumerate(answers.items()):
        style = ["-", "--", "-.", ":"][number % 4]
        ax.plot(years, values, style, color=COLOURS[role], label=label)
        if deviations:
            reach = 1.96 * np.asarray(deviations[0])
            band = np.asarray(values) - reach, np.asarray(values) + reach
            ax.fill_between(years, *band, color=COLOURS[role], alpha=0.15, linewidth=0)
    ax.set(xlabel="year", ylabel="log of dollars an hour", ylim=(-0.5, 3.2))
