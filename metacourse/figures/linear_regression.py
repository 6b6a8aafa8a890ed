"""The pictures of chapter 02. In a loss surface θ = (slope, intercept) is a point."""

import numpy as np
import torch

from metacourse.figures.style import COLOURS, MARKERS

LEVELS = np.linspace(0.06, 1, 9) ** 2  # evenly spaced rings around the minimum of a quadratic
SHADES = [str(grey) for grey in np.linspace(1.0, 0.8, len(LEVELS) + 1)]


def draw_task(ax, x, y, lines):
    """Points of a task and lines through them; `lines` maps a label to (theta, colour)."""
    ax.plot(x[:, 0], y, MARKERS["support"], color=COLOURS["support"], label="support points")
    ends = torch.tensor([-1.1, 1.1], dtype=x.dtype)
    for number, (label, (theta, colour)) in enumerate(lines.items()):
        style = ["-", "--", "-.", ":"][number % 4]
        ax.plot(ends, theta[0] * ends + theta[1], style, color=COLOURS[colour], label=label)
    ax.set(xlabel="input x", ylabel="label y")
    ax.legend(loc="best")


def grid_of_theta(limit=2.0, n=61):
    """Points θ of a square around 0: (n, n, 2), slope along columns, intercept along rows."""
    line = torch.linspace(-limit, limit, n, dtype=torch.float64)
    intercept, slope = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([slope, intercept], -1)


def draw_surface(ax, grid, values):
    """A loss over θ as rings of equal loss: grid (n, n, 2), values (n, n)."""
    slope, intercept = grid[..., 0].numpy(), grid[..., 1].numpy()
    low, high = values.min().item(), values.max().item()
    levels = low + (high - low) * LEVELS
    ax.contourf(slope, intercept, values, levels=levels, colors=SHADES, extend="both")
    ax.contour(slope, intercept, values, levels=levels, colors="#9a9a9a", linewidths=0.7)
    limit = float(abs(slope).max())
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), xlabel="slope", ylabel="intercept")
    told = {"transform": ax.transAxes, "ha": "right", "va": "bottom", "color": "#555555"}
    ax.text(0.99, 0.01, "rings of equal loss, light is low", fontsize="small", **told)


def draw_points(ax, points):
    """Marked places θ on a surface; `points` maps a label to (theta, role). What lies outside
    the axes' limits is left out, of the legend too."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    for label, (theta, role) in points.items():
        if not (left <= theta[0] <= right and low <= theta[1] <= high):
            continue
        size = 14 if MARKERS[role] == "*" else 9
        style = {"color": COLOURS[role], "markersize": size, "markeredgecolor": "white"}
        ax.plot(*theta, MARKERS[role], label=label, zorder=5, linestyle="none", **style)


def draw_cloud(ax, places, label):
    """Places (n, 2) that a start which never rests has been to."""
    ax.plot(*places.T, ".", color=COLOURS["grey"], markersize=4, label=label)


def draw_path(ax, path, label="inner steps"):
    """The way of gradient descent over a surface: path (k + 1, 2)."""
    colour = COLOURS["support"]
    ax.plot(path[:, 0], path[:, 1], "o-", color=colour, markersize=4, linewidth=1.5, label=label)


def draw_valley(ax, starts, ends, flat):
    """Where several starts (n, 2) arrive, ends (n, 2), in a valley whose floor runs along flat."""
    floor = {"color": COLOURS["grey"], "linewidth": 1.2, "zorder": 1}
    ax.axline(ends[0], ends[0] + flat, linestyle="--", label="valley floor: loss 0", **floor)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        arrow = {"arrowstyle": "-|>", "color": COLOURS["support"], "shrinkA": 5, "shrinkB": 6}
        ax.annotate("", end, start, arrowprops=arrow)
    for label, places, role in [("start θ", starts, "params"), ("θ′", ends, "adapted")]:
        style = {"color": COLOURS[role], "markeredgecolor": "white", "markersize": 9}
        ax.plot(*places.T, MARKERS[role], label=label, zorder=5, linestyle="none", **style)


def draw_training(ax, path, label):
    """The way of θ through the outer loop: path (n, 2), from where the training started."""
    style = {"color": COLOURS["maml"], "markersize": 3.5, "linewidth": 1.2}
    ax.plot(path[:, 0], path[:, 1], "o-", label=label, **style)
    draw_points(ax, {"start of the training": (path[0], "params")})


def draw_distances(ax, distances, factors):
    """How far the flat and the curved axis still have to go: distances (k + 1, 2), factors (2,)."""
    styles = [("o-", "blue"), ("s--", "vermillion")]
    for axis, column, factor, (marker, colour) in zip(
        ("flat", "curved"), distances.T, factors, styles, strict=True
    ):
        label = f"{axis}: 1 − αλ = {factor:.2f}".replace("-", "−")
        ax.plot(column, marker, color=COLOURS[colour], markersize=4, linewidth=1.5, label=label)
    ax.axhline(0, color="#444444", linewidth=0.8)
    ax.set(xlabel="inner step", ylabel="distance from θ* along an eigenvector")
    ax.legend(loc="lower right")


def draw_arrows(ax, grid, directions):
    """Arrows of unit length from the points of a grid; `directions` maps a label to
    (vectors (n, n, 2), role)."""
    for number, (label, (vectors, role)) in enumerate(directions.items()):
        unit = torch.nn.functional.normalize(vectors, dim=-1)
        arrow = {"color": COLOURS[role], "width": 0.006 - 0.001 * number, "scale": 13}
        ax.quiver(*grid.unbind(-1), *unit.unbind(-1), label=label, zorder=4, **arrow)


def angle(a, b):
    """The angle between vectors along the last axis, in degrees."""
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=-1).clamp(-1, 1)
    return torch.rad2deg(torch.acos(cosine))


def draw_angles(ax, rates, angles_by_steps):
    """The angle between two meta-gradients against the inner rate, one line a number of steps."""
    for n_steps, angles in angles_by_steps.items():
        ax.plot(rates, angles, label=f"{n_steps} inner step{'s' if n_steps > 1 else ''}")
    ax.set(xlabel="inner learning rate α", ylabel="angle, degrees", ylim=(0, None))
    ax.legend()


def draw_optima(ax, minimisers, curvatures, points):
    """Every task's own minimiser θ* (B, 2), large where its loss is curved, and marked places."""
    size = 12 + 60 * curvatures / curvatures.max()
    label = "a task's θ* (large: sharply curved)"
    ax.scatter(*minimisers.T, s=size, color=COLOURS["grey"], alpha=0.45, linewidth=0, label=label)
    ax.set(xlabel="slope", ylabel="intercept", xlim=(-1.6, 1.6), ylim=(-1.6, 2.2))
    draw_points(ax, points)
    ax.legend(loc="upper left")


