"""Omniglot: characters of many alphabets, each drawn by 20 people (Lake et al., Science 2015).

The files are looked for in the folder that METACOURSE_DATA names, then in the cache, and fetched
from the authors' repository (brendenlake/omniglot, MIT licence) if they are in neither. A file
counts only if it is, bit by bit, the published one.
"""

import io
import os
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

import numpy as np
import pooch
import torch
from PIL import Image
from torch import Tensor

from metacourse.episodes import Episode
from metacourse.places import named, reason
from metacourse.tasks import cache
from metacourse.tasks.framing import frame_bitmaps

RECIPE = 1  # raise it when the images change, here or in framing: older caches are left alone
SPLITS = {
    "small": ("images_background_small1.zip", "images_background_small2.zip"),  # 242 characters
    "background": ("images_background.zip",),  # 964
    "evaluation": ("images_evaluation.zip",),  # 659
}
RUNS = "all_runs.zip"
SHA256 = {
    SPLITS["small"][0]: "f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4",
    SPLITS["small"][1]: "3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f",
    "images_background.zip": "ad41ab679c8b5d90b271ef46be6987cc81211774a695c29dcc5367b2b26ee640",
    "images_evaluation.zip": "1f61a8f3366785b057fc117d9228e78a16e3d976c8953b2a10fcc74cf0609cee",
    RUNS: "437c1eeab0af8484112e1b4cc0f3d541ec727f7c47b9b202da738af9dfd6c325",
}
URL = "https://raw.githubusercontent.com/brendenlake/omniglot/master/python"
FOLDERS = {RUNS: "one-shot-classification/"}  # below URL
RETRIES = 2
TIMEOUT = (3, 20)  # seconds: to connect, to wait for the next bytes
PEN = 5  # thickness of the strokes in the 105 × 105 bitmaps, measured on them without labels


class Omniglot(NamedTuple):
    """Handwritten characters."""

    images: Tensor  # (classes, drawers, 28, 28) uint8, ink 255 on 0
    alphabets: list[str]  # of each class
    characters: list[str]  # of each class: "character01" and so on, within its alphabet


class OmniglotMissing(OSError):
    """A file of Omniglot is neither on this computer nor could it be fetched."""


