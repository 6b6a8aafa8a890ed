"""Folders of pictures and tables as they are found in the wild, made by tests."""

import numpy as np
from PIL import Image

SIDE = 12


def noise(seed: int, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)


def save(pixels: np.ndarray, path, **how) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **how)


def noisy_folder(root, *, n_classes: int = 8, n_each: int = 8):
    """Classes of pictures of noise, all different: nothing can be learned from them."""
    for c in range(n_classes):
        for e in range(n_each):
            save(noise(1000 * c + e), root / f"class {c}" / f"{e}.png")
    return root