def draw_intervals(ax, intervals, noise):
    """Mean losses with 95 % confidence intervals, and the noise that no start gets below;
    `intervals` maps a label to (interval, role)."""
    for row, (interval, role) in enumerate(intervals.values()):
        ends = interval.mean - interval.half_width, interval.mean + interval.half_width
        caps = {"marker": "|", "markersize": 12, "markeredgewidth": 1}  # sooner than `errorbar`
        ax.plot(ends, [row, row], "-", color=COLOURS[role], **caps)
        style = {"color": COLOURS[role], "markeredgecolor": "white", "markersize": 10}
        ax.plot(interval.mean, row, MARKERS[role], zorder=5, **style)
        ax.text(interval.mean, row + 0.14, f"{interval.mean:.4f}", ha="center", va="bottom")
    ends = [interval.mean + interval.half_width for interval, _ in intervals.values()]
    limit = next(limit for limit in (0.1, 0.2, 0.5, 1, 2, 5) if max(ends) < limit)
    ax.axvline(noise, color=COLOURS["grey"], linestyle=":", linewidth=1.2)
    ax.text(noise, -0.45, " the labels' noise", fontsize=9)
    ax.set_yticks(range(len(intervals)), list(intervals))
    ax.set(xlim=(0, limit), ylim=(-0.5, len(intervals) - 0.3))
    ax.set(xlabel="query loss after adaptation, mean squared error")


def draw_weights(ax, h, weights, curvatures):
    """How much a task of curvature h counts for where the start goes, one line a number of steps;
    below, the curvatures of the tasks that there are."""
    for n_steps, weight in weights.items():
        steps = "no inner step: joint training" if n_steps == 0 else f"{n_steps} inner steps"
        ax.plot(h, weight, label=steps if n_steps != 1 else "1 inner step")
    places = torch.full_like(curvatures, -0.12)
    ax.plot(curvatures, places, "|", color=COLOURS["grey"], alpha=0.4, label="a task of the family")
    ax.set(xlabel="curvature h of a task along the slope", ylabel="weight (mean task = 1)")
    ax.set(xlim=(0, None), ylim=(-0.25, None))
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))


def draw_shrinkage(ax, curvatures, steps, prior, *, n_steps, lr_inner):
    """The share of the way to the minimiser that k steps and a Gaussian prior allow."""
    steps_label = f"{n_steps} steps: 1 − (1 − αh)ᵏ"
    ax.plot(curvatures, steps, color=COLOURS["blue"], label=steps_label)
    ax.plot(curvatures, prior, "--", color=COLOURS["vermillion"], label="prior: h / (h + ρ)")
    ax.axvline(1 / lr_inner, color="#444444", linewidth=0.8)
    ax.text(1 / lr_inner, 0.03, " h = 1/α", fontsize=9)
    ax.set(xscale="log", xlabel="curvature h of a direction", ylabel="share of the way to θ*")
    ax.set(ylim=(0, 1.3))
    ax.legend(loc="upper left")
