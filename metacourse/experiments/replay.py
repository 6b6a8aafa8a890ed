"""Forgetting and replay (notebook 07d): a network that meets sinusoids in the order of their
phases, and what it then makes of the phases that it met first.

Several streams are trained at once, each with its own start and its own tasks: axis N. A plan says
which task each step of a training takes: all plans have as many steps, of one task each.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from math import pi

import torch
from torch import Generator, Tensor
from torch.func import vmap

from metacourse.episodes import Episode
from metacourse.experiments.sinusoids import joint_objective, losses_by_step, maml_objective
from metacourse.nets import Params, init_mlp
from metacourse.online import reservoir
from metacourse.tasks.sinusoids import sample_sinusoids

N_ROUNDS, STEPS_A_TASK = 100, 10
OBJECTIVES = {"MAML": maml_objective, "joint": joint_objective}
CURRENT = "one task after the other"
PARTS = {"the first fifth": (0, 0.2 * pi), "the last fifth": (0.8 * pi, pi), "all phases": (0, pi)}


def in_order(n_streams: int, generator: Generator, *, n_rounds: int = N_ROUNDS) -> Episode:
    """Streams of sinusoids whose phases go from 0 to π, task t's from slice t: (N, T, …)."""
    tasks = [
        sample_sinusoids(n_streams, n_shot=10, phases=ends, generator=generator)
        for ends in pairwise(torch.linspace(0, pi, n_rounds + 1).tolist())
    ]
    return Episode(*(torch.stack(part, dim=1) for part in zip(*tasks, strict=True)))


# ---- which task each step takes ------------------------------------------------------------------


def current_only(*, n_rounds: int = N_ROUNDS) -> Tensor:
    """Each task for STEPS_A_TASK steps, and never again: (T · steps,)."""
    return torch.arange(n_rounds).repeat_interleave(STEPS_A_TASK)


def with_replay(size: int, generator: Generator, *, n_rounds: int = N_ROUNDS) -> Tensor:
    """The same, with every second step given to a task from a `reservoir` of this size."""
    plan = current_only(n_rounds=n_rounds).view(n_rounds, STEPS_A_TASK)
    kept = reservoir(n_rounds, size, generator=generator)
    for t in range(1, n_rounds):
        n_kept = min(t, size)
        again = torch.randint(0, n_kept, (STEPS_A_TASK // 2,), generator=generator)
        plan[t, 1::2] = kept[t, again]
    return plan.flatten()


def shuffled(generator: Generator, *, n_rounds: int = N_ROUNDS) -> Tensor:
    """The same steps in random order, as if nothing came in a stream."""
    plan = current_only(n_rounds=n_rounds)
    return plan[torch.randperm(len(plan), generator=generator)]


def plans(n_streams: int) -> dict[str, Tensor]:
    """By name, a plan for each stream: (N, steps)."""
    generator = torch.Generator().manual_seed(1)
    ways = {
        CURRENT: current_only,
        "replay from 10 tasks": partial(with_replay, 10, generator),
        "replay from 50 tasks": partial(with_replay, 50, generator),
        "replay from all tasks": partial(with_replay, N_ROUNDS, generator),
        "shuffled": partial(shuffled, generator),
    }
    return {name: torch.stack([way() for _ in range(n_streams)]) for name, way in ways.items()}


# ---- training ------------------------------------------------------------------------------------


def starts(n_streams: int) -> Params:
    """A random network for each stream: tensors (N, …)."""
    each = [init_mlp([1, 40, 40, 1], torch.Generator().manual_seed(s)) for s in range(n_streams)]
    return {name: torch.stack([one[name] for one in each]) for name in each[0]}


def train(
    objective: Callable, params: Params, tasks: Episode, plan: Tensor, *, lr_outer: float
) -> Params:
    """Adam, a step for each column of the plan (N, steps), on one task of each stream."""
    theta = {name: value.clone().requires_grad_() for name, value in params.items()}
    optimizer = torch.optim.Adam(theta.values(), lr=lr_outer)
    of_each = vmap(objective)
    each = torch.arange(len(plan))
    for index in plan.T:
        task = Episode(*(part[each, index][:, None] for part in tasks))
        optimizer.zero_grad()
        of_each(theta, task).sum().backward()  # streams do not touch each other
        optimizer.step()
    return {name: value.detach() for name, value in theta.items()}


def errors(params: Params, part: tuple[float, float], *, n_tasks: int = 100) -> Tensor:
    """The query loss on new tasks with phases of this part, after ten inner steps: (N,)."""
    generator = torch.Generator().manual_seed(1000)
    tasks = sample_sinusoids(n_tasks, n_shot=10, n_query=50, phases=part, generator=generator)
    judged = vmap(partial(losses_by_step, episodes=tasks))
    return judged(params)[:, :, 10].mean(1)
