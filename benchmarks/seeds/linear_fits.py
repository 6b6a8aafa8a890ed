"""Notebooks 06c and 06d, where every fit is a linear system. Penalties of ridge over sixty splits
of 442 people, and weights of other tasks over 400 draws of tasks: means and the half-widths of
their intervals.
"""

from collections.abc import Iterator

import torch

from benchmarks.seeds import with_interval
from metacourse.experiments import auxiliary
from metacourse.experiments import many_penalties as ridge
from metacourse.seeds import Run


def runs() -> Iterator[Run]:
    for n_validation in (30, 100, 200):
        yield from penalties(n_validation)
    yield from other_tasks()


def penalties(n_validation: int) -> Iterator[Run]:
    """What 65 penalties gain on the validation people, and on others."""
    errors = {}
    for seed in range(60):
        of, generator = ridge.split(seed, n_validation), torch.Generator().manual_seed(seed)
        one = ridge.on_a_grid(of)
        near = {"ends": (one.item() / 6, 6 * one.item())}
        ways = {
            "one penalty, grid": one,
            "one penalty, learned": ridge.by_descent(of, ridge.ALL, n_steps=150),
            "65 penalties, 300 draws": ridge.at_random(of, generator),
            "65 penalties, 300 draws near one": ridge.at_random(of, generator, **near),
            "two penalties, learned": ridge.by_descent(of, ridge.KINDS, n_steps=150),
            "65 penalties, learned, 15 steps": ridge.by_descent(of, n_steps=15),
            "65 penalties, learned, 150 steps": ridge.by_descent(of, n_steps=150),
        }
        for name, chosen in ways.items():
            both = [ridge.error(chosen, of, part) for part in ("validation", "test")]
            errors.setdefault(name, []).append(torch.stack(both))
    of_grid = torch.stack(errors["one penalty, grid"])[:, 1]
    for name, found in errors.items():
        seen, new = torch.stack(found).T
        label = f"ridge, {n_validation} validation people"
        yield Run(f"{label}: squared error on them", name, 0, seen.mean().item())
        yield from with_interval(f"{label}: on new people", name, new)
        yield from with_interval(f"{label}: on new people, minus the grid's", name, new - of_grid)


def other_tasks() -> Iterator[Run]:
    """The loss of the task that is meant, by how the others are weighted."""
    drawn = [auxiliary.family(torch.Generator().manual_seed(seed)) for seed in range(400)]
    learned = [auxiliary.learned_weights([of[:2]], of.others) for of in drawn]
    each = [auxiliary.losses_on_test(*both) for both in zip(drawn, learned, strict=True)]
    losses = {name: torch.stack([of_one[name] for of_one in each]) for name in each[0]}
    meant = "other tasks, loss of the one that is meant"
    for name, found in losses.items():
        yield from with_interval(meant, name, found)
        control, weighted = losses["and the validation points"], losses["three weights, learned"]
        yield from with_interval(f"{meant}, minus the control's", name, found - control)
        yield from with_interval(f"{meant}, minus the learned weights'", name, found - weighted)
    weights = torch.stack(learned)
    shares = torch.tensor([0.1, 0.5, 0.9], dtype=weights.dtype)
    for name, of_task in zip(auxiliary.NAMES, weights.T, strict=True):
        for seed, weight in enumerate(of_task.quantile(shares).tolist()):
            yield Run("other tasks, learned weight (10, 50, 90 %)", name, seed, weight)
