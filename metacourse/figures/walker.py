"""The pictures of notebook 09c: a robot and its walks, evolution, what is believed of gaits."""

import numpy as np

from metacourse.figures.style import COLOURS, MARKERS
from metacourse.walker import FEET, N_MUSCLES, N_TRUNK, SPRINGS

DT_FILM = 0.025  # s between two frames of `walker.film`
LIMP = 0.5  # strength below which a muscle is drawn as limp
LOOKS = {  # parts of a robot
    "trunk": {"color": COLOURS["grey"], "linewidth": 1.2, "linestyle": "-"},
    "muscle": {"color": COLOURS["blue"], "linewidth": 2.6, "linestyle": "-"},
    "limp muscle": {"color": COLOURS["vermillion"], "linewidth": 2.0, "linestyle": (0, (1, 1))},
}


def uphill(frame, slope):
    """A frame (…, 2, 14), turned so that its ground rises by the slope in the picture."""
    turn = np.array([[np.cos(slope), -np.sin(slope)], [np.sin(slope), np.cos(slope)]])
    return turn @ np.asarray(frame, dtype=float)


def draw_robot(ax, frame, body, *, alpha=1.0):
    """The masses and springs of one robot, limp muscles dotted. frame (2, 14)."""
    x, y = uphill(frame, float(body.slope))
    alive = np.asarray(body.alive) >= LIMP
    kinds = np.array(["trunk"] * (len(SPRINGS) - N_MUSCLES) + ["muscle"] * N_MUSCLES, dtype=object)
    kinds[-N_MUSCLES:][~alive] = "limp muscle"
    for kind, look in LOOKS.items():
        pairs = np.array(SPRINGS)[kinds == kind]
        gap = np.full((len(pairs), 1), np.nan)
        ends = [np.hstack([part[pairs], gap]).ravel() for part in (x, y)]
        ax.plot(*ends, alpha=alpha, zorder=2, **look)
    ax.plot(x[:N_TRUNK], y[:N_TRUNK], "o", color="#444444", markersize=3, alpha=alpha)
    ax.plot(x[FEET], y[FEET], "o", color="black", markersize=4.5, alpha=alpha)


def draw_film(ax, frames, body, *, n_shown=5):
    """A walk: the robot at equal times, later ones darker, and the way of its middle.

    frames (T, 2, 14), as of `walker.film`."""
    frames = np.asarray(frames, dtype=float)
    slope = float(body.slope)
    shown = np.linspace(0, len(frames) - 1, n_shown).round().astype(int)
    for place, alpha in zip(shown, np.linspace(0.25, 1, n_shown), strict=True):
        draw_robot(ax, frames[place], body, alpha=alpha)
    middle = uphill(frames[..., :N_TRUNK].mean(-1, keepdims=True), slope)[..., 0]
    ax.plot(*middle.T, color=COLOURS["purple"], linewidth=1, linestyle="-", zorder=3)
    ends = np.array([-2.0, 4.0])
    ground = uphill(np.stack([ends, 0 * ends]), slope)
    ax.fill_between(*ground, -1.0, color="#DDD5C8", zorder=0)
    ax.plot(*ground, color="#6B5B45", linewidth=1.5, linestyle="-", zorder=1)
    gone = frames[-1, 0, :N_TRUNK].mean() - frames[0, 0, :N_TRUNK].mean()
    seconds = DT_FILM * (len(frames) - 1)
    ax.set_title(f"{gone:+.2f} m in {seconds:.1f} s".replace("-", "−"), size=10)
    across = min(-0.4, frames[:, 0].min() - 0.1), max(2.1, frames[:, 0].max() + 0.1)
    low = min(0.0, np.tan(slope) * across[0], np.tan(slope) * across[1]) - 0.08
    ax.set(xlabel="metres", aspect="equal", xlim=across, ylim=(low, low + 0.75))
    ax.set_yticks([])


def draw_distances(ax, distances):
    """What is left of gaits on other bodies: {gait: {body: metres}}, a group of bars for a body."""
    names = list(next(iter(distances.values())))
    width = 0.8 / len(distances)
    looks = [("blue", ""), ("vermillion", "//"), ("green", ".."), ("orange", "xx")]
    for number, ((gait, found), (colour, hatch)) in enumerate(
        zip(distances.items(), looks, strict=False)
    ):
        places = np.arange(len(names)) + width * (number - (len(distances) - 1) / 2)
        look = {"color": COLOURS[colour], "hatch": hatch, "edgecolor": "white", "linewidth": 0}
        ax.bar(places, [float(found[name]) for name in names], 0.9 * width, label=gait, **look)
    ax.axhline(0, color="black", linewidth=1)
    ax.set_xticks(range(len(names)), names)
    ax.set(ylabel="metres in 2.4 s")
    ax.legend(loc="upper right")


def draw_generations(ax, metres, shown):
    """How far a gait comes, by its generation: {body: metres (N,)}, a line each; `shown` is marked
    on all of them."""
    for (name, found), (colour, dash) in zip(
        metres.items(), (("blue", "-"), ("vermillion", "--"), ("green", "-.")), strict=False
    ):
        ax.plot(range(len(found)), found, color=COLOURS[colour], linestyle=dash, label=name)
        ax.plot(shown, found[shown], "o", color=COLOURS[colour], markersize=8)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="generation", ylabel="metres in 2.4 s")
    ax.legend(loc="upper left")


def draw_beliefs(ax, belief, tried=(), seen=(), truth=None):
    """What is believed of every gait, mean and 95 % interval; walks seen, and the truth if told.

    belief: a `Gaussian` of (G,), (G, G)."""
    mean = np.asarray(belief.mean, dtype=float)
    half = 1.96 * np.sqrt(np.clip(np.diagonal(np.asarray(belief.cov, dtype=float)), 0, None))
    gaits = np.arange(len(mean))
    ax.vlines(gaits, mean - half, mean + half, color=COLOURS["sky blue"], linewidth=4)
    look = {"markeredgecolor": "white", "linestyle": "none"}
    ax.plot(gaits, mean, "o", color=COLOURS["blue"], label="believed, 95 %", **look)
    if truth is not None:
        ax.plot(gaits, truth, "_", color="black", markersize=9, label="true")
    if len(tried):
        colour, marker = COLOURS["query"], MARKERS["query"]
        ax.plot(list(tried), list(seen), marker, color=colour, label="seen", **look)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="gait", ylabel="metres in 2.4 s", xlim=(-0.8, len(mean) - 0.2))
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderpad=0.2)


def draw_trials(ax, curves):
    """Metres by the number of trials: {name: (trials, means, half-widths)}, the last two (n,)."""
    looks = [("green", "D"), ("vermillion", "s"), ("blue", "o"), ("orange", "^"), ("grey", "v")]
    looks += [("purple", "X"), ("black", "*")]
    for (name, (trials, means, halves)), (colour, marker) in zip(
        curves.items(), looks, strict=False
    ):
        means, halves = np.asarray(means, dtype=float), np.asarray(halves, dtype=float)
        ax.plot(trials, means, marker=marker, color=COLOURS[colour], label=name)
        ax.fill_between(trials, means - halves, means + halves, color=COLOURS[colour], alpha=0.15)
        ax.set_xticks(trials)
    ax.set(xlabel="trials on the broken robot", ylabel="metres in 2.4 s")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
