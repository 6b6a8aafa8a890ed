"""A live figure as pictures: what the web edition shows of it, where no kernel answers.

Each control is moved alone, the others as they begin, over at most twelve of its values. What a
text asks for besides stands beside the figure, in its `sweeps`.
"""

import base64
import html
import itertools
from typing import NamedTuple

import ipywidgets
import numpy as np

from metacourse.figures.style import image_html
from metacourse.widgets import overlays
from metacourse.widgets.recorded_state import control_json, place_of

MOST = 12  # values of a control that is moved alone
RATIOS = 1.5, 1.0  # picture pixels to a screen pixel: the second where the first takes too much
SOME = 12  # settings whose pictures choose the colours
LARGEST = 600_000  # letters of all pictures
MIDDLE = 0.3, 0.7  # of the width, where a figure of two columns may be cut

Setting = tuple[int, ...]  # the place of each control among its values


class Shown(NamedTuple):
    """What a figure shows at some settings, in few colours (n, 3)."""

    readouts: list[str]
    pictures: list[np.ndarray]  # uint8 (H, W), places among the colours
    colours: np.ndarray


def record(figure) -> dict:
    """The recording of a LiveFigure, of the kind "frames"; the figure is left as it was.

    Raises what `draw` raises, but for ValueError, which is a message in the figure.
    """
    moved = figure.controls.items()  # but for what is typed
    controls = [control_json(name, c) for name, c in moved if not isinstance(c, ipywidgets.Text)]
    wanted = settings(controls, figure.sweeps)
    begin = wanted.index(home(controls))
    for ratio in RATIOS:
        shown = drawn(figure, controls, wanted, ratio)
        numbers, pictures = stored(shown, begin)
        if sum(map(len, pictures)) < LARGEST:
            break
    figure.redraw()
    return {
        "kind": "frames",
        "static": static(pictures[0], figure, shown.readouts[begin]),
        "controls": [thinned(c, {s[i] for s in wanted}) for i, c in enumerate(controls)],
        "settings": named(wanted, numbers, shown.readouts),
        "pictures": pictures[1:],
        "alt": figure.alt,
        "size": figure.picture.size,
        "together": together(controls, figure.sweeps),
        "cut": cut(shown),
    }


# which settings ----------------------------------------------------------------------------------


def settings(controls: list[dict], sweeps) -> list[Setting]:
    """All that is recorded: every control alone, and those of each sweep together."""
    begin = home(controls)
    found = {begin}
    for i, control in enumerate(controls):
        named = [sweep[control["name"]] for sweep in sweeps if control["name"] in sweep]
        alone = {0, begin[i], len(control["values"]) - 1}
        alone = alone.union(*(chosen(control, values) for values in named or [MOST]))
        found |= {(*begin[:i], place, *begin[i + 1 :]) for place in alone}
    for sweep in sweeps:
        moved = [
            chosen(control, sweep[control["name"]]) if control["name"] in sweep else {place}
            for control, place in zip(controls, begin, strict=True)
        ]
        found |= set(itertools.product(*moved))
    return sorted(found)


def home(controls: list[dict]) -> Setting:
    """The setting with which a figure begins."""
    return tuple(control["home"] for control in controls)


def chosen(control: dict, wanted) -> set[int]:
    """Places of a control: next to the values wanted, or so many of them evenly over all, both
    ends and home among them."""
    if not isinstance(wanted, int):
        return {place_of(control["values"], value) for value in wanted}
    end, begin = len(control["values"]) - 1, control["home"]
    if end < wanted:
        return set(range(end + 1))
    before = min(max(round((wanted - 1) * begin / end), begin > 0), wanted - 1 - (begin < end))
    lower = np.linspace(0, begin, before + 1)
    upper = np.linspace(begin, end, wanted - before)
    return {round(place) for place in (*lower, *upper)}


def thinned(control: dict, places: set[int]) -> dict:
    """A control that has these places of its values alone."""
    kept = sorted(places)
    few = {key: [control[key][place] for place in kept] for key in ("values", "labels")}
    return control | few | {"home": kept.index(control["home"])}


def together(controls: list[dict], sweeps) -> list[list[str]]:
    """The labels of the controls that are moved together, sweep by sweep."""
    labels = {control["name"]: control["label"] for control in controls}
    found = [[labels[name] for name in sweep] for sweep in sweeps if len(sweep) > 1]
    return [each for i, each in enumerate(found) if each not in found[:i]]


# what is shown there -----------------------------------------------------------------------------


def drawn(figure, controls: list[dict], wanted: list[Setting], pixel_ratio: float) -> Shown:
    """What a figure shows at these settings; its controls do not move."""

    def frame(setting):
        places = zip(controls, setting, strict=True)
        values = {control["name"]: control["values"][place] for control, place in places}
        readout, pixels = figure.frame(figure.defaults | values, pixel_ratio)
        if figure.error:
            raise figure.error
        return readout, pixels

    some = wanted[:: -(-len(wanted) // SOME)]
    colours = overlays.palette([frame(setting)[1].copy() for setting in some])
    found = overlays.nearest(colours)
    readouts, pictures = [], []
    for setting in wanted:
        readout, pixels = frame(setting)
        readouts.append(readout)
        pictures.append(overlays.places(pixels, found))
    return Shown(readouts, pictures, colours)


def stored(shown: Shown, begin: int) -> tuple[list[int], list[str]]:
    """The number of each picture, and those that differ, in base64: that at `begin` is number 0,
    the others are to be laid over it."""
    base = shown.pictures[begin]
    numbers, kept = {base.tobytes(): 0}, [overlays.whole(base, shown.colours)]
    for picture in shown.pictures:
        if picture.tobytes() not in numbers:
            numbers[picture.tobytes()] = len(kept)
            kept.append(overlays.overlay(picture, base, shown.colours))
    texts = [base64.b64encode(picture).decode() for picture in kept]
    return [numbers[picture.tobytes()] for picture in shown.pictures], texts


def named(wanted: list[Setting], numbers: list[int], readouts: list[str]) -> dict:
    """{setting: [number of its picture, read-out]}; a setting is the places among those recorded,
    with commas between them."""
    kept = [sorted(set(places)) for places in zip(*wanted, strict=True)]
    names = (",".join(str(kept[i].index(place)) for i, place in enumerate(s)) for s in wanted)
    told = zip(names, numbers, readouts, strict=True)
    return {name: [number, readout] for name, number, readout in told}


def cut(shown: Shown) -> float | None:
    """Where a narrow page may cut a figure in two columns, as a share of its width: the middle of
    the widest gap near the middle that is white in every picture; None if there is none."""
    is_white = (shown.colours == 255).all(1)
    white = np.all([is_white[picture].all(0) for picture in shown.pictures], axis=0)
    width = len(white)
    white[: round(MIDDLE[0] * width)] = white[round(MIDDLE[1] * width) :] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], white, [False]]).astype(int)))
    gaps = edges.reshape(-1, 2)
    if not len(gaps):
        return None
    start, end = gaps[(gaps[:, 1] - gaps[:, 0]).argmax()]
    return round((start + end) / 2 / width, 4)


def static(base: str, figure, readout: str) -> str:
    """What stands in the page without scripts: the picture of the beginning and its read-out."""
    alt = f"{figure.alt} {readout}".strip()
    picture = image_html(base64.b64decode(base), alt, figure.picture.size[0], kind="webp")
    return f"{picture}<p>{html.escape(readout)}</p>"
