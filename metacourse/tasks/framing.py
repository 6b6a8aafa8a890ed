"""Drawings framed like the glyphs: one size, one pen, in the middle of 28 × 28 pixels.

A drawing is a bitmap of ink or the strokes that a hand made. Both become points of ink on the
glyphs' canvas; every pixel near enough to a point is inked, and the canvas is halved. Whatever the
size of the drawing, its strokes end up as thick as those of a regular typeface.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse.tasks.glyphs import CANVAS, LETTER, SIZE, halve

PEN = 4.0  # thickness of a stroke on the canvas; those of the glyphs' regular faces have 4 to 5
THIN = 3  # bitmaps are thinned to strokes of this many pixels, so that small letters are not bold
SPACING = 0.5  # between the points of a stroke on the canvas
AT_ONCE = 100  # bitmaps; more leave the cache of the processor


def frame_strokes(strokes: Sequence[Sequence[Sequence[float]]]) -> Tensor:
    """Draw strokes with a round pen, framed like the glyphs.

    strokes: polylines [[(x, y), …], …] in any units, y downwards; a stroke of one point is a dot.
    Returns (28, 28) uint8, ink 255 on 0: the longer side of the ink takes 19 pixels, the pen 2.
    Raises ValueError when there is no point, or a point is not two finite numbers.
    """
    lines = [_polyline(stroke) for stroke in strokes if len(stroke) > 0]
    if not lines:
        raise ValueError("strokes needs at least one point, got none")
    corners = np.concatenate(lines)
    low, high = corners.min(axis=0), corners.max(axis=0)
    extent = (high - low).max() or 1.0  # of a dot, whose size is the pen's
    points = [_resample((line - (low + high) / 2) * (LETTER - PEN) / extent) for line in lines]
    points = torch.from_numpy(np.concatenate(points)).float()
    return draw_points(points, torch.zeros(len(points), dtype=torch.long), torch.tensor([PEN / 2]))[
        0
    ]


def frame_bitmaps(bitmaps: Tensor, *, thickness: float) -> Tensor:
    """Redraw bitmaps of handwriting with the pen of `frame_strokes`, framed like the glyphs.

    bitmaps (n, H, W) bool, ink True; thickness: of their strokes, in pixels of the bitmap.
    Returns (n, 28, 28) uint8, ink 255 on 0: the longer side of the ink takes 19 pixels, unless the
    strokes would get thicker than the pen.
    Raises ValueError when the shape or dtype is another, thickness is below 1, or a bitmap has no
    ink, or none that is as thick.
    """
    if bitmaps.ndim != 3 or bitmaps.dtype != torch.bool:
        raise ValueError(
            f"bitmaps needs shape (n, H, W) and dtype bool, "
            f"got {tuple(bitmaps.shape)} and {bitmaps.dtype}"
        )
    if not 1 <= thickness < math.inf:
        raise ValueError(f"thickness needs at least 1 pixel, got {thickness}")
    while thickness > THIN:
        bitmaps, thickness = _peel(bitmaps), max(thickness - 2, 1)
    empty = ~bitmaps.flatten(1).any(dim=1)
    if empty.any():
        raise ValueError(
            f"bitmaps needs ink in every bitmap, number {int(empty.nonzero()[0])} has none "
            "or only strokes thinner than thickness"
        )
    framed = torch.zeros(len(bitmaps), SIZE, SIZE, dtype=torch.uint8)
    for start in range(0, len(bitmaps), AT_ONCE):
        framed[start : start + AT_ONCE] = _redraw(bitmaps[start : start + AT_ONCE], thickness)
    return framed


def _polyline(stroke: Sequence[Sequence[float]]) -> np.ndarray:
    line = np.asarray(stroke, dtype=float)
    if line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all():
        raise ValueError(f"strokes needs points of two finite numbers, got {stroke!r}")
    return line


def _resample(line: np.ndarray) -> np.ndarray:
    """Points on a polyline (k, 2), evenly spaced along its length."""
    length = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    places = np.linspace(0, length[-1], int(length[-1] / SPACING) + 2)
    return np.stack([np.interp(places, length, side) for side in line.T], axis=1)


def _peel(bitmaps: Tensor) -> Tensor:
    """Take away the ink that touches the ground at a side."""
    padded = F.pad(bitmaps, (1, 1, 1, 1))
    rows, columns = padded[:, :, 1:-1], padded[:, 1:-1]
    beside = rows[:, :-2] & rows[:, 2:] & columns[:, :, :-2] & columns[:, :, 2:]
    return bitmaps & beside


def _redraw(bitmaps: Tensor, thickness: float) -> Tensor:
    """Every pixel of ink becomes a disk; with it the strokes get the thickness of the pen.

    The scale is such that the middles of the strokes span LETTER − PEN, as in `frame_strokes`.
    """
    drawing, row, column = bitmaps.nonzero(as_tuple=True)
    sides = [bitmaps.any(dim=2), bitmaps.any(dim=1)]  # which rows and which columns have ink
    first = torch.stack([side.int().argmax(dim=1) for side in sides], dim=1)  # (n, 2)
    last = [side.shape[1] - 1 - side.flip(1).int().argmax(dim=1) for side in sides]
    last = torch.stack(last, dim=1)
    span = (last - first + 1).amax(dim=1) - thickness
    scale = ((LETTER - PEN) / span.clamp(min=1e-9)).clamp(max=PEN / thickness)  # (n,)
    points = torch.stack([column, row], dim=1) - ((first + last) / 2).flip(1)[drawing]
    return draw_points(points * scale[drawing, None], drawing, (PEN - (thickness - 1) * scale) / 2)


def draw_points(points: Tensor, drawing: Tensor, radius: Tensor) -> Tensor:
    """Ink what is within the radius of a point, with a soft edge one canvas pixel wide; halve.

    points (P, 2): x and y from the middle of the canvas; drawing (P,): the number of the drawing
    that each belongs to; radius (n,) → (n, 28, 28) uint8.
    """
    points = points.T.contiguous() + (CANVAS - 1) / 2
    reach = math.ceil(float(radius.max()) + 0.5) - 1  # pixels farther away get no ink
    around = torch.arange(-reach, reach + 2)[:, None]
    columns, rows = points.floor().long()[:, None] + around  # (K, P) each: those close by
    squares = (columns - points[0]) ** 2 + ((rows - points[1]) ** 2)[:, None]  # (K, K, P)
    places = (drawing * CANVAS + rows)[:, None] * CANVAS + columns
    nearest = torch.full((len(radius) * CANVAS**2,), torch.inf)
    nearest.scatter_reduce_(0, places.flatten(), squares.flatten(), "amin")
    distance = nearest.view(-1, CANVAS, CANVAS).sqrt()
    ink = (radius[:, None, None] + 0.5 - distance).clamp(0, 1) * 255
    return halve(ink)
