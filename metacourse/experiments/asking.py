"""Which point to ask for next, when each answer costs something (notebook 07a)."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from metacourse.bayes import Gaussian, Prior, posterior
from metacourse.experiments.floor import SLANTED, VARIANCE

PRIOR = Prior(torch.zeros(2).double(), SLANTED, torch.tensor(VARIANCE).double())
PLACES = torch.stack([torch.linspace(-1, 1, 21), torch.ones(21)], dim=1).double()  # to ask at
WEIGHTS = torch.tensor([1 / 3, 1.0]).double()  # E x² and E 1 for x ~ U(−1, 1)

Ask = Callable[[Gaussian, Tensor, Generator], int]


def play(ask: Ask, *, n_questions: int = 3, n_tasks: int = 200, seed: int) -> Tensor:
    """The squared error of the mean line over all x in −1 … 1, after some questions: (n_tasks,).

    ask(belief, places (M, 2), generator) → the row of places at which a label is asked for. The
    learner knows the family's prior; each task's line is drawn from it.
    """
    generator = torch.Generator().manual_seed(seed)
    thetas = _normal(generator, n_tasks, 2) @ torch.linalg.cholesky(PRIOR.cov).mT
    errors = []
    for theta in thetas:
        belief = Gaussian(PRIOR.mean, PRIOR.cov)
        for _ in range(n_questions):
            x = PLACES[ask(belief, PLACES, generator)].unsqueeze(0)
            y = x @ theta + VARIANCE**0.5 * _normal(generator, 1)
            belief = posterior(x, y, Prior(*belief, PRIOR.noise))
        errors.append(WEIGHTS @ (belief.mean - theta).square())
    return torch.stack(errors)


def at_random(belief: Gaussian, places: Tensor, generator: Generator) -> int:
    """Any place."""
    return int(torch.randint(len(places), (), generator=generator))


def least_left(belief: Gaussian, places: Tensor, generator: Generator) -> int:
    """The place after whose answer the least variance is left, on average over −1 … 1."""
    prior, nothing = Prior(*belief, PRIOR.noise), torch.zeros(1).double()
    left = [posterior(x.unsqueeze(0), nothing, prior).cov.diagonal() @ WEIGHTS for x in places]
    return int(torch.stack(left).argmin())  # which label it is does not matter to the variance


def _normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)
