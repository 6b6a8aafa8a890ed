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
ACROSS = -1.25, 4  # where a question begins, and the last of its answers ends
LETTERS = 22  # of a method's name on a line
SHARES = 0.05, 0.1, 0.2, 0.5


def draw_choices(ax, questions, situation, methods, advised):
    """A row a question, a box an answer; where this answer would change what is advised, to what.

    questions {name: (text, answers)}, situation {name: answer}, methods {name: {answer: method}}.
    The answers given have a thick border; those that leave the advice as it is are tinted. A band
    across every other row keeps its answers with its question.
    """
    for row, (name, (text, answers)) in enumerate(questions.items()):
        if row % 2 == 0:
            ax.fill_between(ACROSS, -row - 0.5, -row + 0.5, color="#f4f4f4", linewidth=0)
        ax.text(-0.05, -row, textwrap.fill(text, 24), ha="right", va="center", size=9)
        for column, answer in enumerate(answers):
            given, method = situation[name] == answer, methods[name][answer]
            stays = method == advised
            edge = ("black", 2.4) if given else ("#999999", 0.8)
            look = {"facecolor": TINT if stays else "white", "edgecolor": edge[0]}
            corner = column, -row - HIGH / 2
            ax.add_patch(Rectangle(corner, WIDE, HIGH, linewidth=edge[1], **look))
            told = answer if stays else f"{answer}\n{textwrap.fill('→ ' + method, LETTERS)}"
            look = {"weight": "bold" if given else "normal", "size": 9, "linespacing": 1.15}
            ax.text(column + WIDE / 2, -row, told, ha="center", va="center", **look)
    ax.text(0, 0.68, advised, weight="bold", size=12, va="bottom")
    ax.set(xlim=ACROSS, ylim=(0.5 - len(questions), 1.05))
    ax.set_axis_off()


def draw_missed(ax, curves, *, xlabel):
    """The share of θ that a learned subspace misses; `curves` maps a name to (counts, shares)."""
    for (colour, marker, style), (name, (counts, shares)) in zip(
        LOOKS, curves.items(), strict=False
    ):
        look = {"color": COLOURS[colour], "marker": marker, "linestyle": style}
        ax.plot(counts, shares, label=name, markeredgecolor="white", **look)
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel="share of θ that is missed")
    ax.set_yticks(SHARES, [str(share) for share in SHARES])
    ax.yaxis.minorticks_off()


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
    ax.xaxis.minorticks_off()


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
