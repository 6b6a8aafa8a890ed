"""The pictures of chapter 04: pairs and their losses, embeddings, distances, answers.

Images are uint8 (…, 28, 28), ink 255 on 0. A pair is "same" if both images are of one class, else
"different".
"""

import numpy as np
import torch
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from torch.func import grad_and_value, vmap

from metacourse.figures.maml import draw_accuracy_bars
from metacourse.figures.style import COLOURS, MARKERS
from metacourse.siamese import contrastive_loss

# colour, marker and line of a pair's kind
KINDS = {"same": ("blue", "o", "-"), "different": ("vermillion", "s", "--")}
CLASSES = (
    ("blue", "o"),
    ("vermillion", "s"),
    ("green", "D"),
    ("orange", "^"),
    ("purple", "v"),
    ("black", "P"),
    ("sky blue", "X"),
    ("grey", "*"),
    ("yellow", "<"),
    ("black", ">"),
)
LINE = 0.23  # height of a line of a caption, when an image's is 1


# images ------------------------------------------------------------------------------------------


def draw_pairs(ax, images_a, images_b, told):
    """Pairs of images, one above the other, pair beside pair, with a caption under each.

    images_a, images_b (P, 28, 28); told: P captions; lines of 12 letters fit where an image is an
    inch wide, as eight pairs are in a figure of size (8, 2.8).
    """
    _draw_grid(ax, {"": (images_a, None), " ": (images_b, told)})


def _draw_grid(ax, rows, columns=8):
    """Rows of images that keep their size up to `columns`; `rows` maps a name, written at the left,
    to (images (n, 28, 28), n captions or None)."""
    top, named = 0.0, any(name.strip() for name in rows)
    for name, (images, told) in rows.items():
        if told is not None and len(told) != len(images):
            raise ValueError(f"{len(images)} images need as many captions, got {len(told)}")
        canvas = np.full((32, 32 * len(images), 3), 255, np.uint8)
        for column, image in enumerate(np.asarray(images)):
            cell = canvas[:, 32 * column : 32 * (column + 1)]
            cell[1:31, 1:31] = 190  # a grey rim
            cell[2:30, 2:30] = 255 - image[:, :, None]
        if len(images):
            ax.imshow(canvas, extent=(0, len(images), top + 1, top), interpolation="nearest")
        ax.text(-0.1, top + 0.5, name.strip(), ha="right", va="center")
        for column, text in enumerate(told or ()):
            ax.text(column + 0.5, top + 1.03, text, ha="center", va="top", size=9)
        lines = max((text.count("\n") + 1 for text in told or ()), default=0)
        top += 1.06 + LINE * lines
    columns = max([columns, *(len(images) for images, _ in rows.values())])
    ax.set(xlim=(-0.9 if named else -0.02, columns + 0.02), ylim=(top, -0.02), aspect="equal")
    ax.set_axis_off()


def draw_scores(ax, scores, images, *, label, winner=None):
    """What a question scores against each support image: bars, with the images under them.

    scores (S,), images (S, 28, 28); label: the name of the score, on the axis; winner: the bar that
    is marked, such as scores.argmax().
    """
    scores = np.asarray(scores, dtype=float)
    for place, (score, image) in enumerate(zip(scores, np.asarray(images), strict=True)):
        won = winner is not None and place == int(winner)
        look = {"color": COLOURS["blue" if won else "sky blue"], "hatch": "" if won else "//"}
        ax.bar(place, score, width=0.62, edgecolor="white", **look)
        at = {"ha": "center", "va": "top" if score < 0 else "bottom", "size": 9}
        number = f"{score:.3g}".replace("-", "−")
        ax.annotate(
            f"{number} ★" if won else number,
            (place, score),
            xytext=(0, -3 if score < 0 else 3),
            textcoords="offset points",
            **at,
        )
        picture = OffsetImage(255 - image, zoom=0.9, cmap="gray", norm="linear", clim=(0, 255))
        under = {"xycoords": ax.get_xaxis_transform(), "boxcoords": "offset points"}
        ax.add_artist(
            AnnotationBbox(picture, (place, 0), xybox=(0, -19), **under, frameon=True, pad=0.1)
        )
    ax.axhline(0, color="#444444", linewidth=0.8, linestyle="-")
    ax.set_xticks(range(len(scores)), [""] * len(scores))
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel("support images", labelpad=34)
    ax.set(ylabel=label, xlim=(-0.6, max(len(scores), 1) - 0.4))
    ax.margins(y=0.15)


# a pair's loss -----------------------------------------------------------------------------------


