"""The learner's own data as tasks: a folder of pictures, or a table of vectors with their classes.

The classes are split into meta-train, meta-validation and meta-test; every class gives the same
number of examples, so that `episodes.sample_episodes` takes them. What is left out is counted and
told; what stands in two classes is told as a leak. Series are read by `tasks.series`.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from metacourse.concepts import find_leaks
from metacourse.tasks.balance import balanced, split_classes, told, without_copies
from metacourse.tasks.pictures import Picture, Pictures, read_pictures
from metacourse.tasks.tables import CLASS, as_columns, find_column, read_table

FEWEST = 6  # examples of a class: one to learn from, five to be asked
MOST_SHARE = 0.5  # of the training pictures: what most of them are holds for all

Classes = dict[str, dict[str, Tensor]]  # class: example: numbers


class Own(NamedTuple):
    """Classes of the learner's own."""

    kind: str  # "pictures" or "vectors"
    x: Tensor  # (classes, examples, 28, 28) uint8, or (classes, examples, D) float64
    classes: list[str]  # their names
    examples: list[list[str]]  # of each class: files, or lines
    splits: dict[str, list[int]]  # of PARTS: the numbers of its classes; too few: all in "test"
    findings: list[str]  # what was left out or changed, a sentence each
    leaks: list[tuple[str, str]]  # examples of two classes that are the same

    def part(self, name: str) -> Tensor:
        """The examples of a part: (classes, examples, …)."""
        return self.x[self.splits[name]]


def load_own(path: Path, *, column: str | None = None, seed: int = 0) -> Own:
    """Read a folder of pictures, one folder a class, or a CSV file with a column of classes.

    column: its name, if it is none of `tables.CLASS`. An example that stands twice in a class
    counts once; one that stands in two classes is used in neither, and is a leak.
    Raises ValueError with a sentence where tasks cannot be made of it, OSError where it cannot be
    read.
    """
    path = Path(path)
    if path.is_dir():
        found = read_pictures(path, seed=seed)
        classes = {c: {e: _two(p) for e, p in of.items()} for c, of in found.classes.items()}
        own = _made("pictures", classes, found.left_out, seed)
        return _presented(own, found)
    return _made("vectors", *_vectors(path, column), seed)


def _vectors(path: Path, column: str | None) -> tuple[Classes, dict[str, list[str]]]:
    """The classes of a table, and what was left out."""
    table = read_table(path)
    key = find_column(table, column, CLASS)
    if key is None:
        raise ValueError(
            f"{path} needs a column of classes, one of {', '.join(CLASS)}; say which it is"
        )
    rows = as_columns(table, key)
    if not rows.names:
        raise ValueError(f"{path} needs columns of numbers beside that of the classes")
    classes: Classes = {}
    for name, line, values in zip(rows.keys, rows.lines, rows.numbers, strict=True):
        classes.setdefault(name, {})[line] = torch.tensor(values, dtype=torch.float64)
    return classes, rows.left_out


def _made(kind: str, classes: Classes, left_out: dict[str, list[str]], seed: int) -> Own:
    """The classes without copies, of one size, split."""
    single, twins, leaks = without_copies(classes)
    kept, n_each = balanced({name: len(of_class) for name, of_class in single.items()}, FEWEST)
    left_out = {
        **left_out,
        "standing twice in a class, used once": twins,
        "standing in two classes, used in neither": [f"{a} = {b}" for a, b in leaks],
        f"classes of fewer than {n_each}": [name for name in single if name not in kept],
    }
    findings = [told(why, names) for why, names in left_out.items() if names]
    if surplus := sum(len(single[name]) for name in kept) - len(kept) * n_each:
        findings.append(f"not needed, as each class gives {n_each}: {surplus}")
    generator = torch.Generator().manual_seed(seed)
    chosen = [_draw(list(single[name]), n_each, generator) for name in kept]
    x = torch.stack(
        [torch.stack([single[c][e] for e in of]) for c, of in zip(kept, chosen, strict=True)]
    )
    return Own(kind, x, kept, chosen, split_classes(len(kept), seed), findings, leaks)


def _draw(examples: list[str], n: int, generator: Generator) -> list[str]:
    places = torch.randperm(len(examples), generator=generator)[:n]
    return [examples[place] for place in sorted(places.tolist())]


def _two(picture: Picture) -> Tensor:
    """Both forms of a picture: (2, 28, 28) uint8."""
    return torch.from_numpy(np.stack([picture.whole, picture.drawing]))


def _presented(own: Own, found: Pictures) -> Own:
    """Show pictures as the letters that the course's networks know, where most of the training
    pictures are like them: what is drawn on a plain ground is enlarged to the size of a letter,
    and a bright ground becomes dark. One way for all pictures, chosen without labels."""
    chosen = own.splits["train"] or own.splits["test"]
    pictures = [found.classes[own.classes[c]][e] for c in chosen for e in own.examples[c]]
    plain = np.mean([p.is_plain for p in pictures]) > MOST_SHARE
    bright = np.mean([p.ground > 127 for p in pictures]) > MOST_SHARE
    coloured = np.mean([p.is_coloured for p in pictures])
    x = own.x[:, :, int(plain)]
    findings = list(own.findings)
    if plain:
        findings.append("drawings on a plain ground: cut out, enlarged to the size of a letter")
    if bright:
        x = 255 - x
        findings.append("bright grounds: dark and bright are exchanged, as in the course's letters")
    if coloured > 0.1:
        findings.append(f"in colour, which the networks do not see: {coloured:.0%} of the pictures")
    return own._replace(x=x, findings=findings)


def alarm(own: Own) -> list[tuple[int, int]]:
    """Chapter 01's: pairs (test example, meta-training or -validation example) that are the same;
    an honest test gives none."""
    if not own.splits["train"]:
        return []
    seen = torch.cat([own.part("train"), own.part("validation")]).flatten(0, 1)
    return find_leaks(own.part("test").flatten(0, 1), seen)
