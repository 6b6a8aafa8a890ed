"""The pictures of chapter 01: tasks as letters, accuracies with intervals, a timeline."""

import numpy as np

from metacourse.figures.style import COLOURS, MARKERS

FAMILIES = {
    "optimisation-based": ("green", "D"),
    "model-based": ("vermillion", "s"),
    "metric-based": ("blue", "o"),
    "beginnings and data": ("black", "^"),
}
LANDMARKS = (
    (1976, "Rice", "which algorithm for which problem?", "beginnings and data"),
    (1987, "Schmidhuber", "programs that improve their own learning", "beginnings and data"),
    (1990, "Bengio, Bengio & Cloutier", "learning a learning rule", "optimisation-based"),
    (1992, "Schmidhuber", "fast weights, set by another network", "model-based"),
    (1994, "Brazdil, Gama & Henery", "which learner for which data", "beginnings and data"),
    (1997, "Caruana", "multitask learning", "beginnings and data"),
    (1998, "Thrun & Pratt", "“Learning to Learn”, the book", "beginnings and data"),
    (2000, "Baxter", "a theory of learning a bias", "beginnings and data"),
    (2001, "Hochreiter, Younger & Conwell", "an LSTM that learns to learn", "model-based"),
    (2002, "Vilalta & Drissi", "meta-learning surveyed", "beginnings and data"),
    (2006, "Fei-Fei, Fergus & Perona", "one-shot learning of objects", "beginnings and data"),
    (2011, "Lake et al.", "one-shot learning, Omniglot", "beginnings and data"),
    (2015, "Lake, Salakhutdinov & Tenenbaum", "letters as programs", "beginnings and data"),
    (2015, "Koch, Zemel & Salakhutdinov", "Siamese networks for one shot", "metric-based"),
    (2016, "Santoro et al.", "a network with an outer memory", "model-based"),
    (2016, "Vinyals et al.", "matching networks, episodes", "metric-based"),
    (2016, "Andrychowicz et al.", "a learned optimiser", "optimisation-based"),
    (2017, "Ravi & Larochelle", "an LSTM as update rule", "optimisation-based"),
    (2017, "Finn, Abbeel & Levine", "MAML, a learned start", "optimisation-based"),
    (2017, "Snell, Swersky & Zemel", "prototypical networks", "metric-based"),
    (2018, "Nichol, Achiam & Schulman", "Reptile, first order only", "optimisation-based"),
    (2018, "Garnelo et al.", "conditional neural processes", "model-based"),
    (2020, "Brown et al.", "GPT-3 learns from its prompt", "model-based"),
    (2022, "Müller et al.", "prior-fitted networks", "model-based"),
    (2023, "Hollmann et al.", "TabPFN, a network that reads tables", "model-based"),
    (2025, "Hollmann et al.", "TabPFN again, for larger tables", "model-based"),
)


def draw_episode(axes, episode, leaks=(), trained_on=(), columns=8, rows=5):
    """Draw the support set on axes[0] and the query set on axes[1], a column for each class.

    leaks: pairs (query, support) to be framed; trained_on: queries to be framed with dashes. The
    letters keep their size up to columns × rows.
    """
    x_support, y_support, x_query, y_query = episode
    support = _draw_set(
        axes[0], x_support, y_support, "Support set: learn from these", columns, rows
    )
    query = _draw_set(axes[1], x_query, y_query, "Query set: answer these", columns, rows)
    for i, j in leaks:
        _frame(axes[0], support[j], "-")
        _frame(axes[1], query[i], "-")
    for i in trained_on:
        _frame(axes[1], query[i], (0, (2, 1)))


def draw_alarm(ax, n_copied, n_known, n_queries):
    """Write under the letters how many queries leaked: copied from the support set, or known from
    training."""
    found = "copied from the support set" if n_copied else "seen in training"
    alarm = f"✗ Alarm: {n_copied or n_known} of {n_queries} queries {found}"
    leaked = n_copied or n_known
    text, colour = (alarm, "vermillion") if leaked else ("✓ no alarm", "blue")
    place = {"transform": ax.figure.transFigure, "ha": "center", "size": 12, "weight": "bold"}
    ax.text(0.5, 0.04, text, color=COLOURS[colour], **place)


