"""More tasks in a step of MAML: how noisy its gradient is, and how many steps a training takes."""

import torch
from torch import Tensor
from torch.func import grad, vmap

from metacourse.episodes import Episode
from metacourse.experiments.sinusoids import (
    LR_INNER,
    first_weights,
    losses_by_step,
    maml_objective,
    mse,
    sample_tasks,
    seeded,
)
from metacourse.maml import maml_step
from metacourse.nets import Params
from metacourse.tasks.sinusoids import sample_sinusoids

CHECK_EVERY = 10  # steps between two looks at new tasks
MOST_STEPS = 1500


def gradients_by_task(params: Params, tasks: Episode) -> Tensor:
    """The gradient of MAML's objective on each task by itself: (B, D)."""

    def objective(params: Params, *task: Tensor) -> Tensor:
        return maml_objective(params, Episode(*(part[None] for part in task)))

    found = vmap(grad(objective), in_dims=(None, 0, 0, 0, 0))(params, *tasks)
    return torch.cat([part.flatten(1) for part in found.values()], dim=1)


def start_after(n_steps: int, *, lr: float = 0.01, seed: int = 0) -> Params:
    """The weights of chapter 03 after so many outer steps of 25 tasks, by Adam."""
    params = {name: tensor.requires_grad_() for name, tensor in first_weights().items()}
    optimizer, generator = torch.optim.Adam(params.values(), lr), seeded(seed)
    for _ in range(n_steps):
        outer_step(params, optimizer, sample_tasks(generator))
    return {name: tensor.detach() for name, tensor in params.items()}


def outer_step(params: Params, optimizer: torch.optim.Optimizer, tasks: Episode) -> None:
    maml_step(mse, params, optimizer, tasks, lr_inner=LR_INNER)


def steps_needed(n_tasks: int, *, lr: float, seed: int, aim: float = 1.0) -> float:
    """How many outer steps of so many tasks it takes until the error on 600 new tasks, after one
    inner step, is below the aim; inf if it takes more than `MOST_STEPS`."""
    new_tasks = sample_sinusoids(600, n_shot=10, n_query=50, generator=seeded(105))
    params = {name: tensor.requires_grad_() for name, tensor in first_weights().items()}
    optimizer, generator = torch.optim.Adam(params.values(), lr), seeded(seed)
    for done in range(MOST_STEPS + 1):
        if (
            done % CHECK_EVERY == 0
            and losses_by_step(params, new_tasks, n_steps=1)[:, 1].mean() < aim
        ):
            return done
        outer_step(params, optimizer, sample_sinusoids(n_tasks, n_shot=10, generator=generator))
    return torch.inf
