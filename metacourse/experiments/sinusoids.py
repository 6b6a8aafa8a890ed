"""Chapter 03's starts for sinusoids, trained anew where they are needed: it takes seconds."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.func import vmap
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR

from metacourse.devices import best_device
from metacourse.episodes import Episode
from metacourse.evaluation import Interval, confidence_interval
from metacourse.maml import losses_by_step as of_one_task
from metacourse.maml import maml_loss
from metacourse.nets import Params, init_mlp, mlp
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.training import Budget, Training, compiled_step, gradient_step, train

Objective = Callable[[Params, Episode], Tensor]
Program = Callable[[Params, Optimizer, Episode], None]


class Size(NamedTuple):
    """How large a training is."""

    n_outer: int
    n_inner: int  # MAML's inner steps
    lr_scale: float  # of the outer rate
    seconds: float  # after which it ends, whatever it has reached: far more than it takes


SIZES = {"quick": Size(1200, 1, 1.0, 1800), "full": Size(60_000, 5, 1 / 3, 1800)}
SEED = 3  # of the tasks that a training draws
LR_INNER = 0.01


def mse(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """The mean squared error of `nets.mlp`: x (S, 1), y (S, 1) → ()."""
    return (mlp(params, x) - y).square().mean()


def first_weights() -> Params:
    """The random start: two hidden layers of 40 units."""
    return init_mlp([1, 40, 40, 1], seeded(0))


def sample_tasks(generator: Generator) -> Episode:
    """Draw a batch of 25 sinusoids, ten support and ten query points each."""
    return sample_sinusoids(25, n_shot=10, generator=generator)


def maml_objective(params: Params, episodes: Episode, *, n_steps: int = 1) -> Tensor:
    """MAML's objective, exact (Finn, Abbeel & Levine 2017)."""
    return maml_loss(mse, params, episodes, lr_inner=LR_INNER, n_steps=n_steps)


def joint_objective(params: Params, episodes: Episode) -> Tensor:
    """The error of one network on all points of all tasks, as in ordinary training."""
    x = torch.cat([episodes.x_support, episodes.x_query], dim=1)
    y = torch.cat([episodes.y_support, episodes.y_query], dim=1)
    return mse(params, x, y)


def train_start(
    objective: Objective,
    start: Params,
    *,
    lr_outer: float,
    budget: str = "quick",
    seed: int = SEED,
    n_outer: int | None = None,
    sample: Callable[[Generator], Episode] = sample_tasks,
    watch: Callable[[list[float]], None] | None = None,
    norms: list[Tensor] | None = None,
) -> Training:
    """Train a start by an objective(params, episodes) → (), on new episodes at each outer step.

    θ ← θ − β∇ by Adam; β falls from lr_outer to 0 along half a cosine, and gradients are clipped to
    a norm of 1. The budget decides how many outer steps (unless n_outer does), whether they are
    compiled, and where they run. Each step's norm before the clipping is added to `norms`.
    """
    size = SIZES[budget]
    n_outer = n_outer or size.n_outer
    device = best_device() if budget == "full" else torch.device("cpu")
    theta = {name: value.detach().clone().to(device) for name, value in start.items()}
    optimizer = torch.optim.Adam(
        [value.requires_grad_() for value in theta.values()], lr=size.lr_scale * lr_outer
    )
    schedule = CosineAnnealingLR(optimizer, n_outer)

    def clip(*_) -> None:
        norm = clip_grad_norm_(theta.values(), max_norm=1.0)
        if norms is not None:
            norms.append(norm)

    optimizer.register_step_pre_hook(clip)
    optimizer.register_step_post_hook(lambda *_: schedule.step())
    limit = Budget(n_outer, size.seconds)
    return train(
        compiled_step(objective, sample) if budget == "full" else plain_step(objective, sample),
        theta,
        optimizer=optimizer,
        generator=torch.Generator(device).manual_seed(seed),
        quick=limit,
        full=limit,
        check_every=100,
        watch=watch,
    )


def plain_step(objective: Objective, sample: Callable[[Generator], Episode]) -> Callable:
    """An outer step that is not compiled."""
    return gradient_step(lambda params, generator: objective(params, sample(generator)))


def start_on_sinusoids(budget: str = "quick", seed: int = SEED) -> dict[str, Params]:
    """The starts that chapter 03 compares: "random", "pretrained" (joint training) and "MAML".

    They are trained once; a second call returns copies of what the first has made.
    """
    starts = _trained(budget, seed)
    return {label: {n: value.clone() for n, value in p.items()} for label, p in starts.items()}


@cache
def _trained(budget: str, seed: int) -> dict[str, Params]:
    def maml(params: Params, episodes: Episode) -> Tensor:
        return maml_objective(params, episodes, n_steps=SIZES[budget].n_inner)

    random, settings = first_weights(), {"budget": budget, "seed": seed}
    joint = train_start(joint_objective, random, lr_outer=0.01, **settings)
    exact = train_start(maml, random, lr_outer=0.03, **settings)
    return {"random": random, "pretrained": joint.params, "MAML": exact.params}


def losses_by_step(
    params: Params, episodes: Episode, *, lr_inner: float | Params = LR_INNER, n_steps: int = 10
) -> Tensor:
    """The query loss of each task before and after each inner step: (B, n_steps + 1)."""

    def losses(*task: Tensor) -> Tensor:
        return of_one_task(mse, params, Episode(*task), rates=[lr_inner] * n_steps)

    with torch.no_grad():
        return vmap(losses)(*episodes)


def table_by_step(losses: dict[str, tuple[Tensor, str]], steps: tuple = (0, 1, 5, 10)) -> str:
    """The mean query loss after some inner steps, a line a label: {label: (losses, role)}."""
    lines = ["query loss after step".ljust(24) + "".join(str(k).ljust(16) for k in steps)]
    for label, (values, _) in losses.items():
        told = (confidence_interval(values[:, k]) for k in steps)
        cells = (f"{mean:.2f} ± {half_width:.2f}".ljust(16) for mean, half_width in told)
        lines.append(label.ljust(24) + "".join(cells))
    return "\n".join(line.rstrip() for line in lines)


def best_rate(
    start: Params, episodes: Episode, *, rates: tuple[float, ...] = (0.003, 0.01, 0.03)
) -> float:
    """The inner rate with which ten steps from a start end lowest on these (validation) tasks."""

    def end(rate: float) -> Tensor:
        return losses_by_step(start, episodes, lr_inner=rate)[:, 10].mean().nan_to_num(torch.inf)

    return min(rates, key=end)


def watch_program(
    program: Program, start: Params, *, n_shot: int = 10, n_outer: int = 400
) -> dict[int, Interval]:
    """Let a program(params, optimizer, episodes) train a start, and judge it every 40 outer steps.

    Adam with a rate of 0.003, five tasks at a time, the same for every program. Judged is the loss
    after one inner step on 600 validation tasks. Returns {outer step: interval}.
    """
    judged_on = sample_sinusoids(600, n_shot=n_shot, n_query=50, generator=seeded(105))
    theta = {name: value.detach().clone().requires_grad_() for name, value in start.items()}
    optimizer, generator, seen = torch.optim.Adam(theta.values(), 0.003), seeded(106), {}
    for outer_step in range(n_outer + 1):
        if outer_step % 40 == 0:
            after = losses_by_step(theta, judged_on, n_steps=1)[:, 1]
            seen[outer_step] = confidence_interval(after)
        program(theta, optimizer, sample_sinusoids(5, n_shot=n_shot, generator=generator))
    return seen


def seeded(seed: int) -> Generator:
    return torch.Generator().manual_seed(seed)
