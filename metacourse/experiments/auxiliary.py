"""Eight points of the task that is meant, and a hundred of each of three others: what weights of
their losses make of it (notebook 06d). All is linear, so that each fit is exact."""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from metacourse import linear_regression as lr
from metacourse.hyperparameters import ridge

N_FEATURES, N_MEANT, N_OTHERS, N_TEST, NOISE = 10, 8, 100, 1000, 0.5
APART = {"close": 0.2, "half related": 1.0}  # of the meant θ, in units of its own spread
NAMES = *APART, "unrelated"
SHRINKAGE = 1e-3  # a penalty that makes every fit unique
WEIGHTS = torch.logspace(-3, 2, 40, dtype=torch.float64)  # of one weight for all, to choose from

Points = tuple[Tensor, Tensor]


class Family(NamedTuple):
    """The points of the task that is meant, and of the others: x (n, 10), y (n,) each."""

    train: Points
    validation: Points
    test: Points
    others: list[Points]  # in the order of `NAMES`


def family(generator: Generator) -> Family:
    """Draw a task, one close to it, one half related, one unrelated, and points of each."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    def points(theta: Tensor, n: int) -> Points:
        x = normal(n, N_FEATURES)
        return x, x @ theta + NOISE * normal(n)

    meant = normal(N_FEATURES)
    others = [meant + apart * normal(N_FEATURES) for apart in APART.values()]
    others.append(2**0.5 * normal(N_FEATURES))  # as far from 0 as the half related one
    parts = (points(meant, n) for n in (N_MEANT, N_MEANT, N_TEST))
    return Family(*parts, [points(theta, N_OTHERS) for theta in others])


def fit(train: Points, others: list[Points], weights: Tensor) -> Tensor:
    """The θ of least `weighted_joint` loss of all these points, plus `SHRINKAGE` · ‖θ‖²:
    weights (J,) of the others → (10,)."""
    both = [(1.0, train), *zip(weights, others, strict=True)]
    hessian = sum(weight * lr.hessian(x) for weight, (x, _) in both)
    slope = sum(weight * 2 / len(y) * x.mT @ y for weight, (x, y) in both)
    return torch.linalg.solve(hessian + 2 * SHRINKAGE * torch.eye(N_FEATURES).double(), slope)


def together(*points: Points) -> Points:
    """All points as those of one task."""
    x, y = zip(*points, strict=True)
    return torch.cat(x), torch.cat(y)


def learned_weights(
    parts: list[tuple[Points, Points]], others: list[Points], *, n_steps: int = 60
) -> Tensor:
    """A weight for each of the other tasks, by Adam on their logarithms along the gradient of a
    loss: the mean over pairs of points to fit and points to judge the fit by → (3,)."""
    logs = torch.full((3,), -1.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([logs], lr=0.2)
    for _ in range(n_steps):
        optimizer.zero_grad()
        judged = [lr.loss(fit(fitted, others, logs.exp()), *judge) for fitted, judge in parts]
        torch.stack(judged).mean().backward()
        optimizer.step()
    return logs.detach().exp()


def folds(points: Points, n_folds: int = 4) -> list[tuple[Points, Points]]:
    """All points of a task cut into folds, in turn: those of the others, and those of each fold."""
    x, y = points
    fold = torch.arange(len(y)) % n_folds
    return [
        ((x[fold != each], y[fold != each]), (x[fold == each], y[fold == each]))
        for each in range(n_folds)
    ]


def best_penalty(parts: list[tuple[Points, Points]]) -> Tensor:
    """The penalty of ridge, of 25, with the least loss over the folds, and no other task → ()."""

    def loss(penalty: Tensor) -> Tensor:
        return sum(lr.loss(ridge(*fitted, penalty), *judge) for fitted, judge in parts)

    return min(torch.logspace(-4, 1, 25, dtype=torch.float64), key=lambda p: loss(p).item())


def corrected(points: Points, others: list[Points]) -> Tensor:
    """The fit to the other task that fits these points best, and ridge on what it leaves of them,
    its penalty by folds → (10,)."""
    x, y = points
    fits = [fit(each, [], torch.zeros(0)) for each in others]
    nearest = min(fits, key=lambda theta: lr.loss(theta, x, y).item())
    left = x, y - x @ nearest
    return nearest + ridge(*left, best_penalty(folds(left)))


def one_weight(of: Family) -> Tensor:
    """The best of `WEIGHTS`, the same for all others, on the validation points → (3,)."""
    tried = WEIGHTS[:, None].expand(-1, 3)
    losses = [lr.loss(fit(of.train, of.others, each), *of.validation) for each in tried]
    return tried[torch.stack(losses).argmin()]


def losses_on_test(of: Family, learned: Tensor) -> dict[str, Tensor]:
    """The loss on the test points of the meant task, by what was fitted: () each; learned (3,), the
    weights that its validation points have taught."""
    none = torch.zeros(3).double()
    both = together(of.train, of.validation)
    fits = {
        "the meant points alone": fit(of.train, of.others, none),
        "and the validation points": fit(both, of.others, none),
        "all pooled as one task": fit(together(both, *of.others), [], none[:0]),
        "one weight, validated": fit(of.train, of.others, one_weight(of)),
        "three weights, learned": fit(of.train, of.others, learned),
        "learned, then both fitted": fit(both, of.others, learned),
    }
    fits["both, penalty by four folds"] = ridge(*both, best_penalty(folds(both)))
    fits["the close task alone"] = fit(of.others[0], [], none[:0])
    fits["the nearest task, and ridge"] = corrected(both, of.others)
    by_folds = learned_weights(folds(both), of.others)
    fits["weights by four folds, then both"] = fit(both, of.others, by_folds)
    for weight in (0.1, 1.0, 10.0):
        fits[f"weight {weight:g} for all"] = fit(of.train, of.others, none + weight)
    return {name: lr.loss(theta, *of.test) for name, theta in fits.items()}
