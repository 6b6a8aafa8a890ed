"""The learning curve that every training run of the course shows."""

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator

from metacourse.figures.style import COLOURS

MOST_DRAWN = 500  # steps; more cannot be told apart


def draw_losses(ax, losses, label="loss", window=20):
    """Draw losses against the step (log scale), and their mean over the last `window` steps."""
    losses = np.asarray(losses, dtype=float)
    ax.set(xlabel="step", ylabel=label, yscale="log", xlim=(0, max(10, len(losses))))
    drawn = losses[(losses > 0) & np.isfinite(losses)]
    ax.yaxis.set_major_locator(LogLocator(subs=_ticks(drawn)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())
    if not drawn.size:
        ax.set_ylim(0.005, 10)  # as wide labels as any later
        return "No loss yet."
    sums = np.cumsum(np.concatenate([[0.0], losses]))
    steps = np.arange(1, len(losses) + 1)
    first = np.maximum(steps - window, 0)
    means = (sums[steps] - sums[first]) / (steps - first)
    some = np.unique(np.linspace(0, len(losses) - 1, MOST_DRAWN).astype(int))
    ax.plot(steps[some], losses[some], color=COLOURS["sky blue"], linestyle="-", linewidth=1)
    ax.plot(steps[some], means[some], color=COLOURS["blue"], linestyle="-")
    ax.legend(["each step", f"mean of the last {window}"], loc="upper right")
    return f"Step {len(losses)}: mean {label} of the last {window} steps {means[-1]:.4g}."


def _ticks(drawn):
    """Which digits are named on the axis: more of them where it spans less than a factor of ten."""
    narrow = drawn.size and drawn.max() < 10 * drawn.min()
    return (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if narrow else (1.0, 2.0, 5.0)
