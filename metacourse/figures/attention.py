"""The pictures of notebook 08a: who looks at whom, layers as steps, what a training has found."""

import numpy as np
import torch

from metacourse.figures.style import COLOURS, MARKERS


def draw_weights(ax, weights, classes=None):
    """Attention weights as shades, a row a query, a column a key: weights (M, N), dark is 1.

    classes: how many blocks of rows and columns belong together, with lines between them.
    """
    n_queries, n_keys = weights.shape
    ax.imshow(
        np.asarray(weights), cmap="Greys", vmin=0, vmax=1, aspect="auto", interpolation="nearest"
    )
    for size, lines in ((n_queries, ax.axhline), (n_keys, ax.axvline)):
        for number in range(1, classes or 0):
            lines(number * size / classes - 0.5, color=COLOURS["sky blue"], linewidth=1)
    ax.spines[["top", "right"]].set_visible(True)
    ax.set(xlabel="keys: what is looked at", ylabel="queries", xticks=[], yticks=[])


def draw_residuals(ax, x, y, residuals, theta):
    """A line, and what the tokens of its points still hold: x (S,), y (S,), residuals (S,).

    A bar reaches from each label down (or up) by its residual; theta (2,) is slope, intercept.
    """
    ends = torch.tensor([-1.1, 1.1], dtype=x.dtype)
    line = theta[0] * ends + theta[1]
    ax.plot(ends, line, "-", color=COLOURS["adapted"], label="the queries say")
    for number, (place, label, residual) in enumerate(zip(x, y, residuals, strict=True)):
        name = None if number else "what is left in a token"
        look = {"color": COLOURS["vermillion"], "linewidth": 3, "solid_capstyle": "butt"}
        ax.plot([place, place], [label, label - residual], "-", label=name, **look)
    look = {"color": COLOURS["support"], "linestyle": "none", "zorder": 5}
    ax.plot(x, y, MARKERS["support"], label="support points", **look)
    ax.set(xlabel="input x", ylabel="label y", xlim=(-1.15, 1.15), ylim=(-2.2, 2.2))
    ax.legend(loc="lower right")


def draw_layers(ax, descent, layers):
    """The path of gradient descent, and where layers of attention are: each (k + 1, 2)."""
    look = {"color": COLOURS["grey"], "linewidth": 1.2, "markersize": 3}
    ax.plot(*descent.T, "o-", label="gradient descent", **look)
    look = {"markeredgecolor": COLOURS["blue"], "color": "none", "linestyle": "none"}
    ax.plot(*layers.T, "s", markersize=9, label="after each layer", **look)
    look = {"color": COLOURS["blue"], "markeredgecolor": "white", "linestyle": "none"}
    ax.plot(*layers[-1], "s", markersize=11, zorder=6, label="now", **look)
    ax.legend(loc="upper left")


def draw_against(ax, step, said):
    """What a layer says, over what the step of gradient descent says: step and said (n,)."""
    reach = 1.05 * step.abs().max().item()
    line = {"color": COLOURS["black"], "linewidth": 1, "linestyle": (0, (4, 3)), "zorder": 1}
    ax.plot([-reach, reach], [-reach, reach], label="the same", **line)
    look = {"color": COLOURS["blue"], "alpha": 0.5, "markeredgewidth": 0}
    ax.plot(step, said, "o", markersize=4, label="a query", linestyle="none", **look)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="the best single step says")
    ax.set(ylabel="the layer says")
    ax.legend(loc="upper left")
