"""One penalty, or one for each of 65 features: ridge on people with diabetes, and how far more
hyperparameters fit the validation points alone (notebook 06c)."""

from functools import cache
from typing import NamedTuple

import torch
from sklearn import datasets
from torch import Generator, Tensor

from metacourse import linear_regression as lr
from metacourse.hyperparameters import random_search, ridge

N_TRAIN, N_FEATURES = 120, 65
LOW, HIGH = 1e-3, 10.0  # of a penalty, to choose from
ALL, EACH = torch.zeros(N_FEATURES).long(), torch.arange(N_FEATURES)  # share a penalty, or none
KINDS = (EACH >= 10).long()  # one for the measurements, one for their products


class Split(NamedTuple):
    """People by what they are for: x (n, 65), y (n,) each, both standardised over all people."""

    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]


@cache
def people() -> tuple[Tensor, Tensor]:
    """The 442 people of Efron et al. (2004): 10 measurements and their 55 products, and how far the
    disease went in a year: (442, 65), (442,), each column of mean 0 and deviation 1."""
    x, y = (torch.from_numpy(part) for part in datasets.load_diabetes(return_X_y=True))
    x = _standardised(x)
    first, second = torch.triu_indices(10, 10)
    return torch.cat([x, _standardised(x[:, first] * x[:, second])], dim=1), _standardised(y)


def _standardised(columns: Tensor) -> Tensor:
    return (columns - columns.mean(0)) / columns.std(0)


def split(seed: int, n_validation: int) -> Split:
    """120 people to train on, so many to validate with, and the others for the test.

    Raises ValueError if that leaves no two people for one of the parts."""
    x, y = people()
    if not 2 <= n_validation <= len(x) - N_TRAIN - 2:
        raise ValueError(f"n_validation must be 2 to {len(x) - N_TRAIN - 2}, got {n_validation}")
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    parts = order.tensor_split([N_TRAIN, N_TRAIN + n_validation])
    return Split(*((x[part], y[part]) for part in parts))


def error(penalties: Tensor, of: Split, on: str = "validation") -> Tensor:
    """The mean squared error on a part of a split, of ridge on its training people: penalties (65,)
    or () → ()."""
    return lr.loss(ridge(*of.train, penalties), *getattr(of, on))


# ---- how penalties are chosen --------------------------------------------------------------------


def on_a_grid(of: Split) -> Tensor:
    """One penalty for all features, the best of 30 on the validation people → ()."""
    tried = torch.logspace(-3, 1, 30, dtype=torch.float64)
    return tried[torch.stack([error(penalty, of) for penalty in tried]).argmin()]


def at_random(
    of: Split, generator: Generator, n_trials: int = 300, ends: tuple[float, float] = (LOW, HIGH)
) -> Tensor:
    """The best of so many draws of 65 penalties between two ends → (65,)."""
    names = [str(feature) for feature in range(N_FEATURES)]

    def losses(tried: dict[str, Tensor]) -> Tensor:
        penalties = torch.stack([tried[name] for name in names], dim=1).double()
        return torch.stack([error(each, of) for each in penalties])

    ranges = dict.fromkeys(names, ends)
    best, _ = random_search(losses, ranges, n_trials=n_trials, generator=generator)
    return torch.stack([best[name] for name in names]).double()


def by_descent(of: Split, groups: Tensor = EACH, *, n_steps: int, pull: float = 0.0) -> Tensor:
    """Penalties by Adam on their logarithms along the hypergradient of the validation error, from
    the best single one of `on_a_grid` → (65,).

    groups (65,): the number of the penalty that a feature has, from 0 on, its own unless others
    share it; pull: what the squared distance of the logarithms from their mean adds to the error.
    """
    logs = on_a_grid(of).log().repeat(int(groups.max()) + 1).requires_grad_()
    optimizer = torch.optim.Adam([logs], lr=0.1)
    for _ in range(n_steps):
        optimizer.zero_grad()
        apart = (logs - logs.mean()).square().sum()
        (error(logs[groups].exp(), of) + pull * apart).backward()
        optimizer.step()
    return logs.detach()[groups].exp()
