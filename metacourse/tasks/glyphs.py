"""Letters of many scripts from the fonts inside matplotlib: an Omniglot that needs no network.

A class is a character; its drawers are the font faces that have it, each with a random warp. Whole
scripts are set aside for validation and for test. The fonts are DejaVu and STIX (free licences,
beside the files).
"""

import importlib.util
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from fontTools.ttLib import TTFont
from PIL import Image, ImageFont, ImageOps
from PIL.Image import Resampling
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.tasks.cache import Kept, kept

RECIPE = 2  # raise it when anything below changes the images: older caches are then left alone
SPLITS = {
    "train": (
        *("LATIN", "GREEK", "CYRILLIC", "COPTIC", "OLD ITALIC", "LISU"),
        *("CANADIAN SYLLABICS", "ARABIC", "OGHAM"),
    ),
    "validation": ("ARMENIAN", "HEBREW"),
    "test": ("GEORGIAN", "TIFINAGH", "LAO", "NKO"),
}
FACES = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"),
    *("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic"),
)
SEED = 1
SIZE = 28
EM = 64  # font size in pixels
CANVAS = 2 * SIZE  # characters are drawn and warped at twice the size, then halved
LETTER = 38  # the longer side of a character's ink on the canvas
TWINS = 0.85  # two characters count as one if their images in the first face correlate more,
TWINS_ANYWHERE = 0.9  # and one of another split than train if images in any two faces do


class Glyphs(NamedTuple):
    """The characters of a split."""

    images: Tensor  # (classes, drawers, 28, 28) uint8, ink 255 on 0
    scripts: list[str]  # of each class
    characters: list[str]  # of each class