def pair_losses(distances, margin):
    """The contrastive loss of one pair and its slope, by autograd, at each distance d ≥ 0.

    Shapes: distances (n,) → {"same": (losses (n,), slopes (n,)), "different": …}.
    Raises ValueError if the margin is negative.
    """

    def loss(d, same):
        return contrastive_loss(d[None, None] * 0, d[None, None], same[None], margin=margin)

    found = {}
    for kind, same in (("same", 1), ("different", 0)):
        every = vmap(grad_and_value(loss), in_dims=(0, None))
        slopes, losses = every(distances, torch.tensor(same))
        found[kind] = losses, slopes
    return found


def draw_contrastive(ax, distances, margin, slopes=None):
    """The loss of a same and of a different pair against their distance, and the margin.

    distances (n,), from 0 up; slopes: a second Axes, for the slopes of the curves. At d = 0 a
    different pair has slope 0, a point beside its curve: all directions are equal.
    """
    curves = pair_losses(distances, margin)
    for kind, (losses, slope) in curves.items():
        colour, marker, line = KINDS[kind]
        look = {"color": COLOURS[colour], "linestyle": line, "label": f"{kind} pair"}
        ax.plot(distances, losses, **look)
        if slopes is not None:
            away = distances > 0
            slopes.plot(distances[away], slope[away], **look)
            if kind == "different":
                dot = {"color": COLOURS[colour], "markersize": 5, "linestyle": "none"}
                dot["label"] = "different pair at d = 0"
                slopes.plot(distances[~away], slope[~away], marker, **dot)
    right = float(distances.max())
    for here in [ax] if slopes is None else [ax, slopes]:
        if margin <= right:
            look = {"color": "#444444", "linewidth": 1.2, "linestyle": ":"}
            here.axvline(margin, label=f"margin m = {margin:.3g}", **look)
        here.set(xlabel="distance d of the pair", xlim=(-0.02 * right, right))
    ax.set(ylabel="contrastive loss", ylim=(0, None))
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.06), edgecolor="none")
    if slopes is not None:
        slopes.axhline(0, color="#444444", linewidth=0.8, linestyle="-")
        slopes.set_ylabel("slope of the loss")
        alone = [h for h in slopes.get_lines() if h.get_label() == "different pair at d = 0"]
        slopes.legend(handles=alone, loc="upper left", edgecolor="none")


# embeddings and distances ------------------------------------------------------------------------


def projection(z):
    """The plane in which embeddings spread most: (z − mean) @ directions is their place in it.

    The principal components, each with the sign that makes its largest entry positive.
    Shapes: z (n, D) → mean (D,), directions (D, 2).
    Raises ValueError if n or D is below 2 or a number is not finite.
    """
    if z.ndim != 2 or min(z.shape) < 2 or not z.isfinite().all():
        raise ValueError(f"z needs (n, D), both 2 or more, finite; got {tuple(z.shape)}")
    mean = z.mean(0)
    directions = torch.linalg.svd(z - mean, full_matrices=False).Vh[:2]  # (2, D)
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return mean, (directions * largest.sign()).T


def draw_embedding(ax, z, labels, names=None):
    """Embedded images as points, with a colour and a marker for each class.

    z (n, 2), labels (n,) in 0…N−1 with N ≤ 10; names: N names for the key. A point that is not
    finite is left out. Raises ValueError for other labels.
    """
    z, labels = np.asarray(z, dtype=float), np.asarray(labels)
    if labels.max(initial=0) >= len(CLASSES) or labels.min(initial=0) < 0:
        raise ValueError(f"labels must be in 0…{len(CLASSES) - 1}, got {np.unique(labels)}")
    for row, label in enumerate(np.unique(labels)):
        colour, marker = CLASSES[label]
        points = z[(labels == label) & np.isfinite(z).all(1)]
        look = {"color": COLOURS[colour], "markeredgecolor": "white", "markeredgewidth": 0.6}
        if colour == "yellow":  # too light beside white
            look["markeredgecolor"] = "#444444"
        look["markersize"] = 11 if marker == "*" else 7
        name = f"class {label}" if names is None else names[label]
        ax.plot(*points.T, marker, linestyle="none", alpha=0.85, label=name, **look)
        height = 0.97 - 0.07 * row  # a key by hand: a Legend takes three times as long to draw
        ax.plot(1.05, height, marker, transform=ax.transAxes, clip_on=False, **look)
        ax.text(1.09, height, name, transform=ax.transAxes, va="center", size=12)
    ax.set(xlabel="first principal component", ylabel="second")
    ax.set_aspect("equal", adjustable="datalim")


