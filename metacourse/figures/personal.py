"""The pictures of notebook 10a."""

import numpy as np

from metacourse.figures.style import COLOURS, MARKERS

STYLES = "-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1))
STARS = 0.0, 5.9  # of an axis
ROLES_OF = {
    "the film's mean": "params",
    "own mean": "least_squares",
    "shrunk, by a learned prior": "bayes",
    "and a line on the genres": "candidate",
    "learned tastes": "learned",
    "learned tastes, not tuned": "query",
    "films that go together": "meta_sgd",
    "MAML, mean of the losses": "first_order",
    "MAML, sum of the losses": "maml",
}
FORETOLD = {
    "average of others": {"marker": "|", "color": COLOURS["black"], "markersize": 13},
    "foretold for you": {"marker": MARKERS["bayes"], "color": COLOURS["bayes"]},
    "your stars": {"marker": MARKERS["query"], "color": COLOURS["query"]},
}
KEYS = 0.2, 2.4, 4.4  # where the names of these stand, in stars
CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 61)), np.sin(np.linspace(0, 2 * np.pi, 61))])


def draw_by_told(ax, told, errors, *, xlabel, ylabel):
    """Errors by how much was told, at equal distances; `errors` maps a name to (values, role)."""
    places = range(len(told))
    for number, (name, (values, role)) in enumerate(errors.items()):
        look = {"color": COLOURS[role], "marker": MARKERS[role], "markeredgecolor": "white"}
        ax.plot(places, values, linestyle=STYLES[number % 6], label=name, **look)
    ax.set_xticks(places, [str(n) for n in told])
    ax.set(xlabel=xlabel, ylabel=ylabel)


def draw_differences(ax, differences, *, xlabel):
    """How much more or less than a rival's, with 95 % intervals; `differences` maps a name to
    (mean, half-width, role). What excludes 0 is filled."""
    rows = np.arange(len(differences))[::-1]
    ax.axvline(0, color="black", linewidth=1, linestyle="-")
    for row, (mean, half_width, role) in zip(rows, differences.values(), strict=True):
        ends = mean - half_width, mean + half_width
        ax.plot(ends, [row, row], "-", color=COLOURS[role], linewidth=1.5)
        fill = COLOURS[role] if abs(mean) > half_width else "white"
        look = {"color": COLOURS[role], "markerfacecolor": fill, "markersize": 9}
        ax.plot([mean], [row], MARKERS[role], **look)
    ax.set_yticks(rows, list(differences))
    ax.set(xlabel=xlabel, ylim=(-0.6, len(differences) - 0.4))


def draw_foretold(ax, titles, averages, mean, deviation, rated):
    """What is foretold of films for one person: a mean with a 95 % band each, beside what others
    give on average and what this person gave. All (F,); rated is nan where nothing was told."""
    rows = np.arange(len(titles))[::-1]
    half_width = 1.96 * np.asarray(deviation)
    for row, middle, reach in zip(rows, np.asarray(mean), half_width, strict=True):
        ends = np.clip([middle - reach, middle + reach], *STARS)
        ax.plot(ends, [row, row], "-", color=COLOURS["bayes"], linewidth=5, alpha=0.35)
    top = len(titles) + 0.3
    look = {"linestyle": "none", "markersize": 8}
    given = {"average of others": averages, "foretold for you": mean, "your stars": rated}
    for place, (name, values) in enumerate(given.items()):
        shape = look | FORETOLD[name]
        ax.plot(np.clip(np.asarray(values), *STARS), rows, label=name, **shape)
        ax.plot([KEYS[place]], [top], **shape)  # a Legend takes three times as long to draw
        ax.text(KEYS[place] + 0.15, top, name, va="center", size=9)
    ax.set_yticks(rows, titles)
    ax.set(xlabel="stars", xlim=STARS, ylim=(-0.6, len(titles) + 0.8))


def draw_taste(ax, before, after, poles):
    """What is believed of two tastes: ellipses that hold 95 %, before anything was told and now.

    before, after: (mean (2,), cov (2, 2)); poles: the names of both ends of each taste.
    """
    for (mean, cov), role, style in ((before, "grey", ":"), (after, "bayes", "-")):
        factor = np.linalg.cholesky(np.asarray(cov, dtype=float))
        x, y = np.asarray(mean, dtype=float)[:, None] + 2.448 * factor @ CIRCLE
        ax.plot(x, y, linestyle=style, color=COLOURS[role], linewidth=2)
    mean = np.asarray(after[0], dtype=float)
    ax.plot(*mean[:, None], MARKERS["bayes"], color=COLOURS["bayes"], markersize=9)
    ax.axhline(0, color="#bbbbbb", linewidth=1, linestyle="-")
    ax.axvline(0, color="#bbbbbb", linewidth=1, linestyle="-")
    (left, right), (low, high) = poles
    ax.set(xlim=(-4, 4), ylim=(-4, 4), xlabel=f"{left} ← likes → {right}")
    ax.set_ylabel(f"{low} ← likes → {high}")


def draw_questions(ax, ability, chances, names):
    """The chance of a yes to some questions, by ability: chances (G, J)."""
    for number, name in enumerate(names):
        ax.plot(ability, chances[:, number], linestyle=STYLES[number % 6], label=name)
    ax.set(xlabel="ability θ", ylabel="chance of a yes", ylim=(-0.02, 1.02))
    ax.legend(loc="upper left")


def draw_ability(ax, ability, beliefs):
    """Beliefs about an ability; `beliefs` maps a name to weights (G,)."""
    width = float(ability[1] - ability[0])
    for number, (name, weights) in enumerate(beliefs.items()):
        ax.plot(ability, np.asarray(weights) / width, linestyle=STYLES[number % 6], label=name)
    ax.set(xlabel="ability θ", ylabel="density", ylim=(0, None))
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
