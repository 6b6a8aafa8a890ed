"""Which point to ask for next, when each answer costs something (notebook 07b)."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from metacourse.bayes import Gaussian, Prior, posterior
from metacourse.experiments.floor import SLANTED, VARIANCE

NOISE = torch.tensor(VARIANCE).double()
ORIGIN = torch.zeros(2).double()
PRIORS = {
    "slanted": Prior(ORIGIN, SLANTED, NOISE),
    "round": Prior(ORIGIN, torch.eye(2).double() / 3, NOISE),  # as wide in all directions
}
PLACES = torch.stack([torch.linspace(-1, 1, 21), torch.ones(21)], dim=1).double()  # to ask at
WEIGHTS = torch.tensor([1 / 3, 1.0]).double()  # E x² and E 1 for x ~ U(−1, 1)

Ask = Callable[[Gaussian, Tensor, Generator], int]


def play(ask: Ask, *, n_questions: int, n_tasks: int = 200, seed: int) -> Tensor:
    """The squared error of the mean line over all x in −1 … 1, after some questions: (n_tasks,).

    ask(belief, places (M, 2), generator) → the row of places at which a label is asked for. Each
    task's line is drawn from the slanted family, whose prior the learner knows.
    """
    prior, errors = PRIORS["slanted"], []
    generator, of_ask = (torch.Generator().manual_seed(each) for each in (seed, seed + 1))
    for _ in range(n_tasks):
        theta = torch.linalg.cholesky(prior.cov) @ _normal(generator, 2)
        belief = Gaussian(prior.mean, prior.cov)
        for _ in range(n_questions):
            x = PLACES[ask(belief, PLACES, of_ask)].unsqueeze(0)
            y = x @ theta + prior.noise.sqrt() * _normal(generator, 1)
            belief = posterior(x, y, Prior(*belief, prior.noise))
        errors.append(WEIGHTS @ (belief.mean - theta).square())
    return torch.stack(errors)


def left_open(ask: Ask, prior: Prior, *, n_questions: int, n_runs: int = 1) -> Tensor:
    """The error to expect of a rule that does not look at labels, without a label: the mean over
    so many runs, ()."""
    generator, found = torch.Generator().manual_seed(0), []
    for _ in range(n_runs):
        belief = Gaussian(prior.mean, prior.cov)
        for _ in range(n_questions):
            x = PLACES[ask(belief, PLACES, generator)].unsqueeze(0)
            belief = posterior(x, torch.zeros(1).double(), Prior(*belief, prior.noise))
        found.append(WEIGHTS @ belief.cov.diagonal())
    return torch.stack(found).mean()


# ---- rules ---------------------------------------------------------------------------------------


def at_random(belief: Gaussian, places: Tensor, generator: Generator) -> int:
    """Any place."""
    return int(torch.randint(len(places), (), generator=generator))


def least_left(belief: Gaussian, places: Tensor, generator: Generator) -> int:
    """The place after whose answer the least variance is left, on average over −1 … 1."""
    labels = torch.zeros(len(places), 1).double()  # which they are does not matter to the variance
    after = posterior(places.unsqueeze(1), labels, Prior(*belief, NOISE))  # one for each place
    return int((after.cov.diagonal(dim1=1, dim2=2) @ WEIGHTS).argmin())


def _normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)