def separation(same, different):
    """How often a same pair is nearer than a different one: 1 never mistaken, ½ chance.

    Of all choices of one distance from each; a tie counts ½, so a collapsed embedding has ½.
    Shapes: same (n,), different (m,) → a float. Raises ValueError if one is empty.
    """
    if not len(same) or not len(different):
        raise ValueError("there must be a same pair and a different pair")
    ordered = different.sort().values
    nearer = torch.searchsorted(ordered, same)  # different pairs that are nearer
    up_to = torch.searchsorted(ordered, same, right=True)
    return 1 - (nearer + up_to).double().mean().item() / (2 * len(different))


def draw_distances_histogram(ax, same, different, margin=None, *, limit=None, n_bins=40):
    """Histograms of the distances of same pairs and of different ones, and the margin.

    same (n,), different (m,); limit: the right end, the largest distance by default; further ones
    are counted in the last bin. A collapsed embedding has all in the first.
    """
    groups = {"same": np.asarray(same, float), "different": np.asarray(different, float)}
    everything = np.concatenate(list(groups.values()))
    finite = everything[np.isfinite(everything)]
    limit = limit or max(finite.max(initial=0.0), margin or 0.0) * 1.05 or 1.0
    edges = np.linspace(0, limit, n_bins + 1)
    for kind, distances in groups.items():
        colour, _, line = KINDS[kind]
        shown = np.minimum(distances[np.isfinite(distances)], limit)
        shares = 100 * np.histogram(shown, edges)[0] / max(len(distances), 1)
        ax.stairs(shares, edges, fill=True, color=COLOURS[colour], alpha=0.25)
        label = f"{kind} pairs"
        ax.stairs(shares, edges, color=COLOURS[colour], linestyle=line, linewidth=2, label=label)
    if margin is not None and margin <= limit:
        ax.axvline(
            margin, color="#444444", linewidth=1.2, linestyle=":", label=f"margin {margin:g}"
        )
    if len(finite) < len(everything):
        lost = f"{1 - len(finite) / len(everything):.0%} of the distances are not finite"
        ax.text(0.5, 0.5, lost, transform=ax.transAxes, ha="center")
    ax.set(xlabel="distance d of a pair", ylabel="share of pairs (%)", xlim=(0, limit))
    ax.set_ylim(0, None)
    ax.legend(loc="upper right", edgecolor="none", framealpha=1)


# accuracy ----------------------------------------------------------------------------------------


def draw_accuracy_by_alphabet(ax, intervals, chance, pixels=None):
    """The accuracy in each alphabet with its 95 % confidence interval, the best at the top.

    `intervals` maps a name to (mean, half-width); chance: the accuracy of guessing; pixels: what
    pixels alone get in the same alphabets, marks in the bars.
    """
    order = sorted(intervals, key=lambda name: intervals[name][0], reverse=True)
    shown = {name.replace("_", " "): (intervals[name], "meta_trained") for name in order}
    draw_accuracy_bars(ax, shown, chance)
    for place, name in enumerate(order if pixels else ()):
        look = {"color": "white", "markeredgecolor": "black", "linestyle": "none", "zorder": 4}
        label = "pixels" if place == 0 else None
        ax.plot(100 * pixels[name][0], place, MARKERS["pixels"], markersize=9, label=label, **look)
    if pixels:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), edgecolor="none")
    ax.set(xlabel="accuracy (%)", xlim=(0, 112))
    ax.set_xticks(range(0, 101, 20))


def draw_seeds(ax, found, chance=None, form=".1f"):
    """What several trainings scored, a row a setting: a mark each, a bar at their median.

    found: {setting: values in percent}, drawn from top to bottom; chance: what guessing scores;
    form: of the median that stands beside.
    """
    for place, values in enumerate(map(sorted, found.values())):
        median = float(np.median(values))
        ax.plot(values, [place] * len(values), "o", color=COLOURS["blue"], alpha=0.6)
        ax.plot([median] * 2, [place - 0.3, place + 0.3], "-", color="black", linewidth=2.5)
        ax.text(1.01, place, f"{median:{form}}", transform=ax.get_yaxis_transform(), va="center")
    if chance is not None:
        ax.axvline(chance, color="black", linewidth=1, linestyle=":")
    ax.grid(axis="x", color="#dddddd", linewidth=0.8)
    ax.set_yticks(range(len(found)), list(found))
    ax.set(ylim=(len(found) - 0.5, -0.6), xlabel="accuracy (%), a mark a training, bar: median")
