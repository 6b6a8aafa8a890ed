"""The pictures of chapter 06: settings that were tried, and what a training does step by step."""

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from metacourse.figures import linear_regression as surfaces
from metacourse.figures.maml import OUTSIDE, STYLES
from metacourse.figures.style import COLOURS, MARKERS

LOSSES = 0.02, 20.0  # shown of a training
RATES = 0.01, 1.0  # shown of a schedule
ERRORS = 1e-4, 30.0  # shown of a sum
PARTS = 1e-5, 30.0  # shown of a loss by parts of the data
WALL = 2.3  # a loss of ten classes guessed alike; what is above counts as lost


def draw_trials(ax, rates, penalties, losses, title):
    """Settings that were tried, the darker the lower their loss, and below them each rate once.

    rates, penalties, losses: (n,) each; a loss above that of guessing is drawn as a cross.
    """
    rates, penalties, losses = (
        np.asarray(part, dtype=float) for part in (rates, penalties, losses)
    )
    lost = ~(losses < WALL)
    ax.plot(rates[lost], penalties[lost], "x", color=COLOURS["grey"], markersize=5)
    shades = {"c": losses[~lost], "cmap": "viridis", "vmin": 0.25, "vmax": 1.5, "s": 42}
    found = ax.scatter(rates[~lost], penalties[~lost], edgecolors="black", linewidths=0.4, **shades)
    if not lost.all():
        best = np.where(lost, np.inf, losses).argmin()
        look = {"markersize": 17, "markerfacecolor": "none", "markeredgewidth": 2}
        ax.plot(rates[best], penalties[best], "o", color=COLOURS["vermillion"], **look)
    ax.set(xscale="log", yscale="log", xlabel="rate α", ylabel="penalty λ", title=title)
    distinct = np.unique(rates.round(9))
    ax.plot(distinct, np.full(len(distinct), 0.03), "|", color="black", markersize=12)
    ax.lines[-1].set_transform(ax.get_xaxis_transform())
    ax.set_ylim(penalties.min() / 8, penalties.max() * 2)
    return found


