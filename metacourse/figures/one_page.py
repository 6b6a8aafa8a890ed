"""The picture of notebook 05c: all methods of the course on one page."""

from matplotlib.ticker import LogLocator, NullLocator

from metacourse.figures.maml import OUTSIDE
from metacourse.figures.style import COLOURS

LOOKS = ("blue", "o"), ("orange", "s"), ("vermillion", "D"), ("green", "^")  # of the data sets
LEAST = 0.2  # per cent; smaller errors are drawn there


def draw_page(ax, rows, chance):
    """The errors of methods on several data sets with 95 % confidence intervals, on a logarithmic
    axis, family by family.

    rows: (name, family, {data set: interval of the accuracy}) in the order of the picture; chance:
    the accuracy of guessing.
    """
    families = list(dict.fromkeys(family for _, family, _ in rows))
    data = list(dict.fromkeys(name for _, _, found in rows for name in found))
    looks = dict(zip(data, LOOKS, strict=False))
    ticks, headings = [], []
    for family in families:
        headings.append(len(ticks))
        ticks.append(family)
        for name, _, found in (row for row in rows if row[1] == family):
            for number, (data_set, (mean, half_width)) in enumerate(found.items()):
                colour, marker = looks[data_set]
                error, place = 100 * (1 - mean), len(ticks) + 0.16 * (number - (len(data) - 1) / 2)
                low, high = max(LEAST, error - 100 * half_width), error + 100 * half_width
                ax.plot([low, max(LEAST, high)], [place] * 2, "-", color=COLOURS[colour], lw=1.5)
                label = data_set if len(ticks) == 1 else None
                look = {"color": COLOURS[colour], "markersize": 6, "linestyle": "none"}
                ax.plot(max(LEAST, error), place, marker, label=label, **look)
            ticks.append(name)
    ax.axvline(100 * (1 - chance), color="black", linewidth=1, linestyle=":", label="guessing")
    ax.set_yticks(range(len(ticks)), ticks)
    for place in headings:
        ax.get_yticklabels()[place].set_weight("bold")
        ax.yaxis.get_major_ticks()[place].tick1line.set_visible(False)
    ax.set(xscale="log", xlim=(LEAST, 100), ylim=(len(ticks) - 0.4, -0.6))
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.grid(axis="x", color="#e0e0e0", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_xlabel("error on characters that nobody trained on (%, logarithmic axis)")
    ax.legend(**OUTSIDE)
