"""Handwritten digits, 8 × 8 pixels, from scikit-learn (UCI; Alpaydin and Kaynak 1998)."""

from functools import cache

import torch
from sklearn import datasets
from torch import Tensor

SPLITS = {"train": (0, 100), "validation": (100, 137), "test": (137, 174)}  # of each digit's images


def load_digits() -> Tensor:
    """Return the first 174 images of each digit (the rarest has no more), ink 255 on 0:
    (10, 174, 8, 8) uint8."""
    digits = datasets.load_digits()
    images = torch.from_numpy(digits.images / 16 * 255).round().to(torch.uint8)
    labels = torch.from_numpy(digits.target)
    n_images = int(labels.bincount().min())
    return torch.stack([images[labels == digit][:n_images] for digit in range(10)])


@cache
def split_digits(split: str) -> Tensor:
    """Return the images of a split, shuffled always in the same way: (10, images, 64) in [0, 1].

    Raises ValueError unless split is "train", "validation" or "test".
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}; got {split!r}")
    generator = torch.Generator().manual_seed(0)
    images = load_digits().flatten(2) / 255
    orders = [torch.randperm(images.shape[1], generator=generator) for _ in images]
    chosen = slice(*SPLITS[split])
    return torch.stack(
        [of_one[order[chosen]] for of_one, order in zip(images, orders, strict=True)]
    )