def _draw_set(ax, images, labels, title, columns, rows):
    """Draw images in their label's column and return the place (column, row) of each."""
    counts, places = labels.bincount(), []
    canvas = np.full((int(counts.max()) * 32, len(counts) * 32, 3), 255, np.uint8)
    for image, label in zip(images.numpy(), labels.tolist(), strict=True):
        row = sum(column == label for column, _ in places)
        cell = canvas[row * 32 : row * 32 + 32, label * 32 : label * 32 + 32]
        cell[:], cell[1:31, 1:31] = 190, 255  # a grey rim
        cell[2:30, 2:30] = 255 - image[:, :, None]
        places.append((label, row))
    extent = (0, len(counts), int(counts.max()), 0)
    ax.imshow(canvas, extent=extent, interpolation="nearest")
    ax.text(0, -0.85, title, size=11)
    for label in range(len(counts)):
        ax.text(label + 0.5, -0.15, label, ha="center", color="#444444")
    ax.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -1.4))
    ax.set_axis_off()
    return places


def _corners(column, row):
    return [column, column + 1, column + 1, column, column], [row, row, row + 1, row + 1, row]


def _frame(ax, place, linestyle):
    ax.plot(*_corners(*place), color=COLOURS["vermillion"], linewidth=3, linestyle=linestyle)


def draw_round(ax, images, query):
    """Draw the five numbered letters of a round of the game, and the letter that is asked for."""
    n_way = len(images)
    canvas = np.full((28, 32 * (n_way + 2)), 0.0)
    for place, image in [*enumerate(images), (n_way + 1, query)]:
        canvas[:, place * 32 + 2 : place * 32 + 30] = image
    ax.imshow(canvas, cmap="gray_r", vmin=0, vmax=255, extent=(0, n_way + 2, 1, 0))
    for place in range(n_way):
        ax.text(place + 0.5, 1.05, str(place + 1), ha="center", va="top", size=13)
    ax.text(n_way + 1.5, 1.05, "which one?", ha="center", va="top", size=11)
    ax.set(xlim=(0, n_way + 2), ylim=(1.4, -0.05))
    ax.set_axis_off()


def draw_scores(ax, scores, n_rounds):
    """Draw how many of the rounds each player got right: {role: (name, right)}."""
    names = [name for name, _ in scores.values()]
    for place, (role, (_, right)) in enumerate(scores.items()):
        ax.barh(place, right, color=COLOURS[role], height=0.6)
        ax.text(right, place, f"  {right} of {n_rounds}", va="center")
    ax.axvline(n_rounds / 5, color="black", linewidth=1, linestyle=":")
    ax.text(n_rounds / 5, len(scores) - 0.55, " guessing", va="bottom", size=9)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlim=(0, max(n_rounds, 1) * 1.15), xlabel="rounds right", ylim=(-0.5, len(scores)))


def draw_errors(ax, results, chance):
    """Draw the share of wrong answers against K, both axes logarithmic, from accuracies with 95 %
    intervals: {role: (name, {K: (mean, half-width)})}; chance is the accuracy of guessing."""
    for role, (name, by_shots) in results.items():
        means, half_widths = np.array(list(by_shots.values()), dtype=float).T * 100
        errors = 100 - means
        below = np.minimum(half_widths, 0.9 * errors)  # a logarithm has no room for 0
        look = {"color": COLOURS[role], "marker": MARKERS[role], "linestyle": "-", "capsize": 4}
        ax.errorbar(list(by_shots), errors, (below, half_widths), label=name, **look)
    ax.axhline(100 - 100 * chance, color="black", linewidth=1, linestyle=":")
    ax.text(1, 102 - 100 * chance, "guessing", size=9, va="bottom")
    ax.set(xscale="log", yscale="log", ylim=(0.1, 130))
    ax.set(xlabel="K, labelled images of each class", ylabel="wrong answers on new scripts (%)")
    ax.set_xticks(ticks := list(by_shots), ticks)
    ax.set_yticks(ticks := (0.1, 0.3, 1, 3, 10, 30, 100), ticks)
    ax.minorticks_off()
    ax.figure.legend(loc="outside right upper", frameon=False)


def draw_seeds(ax, results):
    """Draw accuracies of one training a line, with intervals over tasks: {role: (name, means,
    half-widths)} in percent, a number a seed; what training again changes is how far lines of a
    colour lie apart."""
    row, places = 0, []
    for role, (name, means, half_widths) in results.items():
        rows = [row + seed for seed in range(len(means))]
        look = {"color": COLOURS[role], "marker": MARKERS[role], "linestyle": "", "capsize": 4}
        ax.errorbar(means, rows, xerr=half_widths, **look)
        places += [(place, f"{name}, seed {seed}") for seed, place in enumerate(rows)]
        row += len(means) + 0.7
    ax.set_yticks(*zip(*places, strict=True))
    ax.invert_yaxis()
    ax.grid(axis="x", color="#DDDDDD")
    ax.set_axisbelow(True)
    ax.set_xlabel("accuracy at K = 1 (%), and its 95 % interval over 600 tasks")


