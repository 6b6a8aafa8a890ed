"""The pictures of notebook 10b."""

import numpy as np

from metacourse.figures.style import COLOURS

ROLES_OF = {
    "counts, nearest mean": "pixels",
    "tf-idf, nearest mean": "protonet",
    "tf-idf, ridge": "greedy",
    "naive Bayes, uniform prior": "candidate",
    "naive Bayes, learned prior": "bayes",
    "weights, meta-learned": "meta_sgd",
    "naive Bayes, meta-learned": "maml",
    "network, meta-learned": "learned",
    "letters, nearest mean": "pixels",
    "letters, ridge": "greedy",
    "words, nearest mean": "protonet",
    "words, ridge": "candidate",
    "frozen encoder, nearest mean": "pretrained",
    "frozen encoder, ridge": "memory",
}
FOR, AGAINST = COLOURS["blue"], COLOURS["orange"]


def draw_shares(ax, shares, *, xlabel, chance=None):
    """A bar each, the first on top; `shares` maps a name to a number from 0 to 1."""
    rows = np.arange(len(shares))[::-1]
    ax.barh(rows, list(shares.values()), color=FOR, height=0.6)
    for row, share in zip(rows, shares.values(), strict=True):
        inside = share > 0.86
        place, colour = (share - 0.12, "white") if inside else (share + 0.02, "black")
        ax.text(place, row, f"{share:.0%}", va="center", size=9, color=colour)
    if chance is not None:
        ax.axvline(chance, color=COLOURS["grey"], linestyle=":", linewidth=1.5)
    ax.set_yticks(rows, list(shares))
    ax.set_xticks([0, 0.5, 1])
    ax.set(xlabel=xlabel, xlim=(0, 1), ylim=(-0.6, len(shares) - 0.4))


def draw_grams(ax, grams, *, name, other, n_rows):
    """N-grams by how far they speak for a language against another one, the strongest on top.

    `grams` maps an n-gram to log p(n-gram | name) − log p(n-gram | other), times how often it is
    asked; no more than n_rows are drawn.
    """
    told = dict(list(grams.items())[:n_rows])
    rows = np.arange(n_rows)[::-1][: len(told)]
    values = np.array(list(told.values()))
    colours = [FOR if value > 0 else AGAINST for value in values]
    ax.barh(rows, values, color=colours, height=0.7)
    reach = max(1.0, np.abs(values).max(initial=0) * 1.1)
    ax.axvline(0, color="black", linewidth=1, linestyle="-")
    ax.set_yticks(rows, list(told), family="monospace", parse_math=False)
    ax.set(xlabel=f"← {other}   log p   {name} →", xlim=(-reach, reach), ylim=(-0.6, n_rows - 0.4))


def draw_languages(ax, right, families, *, marked, chance):
    """Languages in the order of their accuracy, those of some families marked; the first three and
    the last three named.

    `right` maps a name to a share, the largest first; `families` a name to its family; `marked`
    families to (colour, marker).
    """
    names, shares = list(right), np.array(list(right.values()))
    places = np.arange(len(names))
    own = np.array([families[name] for name in names])
    rest = ~np.isin(own, list(marked))
    ax.plot(places[rest], shares[rest], ".", color=COLOURS["grey"], label="others")
    for family, (colour, marker) in marked.items():
        of_family = own == family
        look = {"color": COLOURS[colour], "linestyle": "none", "markersize": 6}
        ax.plot(places[of_family], shares[of_family], marker, label=family, **look)
    ax.axhline(chance, color="black", linestyle=":", linewidth=1)
    ax.text(places[0], chance + 0.01, "chance", size=9)
    ends = {"easiest": (0.14, 0.95, "left"), "hardest": (0.98, 0.06, "right")}
    for (what, (x, y, side)), some in zip(ends.items(), (names[:3], names[-3:]), strict=True):
        ax.text(x, y, f"{what}: {', '.join(some)}", transform=ax.transAxes, ha=side, size=9)
    ax.set(xlabel="languages, the easiest first", ylabel="words told right", ylim=(0, 1))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 0.25))
