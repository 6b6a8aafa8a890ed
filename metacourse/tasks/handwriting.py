"""The handwriting that chapter 04 tests on, or what stands in its place where it cannot be had."""

from typing import NamedTuple

from torch import Tensor

from metacourse.tasks.omniglot import OmniglotMissing, load_omniglot
from metacourse.tasks.pens import load_written

INSTEAD = (
    "Instead there are printed letters of other scripts, redrawn with a pen. Texts that begin with "
    "✍ read what real handwriting shows: skip them."
)


class Handwriting(NamedTuple):
    """Letters that several hands drew."""

    images: Tensor  # (characters, hands, 28, 28) uint8, ink 255 on 0
    alphabets: list[str]  # of each character
    is_real: bool


def load_handwriting() -> Handwriting:
    """Return the 242 characters of `omniglot.load_omniglot("small")`; where they cannot be had, say
    so in a line and return the test split of `pens.load_written`."""
    try:
        images, alphabets, _ = load_omniglot("small")
    except OmniglotMissing as missing:
        print(f"{missing} {INSTEAD}")
        images, alphabets, _ = load_written("test")
        return Handwriting(images, alphabets, is_real=False)
    return Handwriting(images, alphabets, is_real=True)
