"""Printed letters as hands would write them: thinned to strokes, bent, drawn again with a pen.

A letter of a font and the same letter by hand share their strokes and little else. `trace` finds
the strokes of printed letters, `write` bends them and draws them with the pen of `framing`, so that
an encoder can learn from fonts what handwriting keeps. `write_glyphs` does it for a whole split.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.tasks.cache import Kept, kept
from metacourse.tasks.framing import PEN, draw_points
from metacourse.tasks.glyphs import LETTER, SPLITS, Glyphs, packed, printed_letters

RECIPE = 1  # raise it when the images change: older caches are then left alone
SEED = 0
INK = 100  # of 255: brighter pixels are ink
AT_ONCE = 250  # images
NEIGHBOURS = (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)  # clockwise

# What a hand changes, set by eye. Lengths in halves of the letter's longer side.
STRETCH, MOVE = 0.08, 0.06  # each stroke by itself: standard deviations
BEND, WAVES = 0.10, 4  # the whole letter: standard deviation; 0 … 3 half-waves along each axis
ANGLE, SHEAR, SCALE = 0.25, 0.3, 0.25  # the whole letter, at most: radians, share, logarithm
THICKNESS = 0.25  # of the pen: this share more or less than PEN, at most


class Strokes(NamedTuple):
    """Points along the strokes of a letter."""

    points: Tensor  # (P, 2) x and y; the ink reaches from −1 to 1 along its longer side
    stroke: Tensor  # (P,) the number of the stroke that a point lies on: 0, 1, …


def load_written(split: str, *, n_drawers: int = 20) -> Glyphs:
    """Return the characters of `glyphs.load_glyphs`, each written by `n_drawers` hands.

    Written on the first call, in some seconds, then read from the cache folder (METACOURSE_CACHE,
    else the user's). Raises ValueError when there is no such split.
    """

    def written() -> Kept:
        generator = torch.Generator().manual_seed(SEED)
        return packed({split: write_glyphs(split, generator, n_drawers=n_drawers)})

    images, names = kept(f"written-{RECIPE}-{split}-{n_drawers}", written)
    return Glyphs(images[split], *names[split])


def write_glyphs(split: str, generator: Generator, *, n_drawers: int = 20) -> Glyphs:
    """Write the characters of a split of `glyphs.load_glyphs` anew, by `n_drawers` hands each.

    The hands copy the fonts' faces in turn. Raises ValueError when there is no such split.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}; got {split!r}")
    printed = [letter for letter in printed_letters() if letter.script in SPLITS[split]]
    traced = iter(trace(torch.from_numpy(np.concatenate([letter.faces for letter in printed]))))
    hands = []
    for letter in printed:
        of_character = [next(traced) for _ in letter.faces]
        hands += [of_character[drawer % len(of_character)] for drawer in range(n_drawers)]
    images = write(hands, generator).unflatten(0, (len(printed), n_drawers))
    return Glyphs(
        images, [letter.script for letter in printed], [letter.character for letter in printed]
    )


def write(letters: Sequence[Strokes], generator: Generator, *, strength: float = 1.0) -> Tensor:
    """Write each letter once, by another hand each time.

    Its strokes are stretched, turned and moved by themselves; the whole letter is bent by smooth
    random waves, turned, slanted and scaled along either axis; some hands change little, some a
    lot. It is framed as in `framing`, and drawn with a pen a little thicker or thinner.
    strength multiplies all of it: with 0 the letter is only framed.
    Returns (n, 28, 28) uint8, ink 255 on 0.
    """
    batches = [letters[start : start + AT_ONCE] for start in range(0, len(letters), AT_ONCE)]
    return torch.cat([_write(batch, generator, strength) for batch in batches])


def trace(images: Tensor) -> list[Strokes]:
    """Find the strokes of letters: thin them to lines, and cut these where three or more meet.

    images (n, H, W) uint8: letters as in `glyphs` before they are halved, the longer side of the
    ink LETTER pixels, in the middle. Neighbouring points are 0.5 to 0.7 pixels apart.
    Raises ValueError for another shape or dtype, and for an image without ink.
    """
    if images.ndim != 3 or images.dtype != torch.uint8:
        given = f"{tuple(images.shape)} and {images.dtype}"
        raise ValueError(f"images needs shape (n, H, W) and dtype uint8, got {given}")
    ink = images > INK
    if (empty := ~ink.flatten(1).any(dim=1)).any():
        number = int(empty.nonzero()[0])
        raise ValueError(f"images needs ink in every image, number {number} has none")
    return [letter for part in ink.split(AT_ONCE) for letter in _trace(thin(part))]


def thin(ink: Tensor) -> Tensor:
    """Take ink off from all sides until lines one pixel wide are left: (n, H, W) bool → same.

    What hangs together still does, and holes stay open. Guo and Hall 1989, algorithm A1.
    """
    pixels, neighbours = _graph(ink)
    left = torch.ones(len(pixels) + 1)
    left[-1] = 0  # the ground
    at, n_before = torch.arange(len(pixels)), -1
    while len(at) != n_before:
        n_before = len(at)
        for removable in _removable():
            code = left[neighbours[at]] @ 2.0 ** torch.arange(8)
            gone = removable[code.long()]
            left[at[gone]] = 0
            at = at[~gone]
    line = torch.zeros_like(ink)
    line[pixels[at].unbind(dim=1)] = True
    return line


def _removable() -> Tensor:
    """Whether a pixel may go in either half of a round of `thin`: (2, 256) bool.

    The neighbours' ink is read as the bits of a number: N, NE, E, SE, S, SW, W, NW."""
    n, ne, e, se, s, sw, w, nw = (torch.arange(256) >> bit & 1 == 1 for bit in range(8))
    beside = ~n & (ne | e), ~e & (se | s), ~s & (sw | w), ~w & (nw | n)
    groups = torch.stack(beside).sum(dim=0)  # of ink around the pixel: 1 at a border
    pairs = (nw | n, ne | e, se | s, sw | w), (n | ne, e | se, s | sw, w | nw)
    n_pairs = torch.stack([torch.stack(pair).sum(dim=0) for pair in pairs]).amin(dim=0)
    border = (groups == 1) & (n_pairs >= 2) & (n_pairs <= 3)
    return torch.stack([border & ~((s | sw | ~nw) & w), border & ~((n | ne | ~se) & e)])


def _graph(ink: Tensor) -> tuple[Tensor, Tensor]:
    """The pixels of ink (P, 3): image, row, column; and the numbers (P, 8) of their neighbours
    among them, P where there is no ink."""
    pixels = ink.nonzero()
    image, row, column = pixels.T
    number = torch.full(ink.shape, len(pixels))
    number[image, row, column] = torch.arange(len(pixels))
    number = F.pad(number, (1, 1, 1, 1), value=len(pixels))
    around = [number[image, row + 1 + dy, column + 1 + dx] for dy, dx in NEIGHBOURS]
    return pixels, torch.stack(around, dim=1)


def _trace(lines: Tensor) -> list[Strokes]:
    """The points of lines one pixel wide: their pixels, and half-way between neighbours."""
    n, height, width = lines.shape
    pixels, neighbours = _graph(lines)
    places = pixels[:, [2, 1]] - torch.tensor([width - 1, height - 1]) / 2
    steps = torch.tensor([(0, 0), *((dx, dy) for dy, dx in NEIGHBOURS[:4])])  # each pair once
    points = (places[:, None] + steps / 2) / (LETTER / 2)  # (P, 5, 2)
    there = F.pad(neighbours[:, :4] < len(pixels), (1, 0), value=True)
    counts = there.sum(dim=1)
    sizes = torch.zeros(n, dtype=torch.long).index_add_(0, pixels[:, 0], counts).tolist()
    strokes = _strokes(neighbours).repeat_interleave(counts).split(sizes)
    return [
        Strokes(points, stroke.unique(return_inverse=True)[1])
        for points, stroke in zip(points[there].split(sizes), strokes, strict=True)
    ]


def _strokes(neighbours: Tensor) -> Tensor:
    """The stroke that each pixel of a line lies on, named after one of its pixels: (P,).

    A stroke is what hangs together once the pixels where lines meet, those with ink on three sides
    or more, and the pixels next to them are cut out; these then go to a stroke beside them.
    """
    own = torch.arange(len(neighbours))
    ink = neighbours < len(neighbours)
    meet = (ink & ~ink.roll(-1, 1)).sum(dim=1) >= 3
    cut = meet | F.pad(meet, (0, 1))[neighbours].any(dim=1)
    stroke = F.pad(own.where(~cut, -1), (0, 1), value=-1)  # and one for the ground
    while True:  # take the largest number around, and then what its pixel has taken
        largest = torch.maximum(stroke[:-1], stroke[neighbours].amax(dim=1))
        largest = stroke[largest].where(~cut, -1)
        if torch.equal(largest, stroke[:-1]):
            break
        stroke[:-1] = largest
    for _ in range(2):  # the pixels next to the meeting point, then itself
        stroke[:-1] = torch.where(stroke[:-1] < 0, stroke[neighbours].amax(dim=1), stroke[:-1])
    return stroke[:-1].where(stroke[:-1] >= 0, own)


def _write(letters: Sequence[Strokes], generator: Generator, strength: float) -> Tensor:
    n_points = torch.tensor([len(letter.points) for letter in letters])
    n_strokes = torch.tensor([int(letter.stroke.max()) + 1 for letter in letters])
    of_point = torch.arange(len(letters)).repeat_interleave(n_points)
    of_stroke = torch.arange(len(letters)).repeat_interleave(n_strokes)
    stroke = torch.cat([letter.stroke for letter in letters])
    stroke = stroke + (n_strokes.cumsum(0) - n_strokes)[of_point]
    z = torch.cat([letter.points for letter in letters])  # (P, 2)
    wild = 1.5 * strength * torch.rand(2, len(letters), generator=generator)
    z = _move_strokes(z, stroke, wild[0, of_stroke], generator)
    z = _bend(z, of_point, wild[1], generator)
    z = _slant(z, of_point, len(letters), strength, generator)
    low, high = (_of_each(z, of_point, len(letters), side) for side in ("amin", "amax"))
    scale = (LETTER - PEN) / (high - low).amax(dim=1).clamp(min=1e-9)
    z = (z - (low + high)[of_point] / 2) * scale[of_point, None]
    thickness = 1 + strength * THICKNESS * _uniform(generator, len(letters))
    return draw_points(z, of_point, PEN / 2 * thickness)


def _move_strokes(z: Tensor, stroke: Tensor, wild: Tensor, generator: Generator) -> Tensor:
    """Stretch and turn each stroke around its middle and move it: wild (strokes,)."""
    middle = _of_each(z, stroke, len(wild), "mean")
    matrix = torch.randn(len(wild), 2, 2, generator=generator) * STRETCH * wild[:, None, None]
    move = torch.randn(len(wild), 2, generator=generator) * MOVE * wild[:, None]
    return z + _apply(matrix[stroke], z - middle[stroke]) + move[stroke]


def _bend(z: Tensor, letter: Tensor, wild: Tensor, generator: Generator) -> Tensor:
    """Move each point by a sum of cosines of its place, weaker for shorter waves: wild (n,)."""
    k = torch.arange(WAVES)
    waves = torch.cos(torch.pi * k * (z[..., None] + 1) / 2)  # (P, 2, WAVES)
    height = BEND / (1 + k[:, None] + k).sqrt() * wild[:, None, None, None]
    height = height * torch.randn(len(wild), 2, WAVES, WAVES, generator=generator)
    return z + torch.einsum("pj,pk,pcjk->pc", waves[:, 0], waves[:, 1], height[letter])


def _slant(z: Tensor, letter: Tensor, n: int, strength: float, generator: Generator) -> Tensor:
    """Scale along x and y, slant and turn each letter."""
    angle, shear, log_width, log_height = strength * _uniform(generator, 4, n)
    cosine, sine = torch.cos(ANGLE * angle), torch.sin(ANGLE * angle)
    width, height = torch.exp(SCALE * log_width), torch.exp(SCALE * log_height)
    turn = torch.stack([cosine, -sine, sine, cosine], dim=1).view(n, 2, 2)
    slant = torch.stack([width, SHEAR * shear, torch.zeros(n), height], dim=1).view(n, 2, 2)
    return _apply((turn @ slant)[letter], z)


def _of_each(z: Tensor, group: Tensor, n: int, reduce: str) -> Tensor:
    """The mean, least or greatest x and y of each of n groups of points: (n, 2)."""
    index = group[:, None].expand_as(z)
    return torch.zeros(n, 2).scatter_reduce(0, index, z, reduce, include_self=False)


def _apply(matrices: Tensor, z: Tensor) -> Tensor:
    return (matrices @ z[..., None])[..., 0]


def _uniform(generator: Generator, *shape: int) -> Tensor:
    """From −1 to 1."""
    return 2 * torch.rand(shape, generator=generator) - 1
