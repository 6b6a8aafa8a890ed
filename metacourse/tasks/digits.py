"""Handwritten digits, 8 × 8 pixels, from scikit-learn (UCI; Alpaydin and Kaynak 1998)."""

import torch
from sklearn import datasets
from torch import Tensor


def load_digits() -> Tensor:
    """Return the first 174 images of each digit (the rarest has no more), ink 255 on 0:
    (10, 174, 8, 8) uint8."""
    digits = datasets.load_digits()
    images = torch.from_numpy(digits.images / 16 * 255).round().to(torch.uint8)
    labels = torch.from_numpy(digits.target)
    n_images = int(labels.bincount().min())
    return torch.stack([images[labels == digit][:n_images] for digit in range(10)])