def draw_leaks(ax, scores):
    """Draw accuracies with and without a leak: {name: (mean, half-width)}, the honest one first."""
    for place, (mean, half_width) in enumerate(scores.values()):
        colour = COLOURS["blue" if place == 0 else "vermillion"]
        ax.barh(place, 100 * mean, xerr=100 * half_width, color=colour, height=0.6, capsize=4)
        ax.text(100 * (mean + half_width) + 1, place, f"{mean:.1%}", va="center")
    honest = 100 * next(iter(scores.values()))[0]
    ax.axvline(honest, color="black", linewidth=1, linestyle=":")
    ax.set_yticks(range(len(scores)), list(scores))
    ax.invert_yaxis()
    ax.set(xlim=(0, 112), xlabel="accuracy it reports (%)")


def draw_intervals(ax, intervals, truth, title):
    """Draw many intervals (mean, half-width), one above the other; those that miss stand out."""
    for place, (mean, half_width) in enumerate(intervals):
        hit = abs(mean - truth) <= half_width
        colour, marker = ("blue", "o") if hit else ("vermillion", "x")
        ax.plot(
            [100 * (mean - half_width), 100 * (mean + half_width)],
            [place, place],
            color=COLOURS[colour],
            linewidth=1.5,
            linestyle="-",
        )
        size = {"markersize": 4} if hit else {"markersize": 7, "markeredgewidth": 2}
        ax.plot(100 * mean, place, color=COLOURS[colour], marker=marker, **size)
    ax.axvline(100 * truth, color="black", linewidth=1, linestyle=":")
    ax.set_title(title)
    ax.set(xlabel="accuracy (%)", xlim=(100 * truth - 12, 100 * truth + 12), yticks=[])
    ax.set_ylabel("experiments, one a line")


STEPS = (
    ("1  A set of tasks", "many small problems,\neach with support and query"),
    (
        "2  Train the meta-model",
        "adapt to the support set,\njudge on the query set,\nimprove what is shared",
    ),
    ("3  Adapt to a new task", "classes nobody trained on,\na few labelled images"),
)


def draw_steps(ax, train_images, test_images):
    """Draw the three steps – a set of tasks, train the meta-model, adapt to a new task – as boxes.

    train_images, test_images: (6, 28, 28), letters for the first and for the last box.
    """
    for place, (title, text) in enumerate(STEPS):
        left = place * 1.15
        ax.plot(*_box(left, 0, 1, 1), color="#444444", linewidth=1.2, linestyle="-")
        ax.text(left + 0.5, 0.86, title, ha="center", va="center", weight="bold", size=11)
        ax.text(left + 0.5, 0.6, text, ha="center", va="center", size=10)
        if place < 2:
            arrow = {"arrowstyle": "-|>", "color": "#444444", "linewidth": 2}
            ax.annotate("", (left + 1.15, 0.5), (left + 1, 0.5), arrowprops=arrow)
    for place, images in ((0, train_images), (2, test_images)):
        strip, left = np.concatenate(list(np.asarray(images)), axis=1), place * 1.15
        extent = (left + 0.05, left + 0.95, 0.12, 0.38)
        ax.imshow(strip, cmap="gray_r", extent=extent, aspect="auto")
    text = "learned across tasks: θ\nchanges inside a task: θ′"
    ax.text(1.65, 0.22, text, ha="center", va="center", size=10)
    ax.set(xlim=(-0.02, 3.32), ylim=(-0.02, 1.02))
    ax.set_axis_off()


def _box(left, bottom, width, height):
    right, top = left + width, bottom + height
    return [left, right, right, left, left], [bottom, bottom, top, top, bottom]


def draw_timeline(ax):
    """Draw the landmarks of meta-learning at their years, one to a line, marked by family."""
    for place, (year, who, what, family) in enumerate(LANDMARKS):
        colour, marker = FAMILIES[family]
        ax.plot(year, place, marker=marker, color=COLOURS[colour], markersize=9, linestyle="")
        side = "left" if year < 2007 else "right"
        offset = 0.8 if side == "left" else -0.8
        ax.text(year + offset, place, f"{who} {year}: {what}", ha=side, va="center", size=9.5)
    for family, (colour, marker) in FAMILIES.items():
        ax.plot([], [], marker=marker, color=COLOURS[colour], linestyle="", label=family)
    ax.legend(loc="lower left", frameon=False)
    ax.set(xlim=(1975, 2026.5), ylim=(len(LANDMARKS) - 0.3, -0.7), yticks=[], xlabel="year")
    ax.set_xticks(range(1975, 2026, 5))
    ax.grid(axis="x", color="#DDDDDD")
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
