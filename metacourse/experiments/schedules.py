"""Rates and penalties for a small network on 200 digits: chosen, searched, learned (06a and 06b).

A setting has a rate for each of 60 steps, a penalty for each of two layers, and a momentum. It is
judged by the loss on validation digits after training with it, from starts and orders of its own
for each seed.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.func import vmap
from torch.nn import functional as F

from metacourse.hyperparameters import (
    exponential_decay,
    hypergradient,
    random_search,
    train_unrolled,
)
from metacourse.nets import Params, init_mlp, mlp
from metacourse.tasks.digits import split_digits

N_STEPS, BATCH, LAYERS, MOMENTUM = 60, 50, [64, 32, 10], 0.9
N_EACH = 20  # training images of each digit
WEIGHTS = "layer0.weight", "layer1.weight"  # what a penalty may be for
RANGES = {  # of a random search
    "reach": (0.05, 10.0),  # α / (1 − μ): how far one gradient moves θ in the end
    "fall": (0.0025, 1.0),  # the last rate as a share of the first
    "brake": (0.05, 1.0),  # 1 − μ
    "layer0.weight": (1e-4, 0.3),
    "layer1.weight": (1e-4, 0.3),
}


class Setting(NamedTuple):
    """What a training is told. With leading axes it is many settings at once."""

    rates: Tensor  # (…, T)
    penalties: Params  # of each of WEIGHTS (…)
    momentum: Tensor  # (…)


def setting(
    first: Tensor,
    fall: Tensor | float = 1.0,
    penalties: Sequence[Tensor] | None = None,
    momentum: Tensor | float = MOMENTUM,
) -> Setting:
    """Rates that decay from first to fall · first, penalties of the two layers, 0 if not said, and
    the momentum: (…) each, or numbers."""
    first = torch.as_tensor(first)
    penalties = penalties or [torch.zeros_like(first)] * 2
    rates = exponential_decay(first, first * fall, N_STEPS)
    momentum = torch.as_tensor(momentum).expand(first.shape)
    return Setting(rates, dict(zip(WEIGHTS, penalties, strict=True)), momentum)


def tried_setting(tried: dict[str, Tensor]) -> Setting:
    """The settings of a random search over `RANGES`, or over some of them."""
    penalties = [tried[name] for name in WEIGHTS] if WEIGHTS[0] in tried else None
    brake = tried.get("brake", torch.tensor(1 - MOMENTUM))
    return setting(tried["reach"] * brake, tried.get("fall", 1.0), penalties, 1 - brake)


# ---- a training and its judge --------------------------------------------------------------------


def digit_loss(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """The cross-entropy of the network: x (S, 64), y (S,) → ()."""
    return F.cross_entropy(mlp(params, x), y)


@cache
def mean_image() -> Tensor:
    """The mean of the training images, which is taken away from all of them: (64,)."""
    return split_digits("train")[:, :N_EACH].mean((0, 1))


@cache
def labelled(split: str) -> tuple[Tensor, Tensor]:
    """The images of a split, of "train" the first 20 of each digit, and their labels:
    (n, 64), (n,); pixel by pixel minus the mean of the training images."""
    images = split_digits(split)[:, : N_EACH if split == "train" else None] - mean_image()
    return images.flatten(0, 1), torch.arange(10).repeat_interleave(images.shape[1])


def drawn(seed: int) -> tuple[Params, Tensor, Tensor]:
    """A start, and a batch of training digits for each step: params, (T, 50, 64), (T, 50)."""
    generator = torch.Generator().manual_seed(seed)
    start = init_mlp(LAYERS, generator)
    x, y = labelled("train")
    chosen = torch.randint(len(x), (N_STEPS, BATCH), generator=generator)
    return start, x[chosen], y[chosen]


def trained(
    start: Params, x: Tensor, y: Tensor, rates: Tensor, penalties: Params, momentum: Tensor
) -> Params:
    """The network that a training with this setting ends with, of as many steps as it has rates; no
    gradient is kept."""
    batches = x[: len(rates)], y[: len(rates)]
    with torch.no_grad():
        return train_unrolled(digit_loss, start, rates, penalties, *batches, momentum=momentum)[0]


def losses(settings: Setting, seeds: Sequence[int]) -> Tensor:
    """The validation loss after training with each of many settings, the mean over the seeds, which
    are the same for all: settings with one leading axis n → (n,)."""
    on_many, validation = vmap(digit_loss, in_dims=(0, None, None)), labelled("validation")
    each = [vmap(partial(trained, *drawn(seed)))(*settings) for seed in seeds]
    found = torch.stack([on_many(networks, *validation) for networks in each]).mean(0)
    return found.nan_to_num(nan=torch.inf, posinf=torch.inf)  # one that ran away is never the best


def on_test(chosen: Setting, seeds: Sequence[int] = range(1000, 1020)) -> tuple[Tensor, Tensor]:
    """The loss on test digits, and the share named rightly, after training with a setting from
    starts and orders that nothing was chosen on: (n_seeds,), (n_seeds,)."""
    x, y = labelled("test")
    networks = [trained(*drawn(seed), *chosen) for seed in seeds]
    logits = torch.stack([mlp(params, x) for params in networks])
    loss = torch.stack([F.cross_entropy(of_one, y) for of_one in logits])
    return loss, (logits.argmax(-1) == y).double().mean(-1)


# ---- how settings are found ----------------------------------------------------------------------


def grid(seeds: Sequence[int]) -> tuple[Setting, int]:
    """The best of 10 constant rates times 8 penalties, one for both layers."""
    rates, weights = torch.logspace(-2.3, 0, 10), torch.logspace(-4, -0.52, 8)
    first, penalty = (axis.flatten() for axis in torch.meshgrid(rates, weights, indexing="ij"))
    settings = setting(first, penalties=[penalty, penalty])
    return _at(settings, losses(settings, seeds).argmin()), len(first) * len(seeds)


def searched(
    names: Sequence[str], *, n_trials: int, seeds: Sequence[int], generator: Generator
) -> tuple[Setting, int]:
    """The best of so many settings drawn from the named ones of `RANGES`."""
    ranges = {name: RANGES[name] for name in names}
    how = {"n_trials": n_trials, "generator": generator}
    best, _ = random_search(lambda tried: losses(tried_setting(tried), seeds), ranges, **how)
    return tried_setting(best), n_trials * len(seeds)


def learned(
    *,
    n_outer: int,
    seed: int,
    one_rate: bool = False,
    n_each: int = 2,
    momentum: float = MOMENTUM,
    watch: Callable[[list[float]], None] | None = None,
) -> tuple[Setting, int]:
    """Rates, or one rate for all steps, and penalties by gradient descent: Adam on their logarithms
    along the hypergradient, the mean over n_each new starts and orders at each of n_outer steps.
    watch is called with the validation losses so far. A hypergradient counts as two trainings."""
    logs, judged = [torch.full((1 if one_rate else N_STEPS,), 0.3 * (1 - momentum)).log()], []
    logs += [torch.tensor(0.0025).log() for _ in WEIGHTS]
    optimizer = torch.optim.Adam(logs, lr=0.15)
    for outer in range(n_outer):
        chosen, first = _from_logs(logs, momentum), seed + n_each * outer
        each, losses = zip(*(slopes(chosen, first + i) for i in range(n_each)), strict=True)
        for log, *found in zip(logs, *each, strict=True):
            slope = torch.stack(found).mean(0)
            log.grad = slope.sum().expand(1) if one_rate and log is logs[0] else slope
        optimizer.step()
        judged.append(torch.stack(losses).mean().item())
        if watch:
            watch(judged)
    return _from_logs(logs, momentum), 2 * n_outer * n_each


def _from_logs(logs: list[Tensor], momentum: float) -> Setting:
    rates, *penalties = (log.exp() for log in logs)
    named = dict(zip(WEIGHTS, penalties, strict=True))
    return Setting(rates.expand(N_STEPS), named, torch.tensor(momentum))


def slopes(chosen: Setting, seed: int) -> tuple[list[Tensor], Tensor]:
    """The hypergradient with respect to the logarithms of the rates and penalties, on one start and
    order: (T,), and () for each penalty; dL/d log h = h · dL/dh. And the validation loss, ()."""
    (start, x, y), validation = drawn(seed), labelled("validation")

    def validation_loss(params: Params) -> Tensor:
        return digit_loss(params, *validation)

    rates, penalties, momentum = chosen
    training = digit_loss, start, rates, penalties, x[: len(rates)], y[: len(rates)]
    d_rates, d_penalties, loss = hypergradient(validation_loss, *training, momentum=momentum)
    by_penalty = [penalties[name] * d_penalties[name] for name in WEIGHTS]
    return [rates * d_rates, *by_penalty], loss


def _at(settings: Setting, place: Tensor) -> Setting:
    penalties = {name: weights[place] for name, weights in settings.penalties.items()}
    return Setting(settings.rates[place], penalties, settings.momentum[place])
