"""The picture of chapter 00: the map of the course."""

import textwrap
from typing import NamedTuple

from matplotlib.patches import FancyBboxPatch

from metacourse.figures.style import COLOURS


class Sitting(NamedTuple):
    """A notebook of a chapter: its minutes for who reads alone, and in class."""

    alone: int
    in_class: int


class Chapter(NamedTuple):
    """A chapter on the map: its question, its notebooks, its place, the chapters before it."""

    title: str
    question: str
    sittings: dict[str, Sitting]
    place: tuple[int, int]
    after: tuple[str, ...] = ()


LINE = 28  # letters of small type in a box
CHAPTERS = {
    "00": Chapter("Start here", "Does everything work?", {"00": Sitting(25, 10)}, (0, 1)),
    "01": Chapter(
        "Concepts",
        "How can anything learn a\nletter from one picture?",
        {"01a": Sitting(90, 45), "01b": Sitting(50, 45)},
        (1, 1),
        ("00",),
    ),
    "02": Chapter(
        "Linear regression",
        "What exactly does\nMAML minimise?",
        {"02a": Sitting(80, 75), "02b": Sitting(90, 75)},
        (2, 1),
        ("01",),
    ),
    "03": Chapter(
        "MAML",
        "Can one gradient step\nbe enough?",
        {"03a": Sitting(90, 60), "03b": Sitting(90, 75)},
        (2, 0),
        ("02",),
    ),
    "04": Chapter(
        "Siamese networks",
        "Can we compare instead\nof classify?",
        {"04a": Sitting(90, 75), "04b": Sitting(70, 60), "04c": Sitting(55, 55)},
        (1, 0),
        ("03",),
    ),
    "05": Chapter(
        "LSTM meta-learner",
        "What if learning itself\nis learned?",
        {"05a": Sitting(90, 60), "05b": Sitting(90, 100), "05c": Sitting(75, 60)},
        (0, 0),
        ("04",),
    ),
    "06": Chapter(
        "Hyperparameters",
        "Who chooses the\nlearning rate?",
        {
            "06a": Sitting(70, 60),
            "06b": Sitting(80, 60),
            "06c": Sitting(90, 60),
            "06d": Sitting(90, 60),
        },
        (0, -1),
        ("05",),
    ),
    "07": Chapter(
        "Bayes",
        "How sure may\na learner be?",
        {
            "07a": Sitting(90, 60),
            "07b": Sitting(75, 60),
            "07c": Sitting(80, 60),
            "07d": Sitting(90, 60),
        },
        (1, -1),
        ("06",),
    ),
    "08": Chapter(
        "Attention",
        "Can one look at the\npoints be learning?",
        {"08a": Sitting(75, 60), "08b": Sitting(90, 60)},
        (2, -1),
        ("07",),
    ),
    "09": Chapter(
        "Acting",
        "What if only a reward\nsays how it was?",
        {"09a": Sitting(85, 60), "09b": Sitting(85, 60), "09c": Sitting(85, 60)},
        (2, -2),
        ("08",),
    ),
    "10": Chapter(
        "In the wild",
        "What does it bring\non real data?",
        {"10a": Sitting(90, 60), "10b": Sitting(90, 65)},
        (1, -2),
        ("09",),
    ),
    "11": Chapter(
        "The way on",
        "What next, and on\nhow many machines?",
        {"11a": Sitting(90, 55), "11b": Sitting(90, 70)},
        (0, -2),
        ("10",),
    ),
}


def draw_map(ax):
    """The chapters as boxes, with their questions and minutes, and arrows in the reading order."""
    for number, chapter in CHAPTERS.items():
        x, y = chapter.place
        box = {"boxstyle": "round,pad=0.02", "linewidth": 2, "edgecolor": COLOURS["blue"]}
        ax.add_patch(FancyBboxPatch((x, y), 0.76, 0.68, facecolor="white", **box))
        ax.text(x + 0.05, y + 0.61, f"{number} · {chapter.title}", weight="bold", va="top")
        ax.text(x + 0.05, y + 0.43, chapter.question, va="top")
        minutes = " · ".join(f"{name} {alone}" for name, (alone, _) in chapter.sittings.items())
        told = textwrap.fill(f"{minutes} min", LINE)
        ax.text(x + 0.05, y + 0.05, told, fontsize=9, color="#444444")
        for before in chapter.after:
            draw_arrow(ax, CHAPTERS[before].place, chapter.place)
    ax.set(xlim=(-0.06, 2.85), ylim=(-2.08, 1.78))
    ax.set_axis_off()


def map_in_words() -> str:
    """The map for those who do not see it."""
    titles = ", ".join(f"{name} {chapter.title}" for name, chapter in CHAPTERS.items())
    return (
        f"{len(CHAPTERS)} chapters, each a box with its question and its notebooks' minutes, and "
        f"arrows from a chapter to those that build on it: {titles}"
    )


def draw_arrow(ax, start, end):
    """An arrow from one box to its neighbour."""
    (x0, y0), (x1, y1) = start, end
    right, left, low, high = 0.79, -0.03, -0.03, 0.71  # a box's borders with its padding
    ends = {
        (1, 0): ((x0 + right, y0 + 0.34), (x1 + left, y1 + 0.34)),
        (-1, 0): ((x0 + left, y0 + 0.34), (x1 + right, y1 + 0.34)),
        (0, -1): ((x0 + 0.38, y0 + low), (x1 + 0.38, y1 + high)),
    }
    tail, head = ends[x1 - x0, y1 - y0]
    arrow = {"arrowstyle": "-|>", "linewidth": 1.5, "color": "#444444", "mutation_scale": 14}
    ax.annotate("", head, tail, arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0})
