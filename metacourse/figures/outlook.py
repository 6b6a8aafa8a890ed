"""The pictures of notebook 11b."""

import textwrap

import numpy as np
from matplotlib.patches import Rectangle

from metacourse.figures.style import COLOURS

LOOKS = (("blue", "o", "-"), ("vermillion", "s", "--"), ("green", "D", "-."), ("purple", "h", ":"))
KINDS = {"the many": ("blue", "o"), "the few": ("vermillion", "s")}
STYLES = {"one learned prior": "-", "nothing learned": "--"}
WIDE, HIGH = 0.96, 0.84  # a box among the choices
TINT = "#cfe8f7"
LETTERS = 21  # of a method's name on a line


def draw_choices(ax, questions, situation, methods, advised):
    """A row a question, a box an answer, in each what would be advised with this answer.

    questions {name: (text, answers)}, situation {name: answer}, methods {name: {answer: method}}.
    The answers given have a thick border; what is advised already is tinted.
    """
    for row, (name, (text, answers)) in enumerate(questions.items()):
        ax.text(-0.05, -row, textwrap.fill(text, 24), ha="right", va="center", size=9)
        for column, answer in enumerate(answers):
            given, method = situation[name] == answer, methods[name][answer]
            fill = TINT if method == advised else "white"
            edge = {
                "edgecolor": "black" if given else "#999999",
                "linewidth": 2.4 if given else 0.8,
            }
            box = (column, -row - HIGH / 2), WIDE, HIGH
            ax.add_patch(Rectangle(*box, facecolor=fill, **edge))
            centre = column + WIDE / 2
            told = f"{answer}\n{textwrap.fill(method, LETTERS)}"
            look = {"weight": "bold" if given else "normal", "size": 8.5, "linespacing": 1.15}
            ax.text(centre, -row, told, ha="center", va="center", **look)
    ax.set(xlim=(-1.25, 4), ylim=(0.55 - len(questions), 0.55))
    ax.set_axis_off()


def draw_missed(ax, curves, *, xlabel):
    """The share of θ that a learned subspace misses; `curves` maps a name to (counts, shares)."""
    for (colour, marker, style), (name, (counts, shares)) in zip(
        LOOKS, curves.items(), strict=False
    ):
        look = {"color": COLOURS[colour], "marker": marker, "linestyle": style}
        ax.plot(counts, shares, label=name, markeredgecolor="white", **look)
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel="share of θ that is missed")


def draw_new_task(ax, shots, learners):
    """The error of a new task by its shots: `learners` maps a name to (by formula, measured)."""
    for (colour, marker, style), (name, (exact, found)) in zip(
        LOOKS, learners.items(), strict=True
    ):
        look = {"color": COLOURS[colour]}
        ax.plot(shots, exact, linestyle=style, label=name, **look)
        ax.plot(shots, found, marker, markeredgecolor="white", **look)
    ax.set(xscale="log", yscale="log", xlabel="shots in the new task", ylabel="squared error of θ")
    ax.set_xticks(shots, [str(n) for n in shots])
    ax.minorticks_off()


def draw_kinds(ax, shots, learners):
    """Errors of both kinds by shots; `learners` maps a name to means and reaches, (2, shots)."""
    places = np.arange(len(shots))
    for name, (means, reaches) in learners.items():
        for (kind, (colour, marker)), mean, reach in zip(
            KINDS.items(), np.asarray(means), np.asarray(reaches), strict=True
        ):
            look = {"color": COLOURS[colour], "marker": marker, "linestyle": STYLES[name]}
            ax.plot(places, mean, label=f"{kind}, {name}", markeredgecolor="white", **look)
            ax.fill_between(places, mean - reach, mean + reach, color=COLOURS[colour], alpha=0.2)
    ax.set_xticks(places, [str(n) for n in shots])
    ax.set(yscale="log", xlabel="points of the new task", ylabel="squared error")