def load_omniglot(split: str) -> Omniglot:
    """Return the characters of a split, framed like the glyphs, in the order of their names.

    "small": 242 characters of eight alphabets, from two files of 3 MB together. "background" and
    "evaluation": the usual 964 characters to train on and 659 of other alphabets, from files of
    9 and 6 MB. Decoded on the first call, then read from the cache folder (METACOURSE_CACHE, else
    the user's).
    Raises ValueError when there is no such split, OmniglotMissing when its files cannot be had.
    Lake, Salakhutdinov and Tenenbaum 2015; the small files are their smaller background sets.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}; got {split!r}")

    def decoded() -> cache.Kept:
        images, alphabets, characters = decode([find_file(name) for name in SPLITS[split]])
        return {"images": images}, {"alphabets": alphabets, "characters": characters}

    images, names = cache.kept(f"omniglot-{RECIPE}-{split}", decoded)
    return Omniglot(**images, **names)


def load_runs(source: str | os.PathLike | None = None) -> Episode:
    """Return the 20 one-shot classification runs of Lake et al. (2015) as a batch of 20-way tasks.

    source: all_runs.zip or the folder with its contents; if it is None, all_runs.zip is looked for
    like the other files, but not fetched. A run is a folder with training/class01.png and so on,
    test/item01.png and so on, and class_labels.txt, whose lines name a test image and the training
    image of its class.
    Returns x_support (20, 20, 28, 28), y_support (20, 20), x_query (20, 20, 28, 28), y_query
    (20, 20); the label of a class is its place among the run's training images.
    Raises ValueError when the source has another form, OmniglotMissing when there is none.
    """
    source = find_file(RUNS, fetch=False) if source is None else Path(source)
    files = _contents(source)
    lists = [name for name in files if PurePosixPath(name).name == "class_labels.txt"]
    if not lists:
        raise ValueError(f"source needs runs with a class_labels.txt, {source} has none")
    runs = [_run(PurePosixPath(name).parent, files) for name in sorted(lists)]
    if len({(len(support), len(query)) for support, query, _ in runs}) > 1:
        raise ValueError(f"source needs runs of one size, those of {source} differ")
    x_support, x_query = (_images(pngs for run in runs for pngs in run[part]) for part in (0, 1))
    n_way = len(runs[0][0])
    return Episode(
        x_support.unflatten(0, (len(runs), n_way)),
        torch.arange(n_way).repeat(len(runs), 1),
        x_query.unflatten(0, (len(runs), -1)),
        torch.tensor([labels for _, _, labels in runs]),
    )


def find_file(name: str, *, fetch: bool = True) -> Path:
    """Return where a file of Omniglot (`SHA256`) is: in METACOURSE_DATA, its folder omniglot, or
    the cache; else fetch it into the cache, with a progress bar, if it may.

    A file that is not the published one is left out, with a warning that names it.
    Raises OmniglotMissing when there is no file left and none could be fetched.
    """
    for path in (folder / name for folder in _folders()):
        if os.path.isfile(path):  # False also where nobody may look
            damage = _damage(path)
            if damage is None:
                return path
            warnings.warn(f"{path} {damage}; it is not used", stacklevel=2)
    if not fetch:
        raise OmniglotMissing(_advice(name, "is not on this computer"))
    return _fetch(name)


def _folders() -> list[Path]:
    """Where files are looked for; those in a home folder only if there is one."""
    found = []
    with suppress(OSError):
        if data := named("METACOURSE_DATA", lambda: None):
            found = [data, data / "omniglot"]
    with suppress(OSError):
        found.append(cache.folder())
    return found


def decode(archives: Iterable[Path]) -> Omniglot:
    """Return the characters of archives in the published form, each alphabet/character once."""
    drawings: dict[tuple[str, str], list[bytes]] = {}
    for archive in archives:
        of_archive: dict[tuple[str, str], list[bytes]] = {}
        for name, data in sorted(_contents(archive).items()):
            alphabet, character = PurePosixPath(name).parts[-3:-1]
            of_archive.setdefault((alphabet, character), []).append(data)
        drawings = of_archive | drawings  # the small files share Greek and Latin
    names = sorted(drawings)
    images = _images(png for name in names for png in drawings[name])
    return Omniglot(
        images.unflatten(0, (len(names), -1)),
        [alphabet for alphabet, _ in names],
        [character for _, character in names],
    )


def _fetch(name: str) -> Path:
    """The published file, put into the cache only when it is whole."""
    pooch.get_logger().setLevel("WARNING")  # the progress bar says enough
    urls = {name: _url(name)}
    try:
        source = pooch.create(
            cache.folder(), URL, registry=SHA256, urls=urls, retry_if_failed=RETRIES
        )
        downloader = pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT)
        return Path(source.fetch(name, downloader=downloader))
    except (OSError, ValueError) as error:  # no network, no such page, or not the published bytes
        told = "is not on this computer and could not be fetched"
        raise OmniglotMissing(f"{_advice(name, told)} ({error})") from error


def _url(name: str) -> str:
    return f"{URL}/{FOLDERS.get(name, '')}{name}"


def _advice(name: str, told: str) -> str:
    return (
        f"{name} {told}. Go on without it, or download {_url(name)}, put it into a folder and name "
        "the folder in the environment variable METACOURSE_DATA."
    )


def _damage(path: Path) -> str | None:
    """What is wrong with a file, if anything is."""
    try:
        found = pooch.file_hash(str(path))
    except OSError as error:
        return f"cannot be read ({reason(error)})"
    if found == SHA256[path.name]:
        return None
    other = next((name for name, known in SHA256.items() if known == found), None)
    return f"holds {other}" if other else "is damaged, incomplete or another file (SHA-256 differs)"


def _contents(source: Path) -> dict[str, bytes]:
    """The images and label files in a folder or zip file, by their names inside."""
    if source.is_dir():
        paths = {path.relative_to(source).as_posix(): path for path in source.rglob("*.*")}
        return {name: path.read_bytes() for name, path in paths.items() if _is_wanted(name)}
    try:
        with ZipFile(source) as archive:
            return {name: archive.read(name) for name in archive.namelist() if _is_wanted(name)}
    except BadZipFile as error:
        raise ValueError(f"source needs a folder or a whole zip file, got {source}") from error


def _is_wanted(name: str) -> bool:
    return name.endswith((".png", "class_labels.txt")) and not name.startswith("__MACOSX")


def _run(
    folder: PurePosixPath, files: dict[str, bytes]
) -> tuple[list[bytes], list[bytes], list[int]]:
    """A run's training images, test images and the labels of these."""
    training = sorted(name for name in files if PurePosixPath(name).parent == folder / "training")
    items, labels = [], []
    for line in files[str(folder / "class_labels.txt")].decode().splitlines():
        pair = [str(folder.parent / name) for name in line.split()]
        if len(pair) != 2 or pair[0] not in files or pair[1] not in training:
            raise ValueError(
                f"{folder}/class_labels.txt needs lines of a test and a training image "
                f"that are there, got {line!r}"
            )
        items.append(files[pair[0]])
        labels.append(training.index(pair[1]))
    return [files[name] for name in training], items, labels


def _images(pngs: Iterable[bytes]) -> Tensor:
    """Decode bitmaps of black ink on white, all of one size, and frame them: (n, 28, 28) uint8."""
    bitmaps = [np.asarray(Image.open(io.BytesIO(png)).convert("L")) < 128 for png in pngs]
    return frame_bitmaps(torch.from_numpy(np.stack(bitmaps)), thickness=PEN)