def draw_by_step(ax, lines, ylabel):
    """Numbers by step on a logarithmic axis: rates, or losses.

    `lines` maps a label to (values (T,), or (n, T) of several trainings, role); of several each is
    thin, and their median thick.
    """
    for number, (label, (values, role)) in enumerate(lines.items()):
        values = np.atleast_2d(np.asarray(values, dtype=float))
        steps = np.arange(1, values.shape[1] + 1)
        look = {"color": COLOURS[role], "linestyle": STYLES[number % len(STYLES)]}
        if len(values) > 1:
            ax.plot(steps, values.T, color=COLOURS[role], linewidth=0.8, alpha=0.6)
        marks = slice(number * 3, None, max(1, len(steps) // 8))
        look |= {"marker": MARKERS[role], "markevery": marks, "markersize": 6}
        ax.plot(steps, np.median(values, axis=0), label=label, **look)
    ax.set(xlabel="step", ylabel=ylabel, yscale="log")
    _plain_log(ax)
    ax.legend(**OUTSIDE)


def draw_tips(ax, rates, tips):
    """Rates by step, and arrows to where each should go; `tips` may be empty."""
    draw_by_step(ax, {"rates": (rates, "learned")}, "rate α")
    for step, (rate, tip) in enumerate(zip(rates, tips, strict=False), start=1):
        ax.plot([step, step], [rate, tip], "-", color="black", linewidth=1)
        ax.plot([step], [tip], "^" if tip > rate else "v", color="black", markersize=3.5)
    ax.set(xlim=(-1, len(rates) + 1), ylim=RATES)
    ax.get_legend().remove()


def draw_judged(ax, training, validation, aims):
    """The loss on the batch of each step, and on validation data after each.

    training (T,); validation (M,) at the start, at the end and evenly between; `aims` maps one or
    two names to losses, lines across. A loss that is not finite is drawn at the top.
    """
    steps = np.arange(1, len(training) + 1)
    between = np.linspace(0, len(training), len(validation))
    both = (np.asarray(part, dtype=float) for part in (training, validation))
    batch, judged = (np.nan_to_num(part, nan=np.inf).clip(*LOSSES) for part in both)
    ax.plot(steps, batch, "-", color=COLOURS["sky blue"], linewidth=1)
    ax.plot(between, judged, "-", color=COLOURS["vermillion"], linewidth=2.2)
    told = ["thin: batch of the step", "thick: validation digits"]
    for style, (name, aim) in zip(("dashed", "dotted"), aims.items(), strict=False):
        ax.axhline(aim, color="black", linewidth=1.2, linestyle=style)
        told.append(f"{style}: {name}")
    ax.set_title(", ".join(told), size=10)  # in the frame, which is not drawn anew as a key is
    ax.set(xlabel="step", ylabel="loss", yscale="log", xlim=(-1, len(steps) + 1), ylim=LOSSES)
    _plain_log(ax, subs=(1.0, 3.0))


def draw_sums(ax, sums, solution, hessian):
    """Partial sums of a Neumann series, (n + 1, 2), on rings of ½ (u − u*)ᵀ H (u − u*)."""
    grid = surfaces.grid_of_theta()
    away = grid - solution
    surfaces.draw_surface(ax, grid, 0.5 * ((away @ hessian) * away).sum(-1))
    surfaces.draw_path(ax, sums.clamp(-50, 50), label="sums of 0, 1, 2, … terms")
    surfaces.draw_points(ax, {"H⁻¹v": (solution, "optimum")})
    ax.set(xlabel="u₁", ylabel="u₂", xticks=(-2, 0, 2), yticks=(-2, 0, 2))
    ax.set_title("sums of 0, 1, 2, … terms, star: H⁻¹v", size=10)  # drawn sooner than a legend


def draw_errors(ax, errors, rates):
    """The relative error of each sum, (n + 1,), and by how much it shrinks along the steep and the
    flat axis, |1 − αλ|: two numbers."""
    terms = np.arange(len(errors))
    look = {"color": COLOURS["support"], "marker": "o", "markersize": 4}
    ax.plot(terms, np.clip(np.asarray(errors), *ERRORS), label="error of the sum", **look)
    for rate, axis, style in zip(rates, ("steep", "flat"), ("--", ":"), strict=True):
        told = f"{axis}: |1 − αλ| = {rate:.3f}"
        course = np.clip(float(rate) ** terms, *ERRORS)
        ax.plot(terms, course, style, color=COLOURS["black"], linewidth=1.2, label=told)
    ax.set(xlabel="terms", ylabel="relative error", yscale="log", ylim=ERRORS)
    ax.set_xlim(-0.5, max(10, len(errors) - 0.5))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    _plain_log(ax, subs=(1.0,))
    ax.legend(loc="lower left")


def draw_parts(ax, losses, alone):
    """Losses on parts of the data, a mark each, and a line beside it: what there is without.

    losses, alone: {part: loss}, the same parts; one that is None is hidden.
    """
    low, high = PARTS
    for row, (part, loss) in enumerate(losses.items()):
        if loss is None:
            ax.text(low, row, "  hidden", va="center")
            continue
        right = min(max(loss, low), high)
        ax.plot(right, row, "o", color=COLOURS["blue"], markersize=11)
        ax.text(right, row - 0.32, f"{loss:.3g}", ha="center", va="center")
        ax.plot([min(max(alone[part], low), high)] * 2, [row - 0.4, row + 0.4], "-", color="black")
    ax.set_yticks(range(len(losses)), list(losses))
    ax.set(xscale="log", xlim=(low / 2, 4 * high), ylim=(len(losses) - 0.5, -0.5))
    ax.grid(axis="x", color="#dddddd", linewidth=0.8)
    ax.set_xlabel("mean squared error on these points; black: the meant points alone")
    ax.xaxis.set_major_locator(LogLocator())
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(NullLocator())  # each tick takes its time


def draw_copies(ax, pictures):
    """Square pictures, (n, m, pixels) with ink from 0 to 1: n rows, the original first in each."""
    n_rows, n_columns, n_pixels = pictures.shape
    side = round(n_pixels**0.5)
    tiles = np.asarray(pictures, dtype=float).reshape(n_rows, n_columns, side, side)
    framed = np.pad(tiles, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=0.3)
    canvas = framed.transpose(0, 2, 1, 3).reshape(n_rows * (side + 2), -1)
    ax.imshow(canvas, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    ax.set_xticks([side / 2, side / 2 + side + 2], ["original", "copies"])
    ax.set_yticks([])
    ax.tick_params(length=0)


def _plain_log(ax, subs=(1.0, 2.0, 5.0)):
    ax.yaxis.set_major_locator(LogLocator(subs=subs))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())
