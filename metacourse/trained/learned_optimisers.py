"""The learned optimisers of chapter 05.

"optimiser" trains small networks on digits (`learned_optimisers.optimise`), "meta_lstm" has the
gates of a meta-LSTM that adapts MAML's start of chapter 03.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.func import vmap
from torch.nn import functional as F

from metacourse.episodes import Episode, draw_without_replacement
from metacourse.evaluation import each_task
from metacourse.learned_optimisers import init_meta_lstm, meta_lstm_adapt, meta_lstm_loss, optimise
from metacourse.lstm import init_lstm
from metacourse.nets import Params, device_of, flatten, init_mlp, mlp, to_device, unflatten
from metacourse.tasks.digits import split_digits
from metacourse.trained.maml import (
    MAML_STEPS,
    image_logits,
    image_loss,
    letter_accuracy,
    load_maml,
    sample_letter_tasks,
)
from metacourse.trained.recipes import Recipe

# ---- an optimiser for small networks -------------------------------------------------------------

DIGIT_NETWORK = init_mlp([64, 20, 10], torch.Generator())  # for the shapes of its weights
N_DIGITS = 128  # images of a task
CUT = 20  # steps of the optimiser between two cuts


class DigitTask(NamedTuple):
    """A network to be trained to name digits; with a task axis B first, many."""

    start: Tensor  # θ₀ (…, n): its first weights, in one vector
    images: Tensor  # (…, 128, 64), ink 1 on 0
    labels: Tensor  # (…, 128)


def sample_digit_tasks(
    n_tasks: int, *, split: str, sizes: tuple[int, ...] = (64, 20, 10), generator: Generator
) -> DigitTask:
    """Draw networks to train: the random start of an MLP with layers of these sizes, and 128 digits
    of a split with their labels."""
    images = split_digits(split).to(generator.device)  # (10, images, 64)
    n_digits, n_each, _ = images.shape
    drawn = draw_without_replacement((n_tasks,), n_digits * n_each, N_DIGITS, generator)
    starts = [flatten(init_mlp(list(sizes), generator)) for _ in range(n_tasks)]
    return DigitTask(torch.stack(starts), images.flatten(0, 1)[drawn], drawn // n_each)


def digit_loss(
    theta: Tensor,
    images: Tensor,
    labels: Tensor,
    *,
    like: Params = DIGIT_NETWORK,
    network: Callable[[Params, Tensor], Tensor] = mlp,
) -> Tensor:
    """The cross-entropy of a network with the weights theta (n,), shaped as those of like, on
    images (S, 64) with labels (S,) → ()."""
    return F.cross_entropy(network(unflatten(theta, like), images), labels)


def learned_run(
    params: Params, tasks: DigitTask, *, n_steps: int, loss_fn: Callable = digit_loss, cuts=()
) -> tuple[Tensor, Tensor]:
    """A learned optimiser on many tasks, its weights and their losses after 0, 1, … steps:
    points (B, n_steps + 1, n), losses (B, n_steps + 1)."""

    def run(start: Tensor, *data: Tensor) -> tuple[Tensor, Tensor]:
        return optimise(
            params, lambda theta: loss_fn(theta, *data), start, n_steps=n_steps, cuts=cuts
        )

    return vmap(run)(*tasks)


def learned_losses(params: Params, tasks: DigitTask, **how) -> Tensor:
    """The losses of `learned_run` alone: (B, n_steps + 1)."""
    return learned_run(params, tasks, **how)[1]


def optimiser_start(generator: Generator) -> Params:
    """A cell of 10 units that reads a gradient as two numbers and says one: a step."""
    return init_lstm(2, 10, 1, generator)


def sample_trainings(generator: Generator) -> tuple[DigitTask, int]:
    """Two networks, and for how many steps to train them: 20, 40, 60, 80 or 100. With 100 always,
    training learns at first to stand still, and stays there."""
    stretches = int(torch.randint(1, 6, (), generator=generator, device=generator.device))
    return sample_digit_tasks(2, split="train", generator=generator), CUT * stretches


def optimiser_loss(params: Params, batch: tuple[DigitTask, int]) -> Tensor:
    """The mean loss over the steps taken (Andrychowicz et al. 2016, Eq. 3), cut every 20; the start
    counts for nothing, as no optimiser can change its loss."""
    tasks, n_steps = batch
    cuts = range(CUT, n_steps, CUT)
    return learned_losses(params, tasks, n_steps=n_steps, cuts=cuts)[:, 1:].mean()


@torch.no_grad()
def optimiser_score(params: Params) -> float:
    """Minus the mean loss over 100 steps, on 10 validation tasks, always the same."""
    generator = torch.Generator().manual_seed(1)
    tasks = sample_digit_tasks(10, split="validation", generator=generator)
    tasks = DigitTask(*(part.to(device_of(params)) for part in tasks))
    return -learned_losses(params, tasks, n_steps=100).mean().item()


# ---- gates for MAML's start ----------------------------------------------------------------------


def meta_lstm_start(generator: Generator) -> Params:
    """Gates that take MAML's own step: f = 1, nearly, and i = 0.3."""
    return to_device(init_meta_lstm(lr_inner=MAML_STEPS["lr_inner"]), generator.device)


@cache
def shipped_start(device: torch.device) -> Params:
    """MAML's start, read once."""
    return to_device(load_maml(), device)


def gates_loss(params: Params, tasks: Episode) -> Tensor:
    """The query loss after one step of the meta-LSTM from MAML's start, which stays as it is: so ∇
    and L are constants, and first order is exact."""
    start = shipped_start(device_of(params))
    return meta_lstm_loss(params, image_loss, start, tasks, n_steps=MAML_STEPS["n_steps"])


def gated_answer(params: Params) -> Callable:
    """What `evaluation.evaluate` asks for: adapt MAML's start to a task by the meta-LSTM, then name
    its queries. x_support (B, S, 28, 28), y_support (B, S), x_query (B, Q, 28, 28) → (B, Q)."""
    start = shipped_start(device_of(params))

    def of_one_task(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        how = {"n_steps": MAML_STEPS["n_steps"]}
        adapted = meta_lstm_adapt(params, image_loss, start, x_support, y_support, **how)
        return image_logits(adapted, x_query).argmax(dim=-1)

    return each_task(of_one_task)


def gates_score(params: Params) -> float:
    """The accuracy on 200 1-shot tasks of validation scripts."""
    return letter_accuracy(gated_answer(params), device_of(params))


RECIPES = {
    "optimiser": Recipe(
        optimiser_start,
        optimiser_loss,
        sample_trainings,
        optimiser_score,
        n_steps=200,
        lr=0.03,
        clip=0.01,
        check_every=26,
    ),
    "meta_lstm": Recipe(
        meta_lstm_start,
        gates_loss,
        sample_letter_tasks,
        gates_score,
        n_steps=100,
        lr=0.03,
        clip=1.0,
        check_every=13,
        gpu=True,
        needs=("maml",),
    ),
}
