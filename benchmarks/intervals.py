"""How often the intervals of a report card hold: made-up worlds whose true accuracy is known."""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from metacourse.experiments.own_methods import nearest_mean
from metacourse.experiments.own_tasks import Outcome, answered, draw_tasks, judged

N_WORLDS, N_TASKS = 200, 200
CASES = (3, 2), (6, 5), (20, 5), (61, 5)  # test classes, ways
N_EACH = 12


def measure() -> Iterator[tuple[str, str, str]]:
    """The share of worlds in which each interval holds the truth."""
    generator = torch.Generator().manual_seed(0)
    for n_classes, n_way in CASES:
        truth = outcome(world(3000, generator), n_way, 5000, 0).right.mean()
        found = [
            outcome(world(n_classes, generator), n_way, N_TASKS, seed) for seed in range(N_WORLDS)
        ]
        away = torch.stack([abs(one.right.mean() - truth) for one in found])
        over = torch.tensor([[one.over_classes(), one.over_tasks().half_width] for one in found])
        held = (away[:, None] <= over).double().mean(0)
        what = f"intervals hold, {n_classes} test classes, {n_way} ways"
        yield what, f"over classes {held[0]:.0%}, over tasks {held[1]:.0%}", "95 % over classes"


def world(n_classes: int, generator: Generator) -> Tensor:
    """Classes of points in three dimensions, some wider than others: (classes, examples, 3)."""
    middles = 1.5 * torch.randn(n_classes, 1, 3, generator=generator)
    widths = 2 * torch.rand(n_classes, 1, 1, generator=generator)
    return middles + widths * torch.randn(n_classes, N_EACH, 3, generator=generator)


def outcome(x: Tensor, n_way: int, n_tasks: int, seed: int) -> Outcome:
    """The nearest mean on one-shot tasks of a world."""
    tasks = draw_tasks(*x.shape[:2], n_way=n_way, n_shot=1, n_tasks=n_tasks, seed=seed)
    return judged(answered(nearest_mean, x, tasks), tasks)
