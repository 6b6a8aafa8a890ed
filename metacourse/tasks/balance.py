"""What turns examples that somebody has collected into classes that tasks can be drawn from."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from metacourse.concepts import fingerprints

WANTED = 20  # examples; more of a class do not make up for fewer classes
PARTS = "train", "validation", "test"
FEWEST_TO_SPLIT = 7  # classes


def split_classes(n: int, seed: int) -> dict[str, list[int]]:
    """Split classes at random: a quarter for meta-test, at least three, a quarter for
    meta-validation, at least two, and the others, at least two, for meta-training.

    Of fewer than seven all are for meta-test: nothing can be learned across classes.
    """
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).tolist()
    if n < FEWEST_TO_SPLIT:
        return {"train": [], "validation": [], "test": sorted(order)}
    test, validation = max(3, -(-n // 4)), max(2, n // 4)
    ends = {"test": test, "validation": test + validation, "train": n}
    starts = 0, test, test + validation
    parts = {
        name: sorted(order[start:end])
        for (name, end), start in zip(ends.items(), starts, strict=True)
    }
    return {name: parts[name] for name in PARTS}


def balanced(sizes: Mapping[str, int], fewest: int) -> tuple[list[str], int]:
    """Choose how many examples each class gives, and the classes that have so many.

    The number m keeps most: it makes m · (classes with m or more) largest, m up to `WANTED`; then
    each gives as many as the smallest of these classes has.
    Raises ValueError unless two classes have `fewest`.
    """
    large = [size for size in sizes.values() if size >= fewest]
    if len(large) < 2:
        found = ", ".join(f"{name}: {size}" for name, size in list(sizes.items())[:5])
        raise ValueError(
            f"two classes or more need {fewest} different examples each that can be read; "
            f"there are {found or 'none'}"
        )
    least = max(
        sorted({min(size, WANTED) for size in large}), key=lambda m: m * _at_least(large, m)
    )
    kept = {name: size for name, size in sizes.items() if size >= least}
    return list(kept), min(kept.values())


def _at_least(sizes: Sequence[int], m: int) -> int:
    return sum(size >= m for size in sizes)


def without_copies(
    classes: Mapping[str, Mapping[str, Tensor]],
) -> tuple[dict[str, dict[str, Tensor]], list[str], list[tuple[str, str]]]:
    """Take out what is the same, number for number.

    Returns the classes with every example once and none that stands in two of them; the examples
    that stood twice in a class; pairs of examples of two classes that are the same.
    """
    names = [(c, e) for c, examples in classes.items() for e in examples]
    keys = fingerprints(torch.stack([classes[c][e] for c, e in names])) if names else []
    first: dict[bytes, tuple[str, str]] = {}
    twins, leaks, spoilt = [], [], set()
    single: dict[str, dict[str, Tensor]] = {name: {} for name in classes}
    for (c, e), key in zip(names, keys, strict=True):
        earlier, known = first.setdefault(key, (c, e)), key in first
        if earlier == (c, e) or not known:
            single[c][e] = classes[c][e]
        elif earlier[0] == c:
            twins.append(e)
        else:
            leaks.append((earlier[1], e))
            spoilt.add(earlier)
    for c, e in spoilt:
        single[c].pop(e, None)
    return single, twins, leaks


def told(why: str, names: Sequence[str], n_shown: int = 3) -> str:
    """What was left out, and why, in a line."""
    more = ", …" if len(names) > n_shown else ""
    return f"{why}: {len(names)} ({', '.join(names[:n_shown])}{more})"
