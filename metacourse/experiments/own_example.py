"""A folder as people have them: digits, and what happens to folders (notebook 10b)."""

from pathlib import Path

import numpy as np
from PIL import Image

from metacourse.experiments.own_methods import baselines, plan
from metacourse.experiments.own_tasks import Outcome, answered, draw_tasks, judged
from metacourse.tasks.digits import load_digits
from metacourse.tasks.folders import Own

N_EACH, SIDE = 20, 32  # pictures of a class, pixels


def write_digits(folder: Path) -> None:
    """Write twenty pictures of each digit, a folder a digit, as somebody may have collected them: a
    4 stands twice, a 1 under 7 as well, a file is no picture, and "other" has two pictures."""
    digits = load_digits().numpy()  # (10, 174, 8, 8)
    for label, pictures in enumerate(digits):
        for n, pixels in enumerate(pictures[:N_EACH]):
            _write(pixels, folder / str(label) / f"{n:02}.png")
    _write(digits[4, 0], folder / "4" / "copy of 00.png")
    _write(digits[1, 0], folder / "7" / "looks like 7.png")
    (folder / "3" / "notes.png").write_text("no picture")
    for n, pixels in enumerate(digits[:2, -1]):
        _write(pixels, folder / "other" / f"{n:02}.png")


def _write(pixels: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(path)


def baseline_outcomes(own: Own, n_shot: int) -> dict[str, Outcome]:
    """What the simple methods of a report card bring on the test classes, without its trainings."""
    card = plan(own, seconds=0)
    x = own.part("test")
    tasks = draw_tasks(*x.shape[:2], n_way=card.n_way, n_shot=n_shot, n_tasks=card.n_tasks)
    return {
        method.name: judged(answered(method.scores, method.embed(x), tasks), tasks)
        for method in baselines(own, card)
    }
