"""The learned optimiser that ships and its rivals train networks on digits: how low the loss gets,
what becomes of the weights, and how well the networks read digits that they were not trained on."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from metacourse.nets import Params, init_mlp, mlp, unflatten
from metacourse.rivals import RULES, descend, tuned_rate
from metacourse.tasks.digits import split_digits
from metacourse.trained.learned_optimisers import (
    DIGIT_NETWORK,
    DigitTask,
    digit_loss,
    learned_run,
)

# the best of `rivals.RATES` along 100 steps on 20 validation tasks
TUNED = {"SGD": 1.0, "momentum": 0.562, "RMSprop": 0.01, "Adam": 0.1}
SCALES = 0.125, 0.25, 0.5, 0.71, 1.0, 1.41  # of the learned optimiser's steps, to choose from

Run = tuple[Tensor, Tensor]  # points (B, T + 1, n), losses (B, T + 1)


def sigmoid_network(params: Params, x: Tensor) -> Tensor:
    """`mlp` of two layers with a sigmoid in the place of the ReLU: x (…, in) → (…, out)."""
    x = F.linear(x, params["layer0.weight"], params["layer0.bias"]).sigmoid()
    return F.linear(x, params["layer1.weight"], params["layer1.bias"])


DEEP = init_mlp([64, 40, 40, 10], torch.Generator())  # for the shapes of its weights
OTHER_NETWORKS = {
    "two layers of 40": ((64, 40, 40, 10), partial(digit_loss, like=DEEP)),
    "sigmoid": ((64, 20, 10), partial(digit_loss, network=sigmoid_network)),
}


def all_at_once(tasks: DigitTask, loss_fn: Callable = digit_loss) -> Callable[[Tensor], Tensor]:
    """The loss of each task at its own weights, as `rivals.descend` wants it: (B, n) → (B,)."""
    return lambda theta: vmap(loss_fn)(theta, tasks.images, tasks.labels)


def with_steps(params: Params, scale: float) -> Params:
    """The same optimiser, its steps so many times as long."""
    return params | {name: scale * params[name] for name in ("head.weight", "head.bias")}


def digit_runs(
    params: Params,
    tasks: DigitTask,
    *,
    n_steps: int,
    loss_fn: Callable = digit_loss,
    rates: dict[str, float] = TUNED,
    scale: float = 1.0,
) -> dict[str, Run]:
    """Let the learned optimiser and the four rules train the same networks: by name, "learned"
    first. scale multiplies the learned steps."""
    with torch.no_grad():
        how = {"n_steps": n_steps, "loss_fn": loss_fn}
        found = {"learned": learned_run(with_steps(params, scale), tasks, **how)}
    at_once = all_at_once(tasks, loss_fn)
    for name, rule in RULES.items():
        found[name] = descend(rule, rates[name], at_once, tasks.start, n_steps=n_steps)
    return found


def tuned_rates(tasks: DigitTask, *, n_steps: int, loss_fn: Callable = digit_loss) -> dict:
    """The best rate of each rule on these tasks, along n_steps: {name: rate}."""
    at_once = all_at_once(tasks, loss_fn)
    return {
        name: tuned_rate(rule, at_once, tasks.start, n_steps=n_steps)
        for name, rule in RULES.items()
    }


@torch.no_grad()
def tuned_scale(params: Params, tasks: DigitTask, *, n_steps: int, loss_fn: Callable) -> float:
    """The best of `SCALES` for the learned optimiser on these tasks, along n_steps."""

    def along(scale: float) -> float:
        how = {"n_steps": n_steps, "loss_fn": loss_fn}
        found = learned_run(with_steps(params, scale), tasks, **how)[1].mean().item()
        return found if found == found else torch.inf

    return min(SCALES, key=along)


def held_out_accuracy(theta: Tensor, tasks: DigitTask, *, split: str = "test") -> Tensor:
    """How many of the split's digits that are not among a task's own its network names rightly:
    theta (B, n) → (B,)."""
    images = split_digits(split)  # (10, images, 64)
    labels = torch.arange(len(images)).repeat_interleave(images.shape[1])
    images, found = images.flatten(0, 1), []
    for weights, trained_on in zip(theta, tasks.images, strict=True):
        own = (images[:, None] == trained_on).all(-1).any(-1)
        named = mlp(unflatten(weights, DIGIT_NETWORK), images).argmax(-1)
        found.append((named == labels)[~own].double().mean())
    return torch.stack(found)
