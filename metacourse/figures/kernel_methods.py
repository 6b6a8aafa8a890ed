"""The pictures of notebook 07c: features that are learned, and what is believed of a curve."""

import numpy as np

from metacourse.figures.style import COLOURS, MARKERS

ERRORS = 1e-8, 30  # of squared errors on a logarithmic axis


def draw_main_features(ax, x, turned, nearest):
    """The two features that vary most, and the mixtures of sin x and cos x next to them.

    x (S,), turned and nearest (S, 2).
    """
    for number, colour in enumerate(("blue", "vermillion")):
        told = ("first", "second")[number]
        ax.plot(x, turned[:, number], "-", color=COLOURS[colour], label=f"{told} feature")
        look = {"linestyle": (0, (1, 1)), "color": "black", "linewidth": 1.2}
        ax.plot(x, nearest[:, number], label=None if number else "nearest wave", **look)
    ax.set(xlabel="input x", ylabel="feature, standardised", ylim=(-3, 3))
    ax.legend(loc="upper right", ncols=3)


def draw_belief(ax, x, mean, deviation, points, truth=None, *, role="bayes"):
    """What is believed of a curve: the mean and the 95 % band of a label, with the points seen.

    x, mean, deviation (S,); points (x (K,), y (K,)); truth (S,), dotted, if it is known.
    """
    mean, reach = np.asarray(mean), 1.96 * np.asarray(deviation)
    look = {"color": COLOURS[role], "alpha": 0.2, "linewidth": 0}
    ax.fill_between(x, mean - reach, mean + reach, **look)
    ax.plot(x, mean, "-", color=COLOURS[role])
    if truth is not None:
        ax.plot(x, truth, linestyle=(0, (1, 1)), color="black", linewidth=1.5)
    ax.plot(*points, MARKERS["support"], color=COLOURS["support"], linestyle="none", zorder=5)
    ax.set(xlabel="input x", ylabel="label y", ylim=(-7, 7))


def draw_by_points(ax, errors):
    """Error by number of points, on logarithmic axes; `errors` maps a label to (points, values,
    role)."""
    for number, (label, (points, values, role)) in enumerate(errors.items()):
        style = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))][number % 5]
        look = {"color": COLOURS[role], "marker": MARKERS[role], "linestyle": style}
        ax.plot(points, np.clip(values, *ERRORS), label=label, markeredgecolor="white", **look)
    ax.set(xscale="log", yscale="log", ylim=ERRORS)
    shown = sorted({n for points, *_ in errors.values() for n in points})
    ax.set_xticks(shown, [str(n) for n in shown])
    ax.minorticks_off()
    ax.set(xlabel="points of the task", ylabel="mean squared error")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
