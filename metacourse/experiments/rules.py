"""Rules of thumb, one at a time: momentum, weight decay, dropout, augmentation, Adam's rates, each
with the rate that validation digits choose for it (notebook 06b). The training is that of
`schedules`: 200 digits, 60 steps."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.func import grad, vmap
from torch.nn import functional as F

from metacourse.experiments import schedules
from metacourse.hyperparameters import train_unrolled
from metacourse.nets import Params, mlp

RATES = torch.logspace(-3, 0.75, 16)  # to choose from, for every rule


class Rule(NamedTuple):
    """What is done beside gradient descent; nothing, if nothing is said."""

    momentum: float = 0.0
    penalty: float = 0.0  # weight decay: of both layers
    dropout: float = 0.0  # the share of hidden units that each image of a batch goes without
    shifted: float = 0.0  # the share of images that are moved by a pixel
    adam: bool = False


STRENGTHS = {
    "gradient descent": {"": Rule()},
    "momentum μ": {f"{mu:g}": Rule(momentum=mu) for mu in (0.5, 0.8, 0.9, 0.95)},
    "weight decay λ": {f"{part:g}": Rule(penalty=part) for part in (1e-4, 1e-3, 3e-3, 1e-2)},
    "dropout": {f"{share:.0%}": Rule(dropout=share) for share in (0.1, 0.2, 0.35, 0.5)},
    "augmentation": {f"{share:.0%} shifted": Rule(shifted=share) for share in (0.1, 0.25, 0.5)},
    "Adam": {"": Rule(adam=True)},
}


def loss(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """The cross-entropy of a network that goes without some hidden units: x (S, 64 + 32), pixels
    and what each unit is multiplied by; y (S,) → ()."""
    hidden = mlp({n: w for n, w in params.items() if n.startswith("layer0")}, x[:, :64]).relu()
    output = {n.replace("1", "0"): w for n, w in params.items() if n.startswith("layer1")}
    return F.cross_entropy(mlp(output, hidden * x[:, 64:]), y)


def shift(images: Tensor, share: float, generator: Generator) -> Tensor:
    """Move a share of the images (n, 64) by up to one pixel each way; what comes in is 0."""
    moves = torch.randint(0, 3, (2, len(images), 1), generator=generator)
    stays = torch.rand(len(images), 1, generator=generator) >= share
    rows, columns = torch.where(stays, 1, moves) + torch.arange(8)
    wider = F.pad(images.unflatten(-1, (8, 8)), (1, 1, 1, 1))
    each = torch.arange(len(images))[:, None, None]
    return wider[each, rows[:, :, None], columns[:, None, :]].flatten(1)


def drawn(rule: Rule, seed: int) -> tuple[Params, Tensor, Tensor]:
    """As `schedules.drawn`, with what the rule does to the batches: x (T, S, 64 + 32)."""
    start, x, y = schedules.drawn(seed)
    generator = torch.Generator().manual_seed(seed)
    if rule.shifted:  # the pixels as they are: the mean stays where it is
        mean = schedules.mean_image()
        x = shift((x + mean).flatten(0, 1), rule.shifted, generator).view_as(x) - mean
    kept = torch.rand(*x.shape[:2], 32, generator=generator) >= rule.dropout
    return start, torch.cat([x, kept / (1 - rule.dropout)], dim=-1), y


def trained(rule: Rule, rate: Tensor, start: Params, x: Tensor, y: Tensor) -> Params:
    """The network that a training with this rule and rate ends with."""
    rates, penalties = rate.expand(len(x)), dict.fromkeys(schedules.WEIGHTS, rule.penalty)
    if rule.adam:
        return adam(start, rates, x, y)
    return train_unrolled(loss, start, rates, penalties, x, y, momentum=rule.momentum)[0]


def adam(params: Params, rates: Tensor, x: Tensor, y: Tensor) -> Params:
    """Kingma & Ba (2015), Alg. 1: every weight has a rate of its own, α / the root mean square of
    its gradients so far."""
    mean = {name: torch.zeros_like(tensor) for name, tensor in params.items()}
    square = mean
    for t, (rate, *batch) in enumerate(zip(rates, x, y, strict=True), start=1):
        slopes = grad(loss)(params, *batch)
        mean = {n: 0.9 * mean[n] + 0.1 * slope for n, slope in slopes.items()}
        square = {n: 0.999 * square[n] + 0.001 * slope**2 for n, slope in slopes.items()}
        own = {n: rate / ((square[n] / (1 - 0.999**t)).sqrt() + 1e-8) for n in params}
        params = {n: params[n] - own[n] * mean[n] / (1 - 0.9**t) for n in params}
    return params


def validated(rule: Rule, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The best of `RATES` for a rule, and its validation loss, the mean over the seeds: (), ()."""
    with torch.no_grad():
        each = [judged(rule, seed, "validation") for seed in seeds]
    losses = torch.stack(each).mean(0).nan_to_num(nan=torch.inf, posinf=torch.inf)
    return RATES[losses.argmin()], losses.min()


def judged(rule: Rule, seed: int, split: str, rates: Tensor = RATES) -> Tensor:
    """The loss on the digits of a split after training with each rate: (n,) → (n,)."""
    start, x, y = drawn(rule, seed)
    networks = vmap(lambda rate: trained(rule, rate, start, x, y))(rates)
    return vmap(schedules.digit_loss, in_dims=(0, None, None))(networks, *schedules.labelled(split))


def on_test(rule: Rule, rate: Tensor, seeds: Sequence[int] = range(1000, 1020)) -> Tensor:
    """The loss on test digits from starts and orders that nothing was chosen on: (n_seeds,)."""
    with torch.no_grad():
        return torch.cat([judged(rule, seed, "test", rate[None]) for seed in seeds])
