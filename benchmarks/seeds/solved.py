"""Notebook 06c: new sinusoids after ten points, by inner loops that are walked or solved, and by
features that nobody trained. ANIL's inner rate, the outer rates of all others, and the penalties
and lengths of what is not trained are chosen on validation tasks, seed by seed; MAML's inner rate
and iMAML's spring and walk are not.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor
from torch.func import vmap

from metacourse.episodes import Episode
from metacourse.experiments import sinusoids, solved
from metacourse.maml import anil_loss
from metacourse.nets import Params
from metacourse.seeds import Run
from metacourse.tasks.sinusoids import sample_sinusoids

LOSS = "new sinusoids, query loss"
HEAD = "layer2.weight", "layer2.bias"
MEDIAN = f"{LOSS}, median"
LENGTHS, NOISES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0), (1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2)
RATES = 0.01, 0.03  # outer ones, to choose from


def runs() -> Iterator[Run]:
    validation, test = (_tasks(seed) for seed in (105, 100))
    for seed in range(3, 6):
        for name, judge in rivals(seed).items():
            losses = min(judge(validation), key=_on(validation))(test)
            yield Run(LOSS, name, seed, losses.mean().item())
            yield Run(MEDIAN, name, seed, losses.median().item())


def rivals(seed: int) -> dict[str, Callable]:
    """By name: what returns some functions from tasks to losses, made with the validation tasks."""
    return {
        "no training, kernel ridge": lambda _: [
            partial(by_kernel, length=length, noise=noise) for length in LENGTHS for noise in NOISES
        ],
        "head solved, random body": lambda tasks: [best_head(sinusoids.first_weights(), tasks)],
        "head solved, body of joint training": lambda tasks: [
            best_head(sinusoids.start_on_sinusoids(seed=seed)["pretrained"], tasks)
        ],
        "head solved, body of MAML": lambda tasks: [
            best_head(sinusoids.start_on_sinusoids(seed=seed)["MAML"], tasks)
        ],
        "MAML of 1 step, 10 taken": lambda _: walked(1, seed, 1200),
        "MAML of 5 steps, 10 taken": lambda _: walked(5, seed, 1200),
        "the same, a third of the outer steps": lambda _: walked(5, seed, 400),
        "iMAML, a third of the outer steps": lambda _: on_a_spring(seed),
        "ANIL, head walked 20 steps": lambda _: head_walked(seed),
        "head solved, a third of the outer steps": lambda _: heads_solved(seed, 400),
        "head solved": lambda _: heads_solved(seed, 1200),
    }


def trained(
    objective: Callable,
    start: Params,
    judge: Callable,
    *,
    seed: int,
    n_outer: int = 1200,
    rates: tuple[float, ...] = RATES,
) -> list[Callable]:
    """judge(params, tasks) → losses of what a training ends with, one for each outer rate."""
    found = []
    for lr_outer in rates:
        how = {"lr_outer": lr_outer, "seed": seed, "n_outer": n_outer}
        found.append(partial(judge, sinusoids.train_start(objective, start, **how).params))
    return found


def walked(n_steps: int, seed: int, n_outer: int) -> list[Callable]:
    """MAML, trained with some inner steps and judged after ten."""
    objective = partial(sinusoids.maml_objective, n_steps=n_steps)
    return trained(objective, sinusoids.first_weights(), _after_ten, seed=seed, n_outer=n_outer)


def _after_ten(params: Params, tasks: Episode) -> Tensor:
    return sinusoids.losses_by_step(params, tasks)[:, 10]


def head_walked(seed: int) -> list[Callable]:
    """ANIL: twenty steps of the head, from a start of its own."""
    found, start = [], sinusoids.first_weights()
    for lr_inner in (0.01, 0.03):
        objective = partial(_anil, head=HEAD, lr_inner=lr_inner, n_steps=20)
        found += trained(objective, start, partial(_each, objective), seed=seed, rates=(0.03,))
    return found


def _anil(params: Params, tasks: Episode, **how) -> Tensor:
    return anil_loss(sinusoids.mse, params, tasks, **how)


def _each(objective: Callable, params: Params, tasks: Episode) -> Tensor:
    """An objective of one task after the other: (B,)."""
    one = vmap(lambda *task: objective(params, Episode(*(part[None] for part in task))))
    return one(*tasks).detach()


def on_a_spring(seed: int) -> list[Callable]:
    start = sinusoids.first_weights()
    return trained(solved.spring_objective, start, _at_the_end, seed=seed, n_outer=400)


def _at_the_end(params: Params, tasks: Episode) -> Tensor:
    return solved.spring_losses(params, tasks)[0]


def heads_solved(seed: int, n_outer: int) -> list[Callable]:
    how = {"seed": seed, "n_outer": n_outer, "rates": (*RATES, 0.1)}
    return trained(solved.head_objective, solved.head_start(), _losses, **how)


def best_head(params: Params, tasks: Episode) -> Callable:
    """A ridge head on a body that was trained for something else, or not at all."""
    return partial(_losses, solved.with_best_penalty(params, tasks))


def _losses(params: Params, tasks: Episode) -> Tensor:
    return solved.head_losses(params, tasks).detach()


def by_kernel(tasks: Episode, *, length: float, noise: float) -> Tensor:
    """Kernel ridge on x alone, with a Gaussian of this length: (B,)."""

    def alike(a: Tensor, b: Tensor) -> Tensor:
        return torch.exp(-((a - b.mT) ** 2) / (2 * length**2))

    x, y, x_query, y_query = (part.double() for part in tasks)
    inner = alike(x, x) + noise * torch.eye(x.shape[1]).double()
    answers = alike(x_query, x) @ torch.linalg.solve(inner, y)
    return (answers - y_query).square().mean((1, 2))


def _on(tasks: Episode) -> Callable:
    return lambda losses: losses(tasks).mean().nan_to_num(torch.inf).item()


def _tasks(seed: int) -> Episode:
    generator = torch.Generator().manual_seed(seed)
    return sample_sinusoids(600, n_shot=10, n_query=50, generator=generator)
