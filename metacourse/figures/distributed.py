"""The pictures of notebook 11a."""

import numpy as np

from metacourse.figures.style import COLOURS, MARKERS

PARTS = {  # of a step: colour, line
    "the step": ("black", "-"),
    "computing": ("blue", "--"),
    "messages": ("vermillion", "-."),
    "fixed": ("grey", ":"),
}
KEYS = 0.0, 0.22, 0.5, 0.76  # where their names stand, of the width
POWERS = range(-2, 6)  # of ten, in milliseconds
CLOCKS = {"processor's clock": ("bayes", 0.12), "wall's clock": ("pixels", -0.12)}


def draw_ring(axes, states):
    """What processes hold: of how many each part is the sum. A state (P, P): row r process r,
    column p part p; an axis a state."""
    n = len(states[0])
    for turn, (ax, state) in enumerate(zip(axes, states, strict=True)):
        ax.imshow(np.asarray(state), cmap="Blues", vmin=0, vmax=1.2 * n)
        for row in range(n):
            for column in range(n):
                complete = state[row][column] == n
                look = {"weight": "bold", "color": "white"} if complete else {}
                ax.text(column, row, int(state[row][column]), ha="center", va="center", **look)
        ax.set_xticks(range(n), "abcdefgh"[:n])
        ax.set_yticks(range(n), range(n) if turn == 0 else [""] * n)
        ax.set_title("at first" if turn == 0 else f"turn {turn - 1}", size=10)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    axes[0].set_ylabel("process")
    axes[0].set_xlabel("part")


def draw_messages(ax, n_bytes, milliseconds, model):
    """How long vectors of several lengths take: medians and quartiles of rounds (each a list of
    milliseconds), and the model's milliseconds at a grid of lengths, (bytes, ms)."""
    ax.plot(*model, "-", color=COLOURS["black"], label="ring, fitted")
    low, middle, high = np.array([np.quantile(of, (0.25, 0.5, 0.75)) for of in milliseconds]).T
    look = {"color": COLOURS["query"], "marker": MARKERS["query"], "linestyle": "none"}
    ax.vlines(n_bytes, low, high, color=COLOURS["query"], linewidth=1.5)
    ax.plot(n_bytes, middle, **look, label="measured: median, quartiles")
    ax.set(xscale="log", yscale="log", xlabel="bytes of a vector", ylabel="milliseconds")
    ax.legend(loc="upper left")


def draw_gains(ax, measured, foretold):
    """What two processes gain: measured {clock: {name: list}} as medians and quartiles, foretold
    {name: by the model}; 1 is nothing, 2 all."""
    names = list(foretold)
    rows = np.arange(len(names))[::-1]
    for clock, found in measured.items():
        role, shift = CLOCKS[clock]
        for row, name in zip(rows, names, strict=True):
            low, middle, high = np.quantile(found[name], (0.25, 0.5, 0.75))
            ax.plot([low, high], [row + shift] * 2, "-", color=COLOURS[role], linewidth=1.5)
            label = clock if row == rows[0] else None
            ax.plot([middle], [row + shift], MARKERS[role], color=COLOURS[role], label=label)
    ax.plot([*foretold.values()], rows, "*", color="black", markersize=12, label="model")
    ax.axvline(1, color="#bbbbbb", linewidth=1, linestyle="-")
    ax.axvline(2, color="#bbbbbb", linewidth=1, linestyle="-")
    ax.set_yticks(rows, names)
    ax.set(xlabel="times as fast with two processes", ylim=(-0.6, len(names) - 0.4))
    ax.legend(loc="lower left", bbox_to_anchor=(1.02, 0))


def draw_noise(ax, n_steps, scales):
    """The noise scale along trainings: a list of scales for each number of steps."""
    places = range(len(n_steps))
    look = {"color": COLOURS["maml"], "marker": MARKERS["maml"], "linestyle": "none"}
    for place, found in zip(places, scales, strict=True):
        ax.plot([place] * len(found), found, **look)
    ax.plot(places, [np.median(found) for found in scales], "-", color=COLOURS["maml"])
    ax.set_xticks(places, [str(n) for n in n_steps])
    ax.set(yscale="log", xlabel="outer steps", ylabel="noise scale (tasks)")


def draw_batches(ax, n_tasks, taken, *, ylabel, role):
    """What trainings took, by the tasks of a step: a list of numbers for each."""
    look = {"color": COLOURS[role], "marker": MARKERS[role]}
    for number, found in zip(n_tasks, taken, strict=True):
        ax.plot([number] * len(found), found, linestyle="none", **look)
    ax.plot(n_tasks, [np.median(found) for found in taken], "-", color=COLOURS[role])
    ax.set(xscale="log", yscale="log", xlabel="tasks in a step", ylabel=ylabel)
    ax.set_xticks(n_tasks, [str(n) for n in n_tasks])
    low, high = ax.get_ylim()
    ticks = [d * 10**power for power in range(1, 6) for d in (1, 2, 5)]
    inside = [tick for tick in ticks if low <= tick <= high]
    ax.set_yticks(inside, [f"{tick:,}" for tick in inside])
    ax.minorticks_off()


def draw_step_times(ax, n_processes, times, chosen):
    """Milliseconds of a step and of its parts by the number of processes, powers of two; `times`
    has an array for each name of PARTS. `chosen` is the place of one of them. The axes count
    exponents: a log axis takes four times as long to draw."""
    places = np.arange(len(n_processes))
    for (name, (colour, line)), start in zip(PARTS.items(), KEYS, strict=True):
        look = {"color": COLOURS[colour], "linestyle": line}
        with np.errstate(divide="ignore"):
            heights = np.log10(np.asarray(times[name]))
        ax.plot(places, np.where(np.isfinite(heights), heights, np.nan), **look, label=name)
        place = {"transform": ax.transAxes, "clip_on": False}
        ax.plot([start, start + 0.05], [1.05, 1.05], **look, **place)
        ax.text(start + 0.06, 1.05, name, va="center", size=9, transform=ax.transAxes)
    here = np.log10(times["the step"][chosen])
    ax.plot([chosen], [here], "o", color="black", markersize=9)
    ax.set_xticks(places[::2], [str(n) for n in n_processes[::2]])
    ax.set_yticks(POWERS, [f"{10.0**power:g}" for power in POWERS])
    ax.set(xlabel="processes", ylabel="milliseconds a step", ylim=(-2, 5))


def draw_efficiency(ax, n_processes, efficiency, hidden, chosen):
    """What part of P times one process P of them bring; where communication is hidden, a mask, the
    line is thick."""
    places = np.arange(len(n_processes))
    ax.plot(places, efficiency, "-", color=COLOURS["grey"], linewidth=1.5)
    thick = np.where(hidden, efficiency, np.nan)
    ax.plot(places, thick, "s-", color=COLOURS["green"], linewidth=5, markersize=5)
    ax.plot([chosen], [efficiency[chosen]], "o", color="black", markersize=9)
    ax.text(0, 1.05, "thick: messages hidden", transform=ax.transAxes, size=9, va="center")
    ax.set_xticks(places[::2], [str(n) for n in n_processes[::2]])
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    ax.set(xlabel="processes", ylabel="efficiency", ylim=(-0.03, 1.05))