def load_glyphs(split: str, *, n_drawers: int = 20) -> Glyphs:
    """Return the characters of a split's scripts (`SPLITS`), `n_drawers` images of each.

    No script is in two splits. Of characters that look alike (Latin A, Greek Α, Cyrillic А) only
    the first is kept, and no test character is nearly the same as a training character in any face
    (correlation below 0.9). Built on the first call, then read from the cache folder
    (METACOURSE_CACHE, else the user's).
    Raises ValueError when there is no such split.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}; got {split!r}")
    images, names = kept(f"glyphs-{RECIPE}-{n_drawers}", lambda: packed(build_glyphs(n_drawers)))
    return Glyphs(images[split], *names[split])


def packed(glyphs: dict[str, Glyphs]) -> Kept:
    """All splits in the form in which `cache.kept` keeps them."""
    images = {split: part.images for split, part in glyphs.items()}
    return images, {split: [part.scripts, part.characters] for split, part in glyphs.items()}


def warp(images: Tensor, generator: Generator) -> Tensor:
    """Warp each image by its own random affine map and stroke thickness: what another hand does.

    Rotation ±12°, shear ±0.25, scale 0.83 to 1.2 along each axis, shift ±7 % of the width; the
    strokes of half of the images get thicker, of the others thinner. images (n, H, W) uint8 → same.
    """
    n = len(images)
    angle, shear, log_width, log_height, shift_x, shift_y, thickness = (
        (2 * torch.rand(n, 7, generator=generator, device=generator.device) - 1).to(images.device).T
    )
    cosine, sine = torch.cos(0.21 * angle), torch.sin(0.21 * angle)
    rotation = torch.stack([cosine, -sine, sine, cosine], dim=1).view(n, 2, 2)
    ones, zeros = torch.ones(n, device=images.device), torch.zeros(n, device=images.device)
    slant = torch.stack([ones, 0.25 * shear, zeros, ones], dim=1).view(n, 2, 2)
    scale = torch.stack([log_width, log_height], dim=1).mul(0.18).exp()  # (n, 2)
    shift = 0.14 * torch.stack([shift_x, shift_y], dim=1)[:, :, None]
    affine = torch.cat([rotation @ slant * scale[:, None], shift], dim=2)  # (n, 2, 3)
    inked = _thicken(images, thickness[:, None, None])[:, None]
    grid = F.affine_grid(affine, list(inked.shape), align_corners=False)
    return F.grid_sample(inked, grid, align_corners=False)[:, 0].round().to(torch.uint8)


class Letter(NamedTuple):
    """A printed character before any hand warps it."""

    script: str
    character: str
    faces: np.ndarray  # (faces that have it, CANVAS, CANVAS) uint8, ink 255 on 0


def printed_letters() -> list[Letter]:
    """Every letter of `SPLITS` in every face that has it, without those that look alike."""
    faces = [_open_face(face) for face in FACES]
    letters = _characters(faces)
    drawn = {character: np.stack(list(_draw(character, faces))) for _, character in letters}
    return [Letter(*letter, drawn[letter[1]]) for letter in _drop_twins(letters, drawn)]


def build_glyphs(n_drawers: int) -> dict[str, Glyphs]:
    """Draw every split anew; see `load_glyphs`."""
    letters = printed_letters()
    generator = torch.Generator().manual_seed(SEED)
    glyphs = {}
    for split, scripts in SPLITS.items():
        chosen = [letter for letter in letters if letter.script in scripts]
        in_turn = [letter.faces[np.arange(n_drawers) % len(letter.faces)] for letter in chosen]
        parts = torch.from_numpy(np.concatenate(in_turn)).split(500)
        images = torch.cat([halve(warp(part, generator)) for part in parts])
        glyphs[split] = Glyphs(
            images.view(len(chosen), n_drawers, SIZE, SIZE),
            [letter.script for letter in chosen],
            [letter.character for letter in chosen],
        )
    return glyphs


class _Face(NamedTuple):
    font: ImageFont.FreeTypeFont
    codes: frozenset[int]  # the characters that it has


def _open_face(name: str) -> _Face:
    matplotlib = Path(importlib.util.find_spec("matplotlib").origin).parent  # not imported
    path = matplotlib / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"
    with TTFont(path, lazy=True) as table:
        return _Face(ImageFont.truetype(str(path), EM), frozenset(table.getBestCmap()))


def _characters(faces: list[_Face]) -> list[tuple[str, str]]:
    """(script, character) of every unaccented letter in the scripts of `SPLITS`, in their order."""
    scripts = [script for split in SPLITS.values() for script in split]
    letters = []
    for code in sorted(frozenset().union(*(face.codes for face in faces))):
        name = unicodedata.name(chr(code), "")
        script = next((script for script in scripts if name.startswith(script + " ")), None)
        is_letter = unicodedata.category(chr(code)) in {"Lu", "Ll", "Lo"}
        if script and is_letter and not unicodedata.decomposition(chr(code)):
            ink = _ink(chr(code), next(face for face in faces if code in face.codes))
            if max(ink.size) > EM / 3 and ink.width < 2 * ink.height:  # no marks, no strings
                letters.append((script, chr(code)))
    return sorted(letters, key=lambda letter: scripts.index(letter[0]))


def _drop_twins(
    letters: list[tuple[str, str]], drawn: dict[str, np.ndarray]
) -> list[tuple[str, str]]:
    """Keep the first of the letters that look alike in their first face; then drop from validation
    and test what looks like a kept training letter in any face of either."""
    first = _normalised(np.stack([drawn[character][0] for _, character in letters]))
    alike = first @ first.T > TWINS  # by correlation
    kept = torch.zeros(len(letters), dtype=torch.bool)
    for index in range(len(letters)):
        kept[index] = not (alike[index] & kept).any()
    letters = [letters[index] for index in kept.nonzero().flatten().tolist()]
    trained = [drawn[character] for script, character in letters if script in SPLITS["train"]]
    trained = _normalised(np.concatenate(trained))
    return [
        (script, character)
        for script, character in letters
        if script in SPLITS["train"]
        or (_normalised(drawn[character]) @ trained.T).max() < TWINS_ANYWHERE
    ]


def _normalised(drawn: np.ndarray) -> Tensor:
    """Images as rows of length 1 around 0, whose products are correlations."""
    pixels = halve(torch.from_numpy(drawn)).flatten(1).float()
    return F.normalize(pixels - pixels.mean(dim=1, keepdim=True), dim=1)


def _draw(character: str, faces: list[_Face]) -> Iterator[np.ndarray]:
    """The character in each face that has it, the ink scaled to LETTER pixels and centred."""
    for face in faces:
        if ord(character) not in face.codes:
            continue
        ink = ImageOps.contain(_ink(character, face), (LETTER, LETTER), Resampling.BILINEAR)
        canvas = Image.new("L", (CANVAS, CANVAS))
        canvas.paste(ink, ((CANVAS - ink.width) // 2, (CANVAS - ink.height) // 2))
        yield np.asarray(canvas)


def _ink(character: str, face: _Face) -> Image.Image:
    mask = face.font.getmask(character)
    image = Image.frombytes("L", mask.size, bytes(mask))
    return image.crop(image.getbbox())


def halve(images: Tensor) -> Tensor:
    """Canvases (n, CANVAS, CANVAS) at half their size: (n, SIZE, SIZE) uint8."""
    return F.avg_pool2d(images[:, None].float(), 2)[:, 0].round().to(torch.uint8)


def _thicken(images: Tensor, thickness: Tensor) -> Tensor:
    """Mix images (n, H, W) with their dilation (thickness to 1) or erosion (thickness to −1)."""
    neighbours = [images, *(images.roll(step, axis) for step in (-1, 1) for axis in (1, 2))]
    neighbours = torch.stack(neighbours)  # the border is empty, so rolling over it does no harm
    target = torch.where(thickness > 0, neighbours.amax(0), neighbours.amin(0)).float()
    return images + thickness.clamp(min=-0.5).abs() * (target - images)
