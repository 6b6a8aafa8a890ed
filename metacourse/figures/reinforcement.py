"""The pictures of notebook 09b: walks to a goal, and how far estimates of a gradient lie apart."""

import numpy as np

from metacourse.figures.style import COLOURS

STYLES = ["-", "--", "-.", ":"]


def draw_walks(ax, goal, walks, *, role="maml", label=None, style="-"):
    """Walks of the robot from (0, 0) and the goal that they should find: walks (n, T + 1, 2)."""
    for number, walk in enumerate(np.asarray(walks)):
        name = None if number else label
        look = {"color": COLOURS[role], "linewidth": 1.2, "alpha": 0.8, "markersize": 2.5}
        ax.plot(*walk.T, f"o{style}", label=name, **look)
    ax.plot(0, 0, "o", color="black", markersize=8, zorder=5)
    look = {"color": COLOURS["vermillion"], "markeredgecolor": "white", "markersize": 16}
    ax.plot(*np.asarray(goal), "*", zorder=6, linestyle="none", **look)
    ax.set(xlim=(-0.8, 0.8), ylim=(-0.8, 0.8), aspect="equal")
    ax.set(xlabel="metres, strong motor", ylabel="metres, weak motor")


def draw_angles(ax, counts, angles):
    """Median angles to the exact gradient by number of trajectories, both on logarithmic axes;
    `angles` maps a label to degrees, one a count."""
    for number, (label, degrees) in enumerate(angles.items()):
        ax.plot(counts, degrees, f"{'osD^'[number % 4]}{STYLES[number % 4]}", label=label)
    ax.set(xscale="log", yscale="log", xlabel="trajectories n", ylabel="median angle, degrees")
    ax.set_xticks(counts, [f"{n:,}" for n in counts])
    ax.set_yticks([1, 3, 10, 30, 90], ["1", "3", "10", "30", "90"])
    ax.minorticks_off()
    ax.legend(loc="lower left")


def draw_estimates(ax, exact, estimates, reach):
    """Estimates of a gradient as points, the exact one as an arrow: exact (2,), estimates (m, 2).

    Those further away than reach stand at the edge.
    """
    look = {"color": COLOURS["blue"], "markeredgecolor": "none", "alpha": 0.5, "markersize": 5}
    points = np.clip(np.asarray(estimates), -reach, reach)
    ax.plot(*points.T, "o", linestyle="none", label="estimates", clip_on=False, **look)
    arrow = {"arrowstyle": "-|>", "color": COLOURS["vermillion"], "linewidth": 2.5}
    ends = {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 18}
    ax.annotate("", np.asarray(exact), (0, 0), arrowprops=arrow | ends, zorder=6)
    ax.plot([], [], "-", color=COLOURS["vermillion"], linewidth=2.5, label="exact")
    ax.axhline(0, color=COLOURS["grey"], linewidth=0.6)
    ax.axvline(0, color=COLOURS["grey"], linewidth=0.6)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.set(xlabel="gradient of the first push", ylabel="gradient of the second push")


def draw_returns(ax, returns, exact, before, lowest=-0.8):
    """Returns after one step by each estimate as a row of points, and the exact step's, and that
    before: returns (m,). Those below lowest stand at the edge."""
    values = np.nan_to_num(np.asarray(returns), nan=lowest).clip(min=lowest)
    heights = (0.618 * np.arange(len(values))) % 1
    look = {"color": COLOURS["blue"], "alpha": 0.5, "markeredgecolor": "none", "markersize": 5}
    ax.plot(values, heights, "o", linestyle="none", clip_on=False, **look)
    for value, name, colour, style in (
        (exact, "exact step", "vermillion", "-"),
        (before, "before", "black", "--"),
    ):
        ax.axvline(value, color=COLOURS[colour], linestyle=style, linewidth=1.8)
        ax.text(value, 1.12, name, ha="right", va="bottom", size=9, color=COLOURS[colour])
    ax.set(xlim=(lowest, 0), ylim=(-0.1, 1.1), xlabel="return after a step by each")
    ax.set_yticks([])
