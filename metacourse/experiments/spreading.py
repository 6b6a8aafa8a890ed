"""Notebook 11a trains chapter 03's start in several processes, interrupted, and wrongly."""

import os
from collections.abc import Callable

import torch
from torch import Generator, Tensor, autograd

from metacourse.episodes import Episode
from metacourse.experiments.sinusoids import (
    first_weights,
    losses_by_step,
    maml_objective,
    sample_tasks,
    seeded,
)
from metacourse.nets import Params, flatten, init_mlp
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.trained.recipes import Recipe

LR = 0.003


def start() -> Params:
    """Chapter 03's random start, in float64."""
    return {name: tensor.double().requires_grad_() for name, tensor in first_weights().items()}


def begin() -> tuple[Params, torch.optim.Optimizer, Generator]:
    """A training that is about to begin, the same in every process."""
    params = start()
    return params, torch.optim.Adam(params.values(), LR), torch.Generator().manual_seed(0)


def sample(generator: Generator) -> Episode:
    """Draw a batch of 25 waves, in float64."""
    return Episode(*(part.double() for part in sample_tasks(generator)))


def sample_until(n_batches: int | None) -> Callable[[Generator], Episode]:
    """`sample` for a process that is killed when it draws so many batches; None: never."""
    drawn = []

    def until(generator: Generator) -> Episode:
        drawn.append(1)
        if len(drawn) == n_batches:
            os.kill(os.getpid(), 9)  # SIGKILL, which Windows has no name for
        return sample(generator)

    return until


loss = maml_objective


def recipe(sample: Callable[[Generator], Episode] = sample) -> Recipe:
    """Forty steps of the same training as a recipe, scored every ten."""

    def score(params: Params) -> float:
        return -maml_objective(params, sample(torch.Generator().manual_seed(1))).item()

    return Recipe(lambda _: start(), loss, sample, score, n_steps=40, lr=LR, check_every=10)


# ---- a checkpoint that lacks something -----------------------------------------------------------


def steps(params: Params, optimizer: torch.optim.Optimizer, generator: Generator) -> None:
    """Twenty steps of the training."""
    for _ in range(20):
        optimizer.zero_grad()
        loss(params, sample(generator)).backward()
        optimizer.step()


def interrupted(*kept: str) -> Tensor:
    """The weights, (D,), after twenty steps, of which only this was kept, and twenty more: of
    "weights", "optimiser" and "generator"."""
    old, new = begin(), begin()
    steps(*old)
    if "weights" in kept:
        for name, tensor in new[0].items():
            tensor.detach().copy_(old[0][name])
    if "optimiser" in kept:
        new[1].load_state_dict(old[1].state_dict())
    if "generator" in kept:
        new[2].set_state(old[2].get_state())
    steps(*new)
    return flatten(new[0]).detach()


# ---- programs as they go wrong, P processes played by one ----------------------------------------

WRONG = "all draw the same tasks", "each has a start of its own", "weights averaged at the end"


def played(wrong: str = "", *, n_processes: int = 4, n_steps: int = 100, seed: int = 0) -> Tensor:
    """The error on 600 new tasks, (600,), of a training by P processes with seven tasks each; if
    `wrong` is one of WRONG, by a program that is wrong in this way."""
    same_tasks, own_starts, at_the_end = (wrong == each for each in WRONG)
    starts = [init_mlp([1, 40, 40, 1], seeded(own_starts * p)) for p in range(n_processes)]
    everybody = [{n: t.requires_grad_() for n, t in params.items()} for params in starts]
    optimizers = [torch.optim.Adam(params.values(), 0.01) for params in everybody]
    generators = [seeded(100 * seed + p * (not same_tasks)) for p in range(n_processes)]
    for _ in range(n_steps):
        found = [gradients(*each) for each in zip(everybody, generators, strict=True)]
        if not at_the_end:
            share(found)
        for params, optimizer, of_one in zip(everybody, optimizers, found, strict=True):
            for tensor, gradient in zip(params.values(), of_one, strict=True):
                tensor.grad = gradient
            optimizer.step()
    if at_the_end:
        share([[tensor.detach() for tensor in params.values()] for params in everybody])
    new_tasks = sample_sinusoids(600, n_shot=10, n_query=50, generator=seeded(105))
    return losses_by_step(everybody[0], new_tasks, n_steps=1)[:, 1]


def gradients(params: Params, generator: Generator) -> list[Tensor]:
    """The gradient of seven tasks."""
    tasks = sample_sinusoids(7, n_shot=10, generator=generator)
    return list(autograd.grad(maml_objective(params, tasks), list(params.values())))


def share(everybody: list[list[Tensor]]) -> None:
    """Put the mean over processes into the place of what each has."""
    for of_all in zip(*everybody, strict=True):
        mean = torch.stack(of_all).mean(0)
        for tensor in of_all:
            tensor.copy_(mean)
