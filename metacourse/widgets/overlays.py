"""Pictures of one figure as they are kept: one of them, and of the others what differs from it.

All are brought to one palette, so that what is the same stays the same, and stored as lossless
WebP.
"""

import io

import numpy as np
from PIL import Image

COLOURS, EXACT = 40, 20  # of all pictures; so many of them as they are, others at a distance
APART = 26  # of a channel's 255
MARGIN = 2  # pixels around what differs, so that scaled layers blend like with like
MUCH = 0.2  # of a picture that differs: then the whole may be smaller
CLEAR = 255  # the place of no colour


def palette(pictures) -> np.ndarray:
    """The main colours of some pictures, each uint8 (H, W, 3): the most frequent ones, then of the
    others each next that is apart from all so far. uint8 (n, 3), n ≤ 40."""
    packed = np.concatenate([_packed(picture[::2, ::2]).ravel() for picture in pictures])
    found, counts = np.unique(packed, return_counts=True)
    found = found[counts.argsort(kind="stable")[::-1]]
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    chosen = list(range(min(EXACT, len(colours))))
    left = np.ones(len(colours), bool)
    for place in chosen:
        left &= np.abs(colours - colours[place]).max(1) > APART
    while left.any() and len(chosen) < COLOURS:
        chosen.append(int(left.argmax()))
        left &= np.abs(colours - colours[chosen[-1]]).max(1) > APART
    return colours[chosen].astype(np.uint8)


def nearest(colours) -> np.ndarray:
    """The place of the colour next to each of 64³ cells, uint8; a colour's own cell is its own."""
    middles = np.stack(np.indices((64, 64, 64)), axis=-1).reshape(-1, 3) * 4 + 1.5
    best, found = np.full(len(middles), np.inf), np.zeros(len(middles), np.uint8)
    for place, colour in enumerate(colours):
        distance = np.square(middles - colour).sum(1)
        closer = distance < best
        best[closer], found[closer] = distance[closer], place
    own = _cell(_packed(colours))
    found[own[::-1]] = np.arange(len(colours), dtype=np.uint8)[::-1]  # the more frequent one wins
    return found


def places(picture, found) -> np.ndarray:
    """A picture in few colours: uint8 (H, W, 3) → (H, W), by what `nearest` has found."""
    return found[_cell(_packed(picture))]


def whole(picture, colours) -> bytes:
    """A picture (H, W) of places in `colours`, as WebP."""
    return _webp(colours[picture])


def overlay(picture, base, colours) -> bytes:
    """What is laid over `base` to see `picture`, both (H, W) of places in `colours`, as WebP: what
    differs, with a margin, or all if that is smaller."""
    differs = picture != base
    with_clear = np.zeros((256, 4), np.uint8)
    with_clear[: len(colours), :3], with_clear[: len(colours), 3] = colours, 255
    parts = _webp(with_clear[np.where(_widened(differs), picture, CLEAR)])
    if differs.mean() < MUCH:
        return parts
    return min(parts, whole(picture, colours), key=len)


def _packed(picture):
    """A whole number for each colour: (…, 3) → (…)."""
    red, green, blue = np.moveaxis(picture.astype(np.int32), -1, 0)
    return red << 16 | green << 8 | blue


def _cell(packed):
    """Which of 64³ cells of colour: four neighbours in each channel are one."""
    return packed >> 6 & 0x3F000 | packed >> 4 & 0xFC0 | packed >> 2 & 0x3F


def _widened(mask):
    """A mask (H, W) with `MARGIN` more pixels on every side."""
    for axis in (0, 1):
        for _ in range(MARGIN):
            lines = np.moveaxis(mask, axis, 0)
            wider = lines.copy()
            wider[1:] |= lines[:-1]
            wider[:-1] |= lines[1:]
            mask = np.moveaxis(wider, 0, axis)
    return mask


def _webp(pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "webp", lossless=True, quality=80, method=3)
    return file.getvalue()
