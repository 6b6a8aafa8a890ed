"""Folders of pictures: which of them can be read, and what a network of the course is shown.

A class is a folder that holds pictures, at any depth; its name is its path. Nothing that a file
holds can stop the reading: what cannot be used is left out, counted and named.
"""

import os
import random
import warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps
from PIL.Image import Resampling
from tqdm import tqdm

from metacourse.tasks.glyphs import LETTER as LETTER_ON_CANVAS
from metacourse.tasks.glyphs import SIZE

SUFFIXES = ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"
FORMATS = "PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"  # none that starts another program
NO_NAMES = "__MACOSX", "Thumbs.db", "desktop.ini"  # what systems leave behind
PARTS = "train", "training", "test", "testing", "val", "valid", "validation"
MOST = 200  # pictures of a class that are read
LETTER = LETTER_ON_CANVAS // 2  # pixels of the longer side of what is drawn
SMALL = 112  # longer side while a picture is looked at
ONE_COLOUR = 8  # of 255: less contrast is none
INK = 48  # of 255: what differs more from the ground is drawn


class Picture(NamedTuple):
    """A picture in the two forms that a network may be shown: (28, 28) uint8 each."""

    whole: np.ndarray  # all of it, squares added at the shorter sides
    drawing: np.ndarray  # what differs from the ground, 19 pixels long, in the middle
    ground: int  # the brightness of its border
    is_plain: bool  # the border has one brightness
    is_coloured: bool


class Unusable(ValueError):
    """A picture that is left out; the message says why."""


class Pictures(NamedTuple):
    """What was read of a folder."""

    classes: dict[str, dict[str, Picture]]  # class: file: picture
    left_out: dict[str, list[str]]  # why: files


def read_pictures(root: Path, *, seed: int = 0) -> Pictures:
    """Read the pictures of a folder, class by class; of a class at most `MOST`, drawn by the seed.

    Raises ValueError if the folder holds no picture at all, OSError if it cannot be looked into.
    """
    files, left_out = find_pictures(root)
    if not files:
        raise ValueError(_nothing_in(root, left_out))
    for name, paths in files.items():
        if len(paths) > MOST:
            random.Random(f"{seed} {name}").shuffle(paths)
            more = [shown(path, root) for path in paths[MOST:]]
            left_out.setdefault(f"beyond {MOST} of a class", []).extend(more)
    classes: dict[str, dict[str, Picture]] = {name: {} for name in files}
    wanted = [(name, path) for name, paths in files.items() for path in paths[:MOST]]
    for name, path in tqdm(wanted, desc="Reading pictures", delay=2, leave=False):
        try:
            classes[name][shown(path, root)] = read_picture(path)
        except Unusable as reason:
            left_out.setdefault(str(reason), []).append(shown(path, root))
    return Pictures(classes, left_out)


def find_pictures(root: Path) -> tuple[dict[str, list[Path]], dict[str, list[str]]]:
    """Return the files of each class, and by reason what is none: links to folders are not
    followed, hidden files are not looked at. train/cat and test/cat are one class, cat: the course
    splits by class. Raises OSError if the folder cannot be looked into."""
    os.listdir(root)
    found: dict[str, list[Path]] = {}
    left_out: dict[str, list[str]] = {}

    def leave(reason: str, path: Path | str) -> None:
        left_out.setdefault(reason, []).append(shown(Path(path), root))

    for folder, folders, names in os.walk(
        root, onerror=lambda error: leave("in folders that may not be read", error.filename)
    ):
        here = Path(folder)
        for name in folders:
            if (here / name).is_symlink():
                leave("links to folders, which are not followed", here / name)
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(name for name in names if not is_hidden(name)):
            path = here / name
            if why := no_picture(path, root):
                leave(why, path)
            else:
                found.setdefault(class_name(here, root), []).append(path)
    return found, left_out


def no_picture(path: Path, root: Path) -> str:
    """Why a file is not read, or nothing."""
    if path.suffix.lower() not in SUFFIXES:
        return "no pictures in a form that is read here"
    if not path.is_file():  # a broken link, a pipe
        return "broken"
    return "beside the folders of the classes" if path.parent == Path(root) else ""


def is_hidden(name: str) -> bool:
    return name.startswith(".") or name in NO_NAMES


def class_name(folder: Path, root: Path) -> str:
    """The path of a class below the root, without the names that parts of a data set have."""
    parts = folder.relative_to(root).parts
    kept = [part for part in parts if part.lower() not in PARTS] or parts
    return shown(Path(root, *kept), root)


def shown(path: Path, root: Path) -> str:
    """A path below the root as text: bytes that are no letters are written as \\udc.."""
    text = path.relative_to(root).as_posix()
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())


def read_picture(path: Path) -> Picture:
    """Read one picture, turned as its camera says, on white where it is transparent.

    Raises Unusable with the reason, whatever the file holds.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                image.thumbnail((SMALL, SMALL), Resampling.BILINEAR)  # JPEGs are read smaller
                colours = _on_white(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Unusable(f"of more than {Image.MAX_IMAGE_PIXELS // 10**6} million pixels") from None
    except Exception:  # decoders raise anything: SyntaxError, struct.error, zlib.error, …
        raise Unusable("broken") from None
    return _looked_at(colours)


def _on_white(image: Image.Image) -> Image.Image:
    """A picture of any mode in RGB."""
    if image.mode.startswith(("I", "F")):  # 16 bits and more, from the darkest to the brightest
        values = np.asarray(image, dtype=np.float64)
        low, high = np.nanmin(values), np.nanmax(values)
        image = Image.fromarray(((values - low) / max(high - low, 1e-9) * 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _looked_at(colours: Image.Image) -> Picture:
    grey = colours.convert("L")
    pixels = np.asarray(grey).astype(int)
    if np.ptp(pixels) < ONE_COLOUR:
        raise Unusable("of one colour")
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = int(np.median(border))
    drawn = np.abs(pixels - ground) > INK
    box = Image.fromarray(drawn).getbbox() or (0, 0, *grey.size)
    return Picture(
        _placed(grey, SIZE, ground),
        _placed(grey.crop(box), LETTER, ground),
        ground,
        bool((np.abs(border - ground) < INK).mean() > 0.95),
        bool(np.ptp(np.asarray(colours).astype(int), axis=2).mean() > ONE_COLOUR),
    )


def _placed(grey: Image.Image, side: int, ground: int) -> np.ndarray:
    """The picture with its longer side this long, in the middle of 28 × 28 pixels of ground."""
    scale = side / max(grey.size)
    size = [max(1, round(length * scale)) for length in grey.size]
    canvas = Image.new("L", (SIZE, SIZE), ground)
    middle = [(SIZE - length) // 2 for length in size]
    canvas.paste(grey.resize(size, Resampling.BILINEAR), tuple(middle))
    return np.asarray(canvas)


def _nothing_in(root: Path, left_out: dict[str, list[str]]) -> str:
    wanted = "needs a folder for each class, with pictures in it"
    if "beside the folders of the classes" in left_out:
        return f"{root} has pictures, but {wanted}"
    kinds = Counter(Path(name).suffix for names in left_out.values() for name in names)
    found = ", ".join(f"{kind or 'without a suffix'}: {n}" for kind, n in kinds.most_common(4))
    return f"{root} {wanted} ({' '.join(SUFFIXES)}); {found or 'it is empty'}"
