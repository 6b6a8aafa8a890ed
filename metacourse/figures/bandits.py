"""The pictures of notebook 09a. Arm 0 is called A and arm 1 is called B."""

import numpy as np
from matplotlib.ticker import FixedFormatter, FixedLocator

from metacourse.figures.style import COLOURS, MARKERS

ARMS = {"A": "support", "B": "query"}  # and the colours of which roles they have
STYLES = "-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1))
PLACES = np.linspace(0.002, 0.998, 250)  # of a chance
HIGHEST = 6.0  # of a density that is drawn
ROLES_OF = {
    "random": "random",
    "UCB1": "ucb",
    "UCB, c chosen": "ucb",
    "Thompson": "thompson",
    "greedy": "greedy",
    "optimum": "optimum",
    "RL²": "memory",
    "you": "learner",
}  # of those that are drawn beside each other; others are grey


def role_of(name):
    """The role that a policy has by its name."""
    return ROLES_OF.get(name, "candidate")


def draw_beliefs(ax, belief, chances=None):
    """What is believed of the chance that each arm pays: densities, with a mark at each mean.

    belief (2, 2), counts of payments and failures; chances (2,): what the arms' truth is, if it is
    to be seen.
    """
    for row, (name, role) in enumerate(ARMS.items()):
        paid, failed = (float(number) for number in belief[row])
        mean = (1 + paid) / (2 + paid + failed)
        height = _density(np.append(PLACES, mean), paid, failed).clip(max=HIGHEST)
        colour, style = COLOURS[role], STYLES[row]
        ax.plot(PLACES, height[:-1], linestyle=style, color=colour)
        mark = {"color": colour, "markeredgecolor": "white", "markersize": 10, "zorder": 4}
        ax.plot([mean], height[-1:], MARKERS[role], **mark)
        told = f"{name}: paid {paid:.0f} of {paid + failed:.0f}, mean {mean:.2f}"
        ax.text(0.03, 0.95 - 0.08 * row, told, transform=ax.transAxes, color=colour, va="top")
        if chances is not None:
            truth = [float(chances[row])] * 2
            ax.plot(truth, [0, HIGHEST], linestyle=style, color=colour, linewidth=1)
    ax.set(xlabel="chance that an arm pays", ylabel="density", xlim=(0, 1), ylim=(0, HIGHEST + 1.6))


def _density(p, paid, failed):
    from scipy.special import betaln

    logs = paid * np.log(p) + failed * np.log1p(-p) - betaln(1 + paid, 1 + failed)
    return np.exp(logs)


def draw_choices(ax, choices):
    """With which chance policies pull arm A now, from 0, which is arm B, to 1; `choices` maps a
    name to a chance."""
    rows = np.arange(len(choices))[::-1]
    ax.axvline(0.5, color="#bbbbbb", linewidth=1, linestyle="-")
    for row, (name, chance) in zip(rows, choices.items(), strict=True):
        role = role_of(name)
        ax.plot([0.5, chance], [row, row], "-", color=COLOURS[role], linewidth=1.5)
        ax.plot([chance], [row], MARKERS[role], color=COLOURS[role], markersize=9, clip_on=False)
    _name_ticks(ax.yaxis, rows, [*choices])
    _name_ticks(ax.xaxis, [0, 0.5, 1], ["B", "½", "A"])
    ax.set(xlabel="chance of pulling arm A now", xlim=(0, 1), ylim=(-0.6, len(choices) - 0.4))


def draw_totals(ax, totals, n_pulls):
    """What was earned, or is on average; `totals` maps a name to rewards of n_pulls."""
    rows = np.arange(len(totals))[::-1]
    for row, (name, total) in zip(rows, totals.items(), strict=True):
        role = role_of(name)
        ax.plot([0, total], [row, row], "-", color=COLOURS[role], linewidth=1.5)
        ax.plot([total], [row], MARKERS[role], color=COLOURS[role], markersize=9, clip_on=False)
    _name_ticks(ax.yaxis, rows, [*totals])
    ticks = [0, n_pulls // 2, n_pulls]
    _name_ticks(ax.xaxis, ticks, [str(tick) for tick in ticks])
    label = f"rewards of {n_pulls} pulls of this bandit"
    ax.set(xlabel=label, xlim=(0, n_pulls), ylim=(-0.6, len(totals) - 0.4))


def _name_ticks(axis, places, names):
    """Name places of an axis; where they are as before nothing changes, and a live figure need not
    draw its frame again."""
    formatter = axis.get_major_formatter()
    before = [*axis.get_majorticklocs()], getattr(formatter, "seq", None)
    if before != ([*places], names):
        axis.set_major_locator(FixedLocator(places))
        axis.set_major_formatter(FixedFormatter(names))


def draw_worth(ax, more, now):
    """How much more an arm is worth than the other, by the number of pulls left.

    more (n,): Q(A) − Q(B) with 1 … n pulls left; now: the number of pulls that are left.
    """
    left = np.arange(1, len(more) + 1)
    more = np.asarray(more, dtype=float)
    ax.axhline(0, color="black", linewidth=1, linestyle="-")
    for (name, role), sign in zip(ARMS.items(), (1, -1), strict=True):
        mine = sign * more > 1e-12
        look = {"color": COLOURS[role], "linestyle": "none", "markersize": 6}
        ax.plot(left[mine], more[mine], MARKERS[role], **look)
        place = {"transform": ax.transAxes, "ha": "right", "va": "center"}
        ax.text(0.97, 0.5 + 0.44 * sign, f"pull {name}", color=COLOURS[role], **place)
    ax.plot(left, more, "-", color=COLOURS["grey"], linewidth=0.8, zorder=1)
    ring = {"markerfacecolor": "none", "markeredgecolor": "black", "markersize": 13}
    ax.plot([now], [more[now - 1]], "o", **ring)
    reach = max(0.05, 1.15 * np.abs(more).max())
    ax.set(xlabel="pulls left", ylabel="A is worth more by", ylim=(-reach, reach))
    ax.set_xlim(0, len(more) + 1)


def draw_returns(ax, earned, lines):
    """Returns of trainings, a row each with a mark for each seed; `earned` maps a name to values,
    `lines` maps a name to the return of a policy to compare with."""
    rows = np.arange(len(earned))[::-1]
    for row, values in zip(rows, earned.values(), strict=True):
        look = {"color": COLOURS["memory"], "markeredgecolor": "white", "linestyle": "none"}
        ax.plot(values, [row] * len(values), MARKERS["memory"], markersize=9, zorder=3, **look)
    for number, (name, value) in enumerate(lines.items()):
        look = {"color": COLOURS[role_of(name)], "linestyle": STYLES[number % 6], "linewidth": 1.2}
        ax.axvline(value, label=name, **look)
    ax.set_yticks(rows, list(earned))
    ax.set(xlabel="rewards on average", ylim=(-0.6, len(earned) - 0.4))
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
