"""Image classification with hyperparameters that many tasks have chosen: ten letters, five pictures
of each, a ridge head on 14 × 14 pixels, and warped copies of the pictures (notebook 06d).

What a head is told is a dict: "log penalty" () or (197,), one for every pixel and the bias; "log
scale" () of its logits; "log strengths" (3,), the standard deviations of shift (pixels), turn
(radians) and size (logarithm) of the copies.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor
from torch.func import vmap
from torch.nn import functional as F

from metacourse.episodes import Episode, sample_episodes
from metacourse.experiments.small_letters import shrunken
from metacourse.hyperparameters import random_search, ridge
from metacourse.nets import Params

N_WAY, N_SHOT, N_COPIES, N_PIXELS, SIDE = 10, 5, 8, 196, 14
RANGES = {"penalty": (1e-3, 1.0), "shift": (0.1, 2.0), "turn": (0.01, 0.3), "size": (0.01, 0.3)}
RATE = 0.1  # of Adam, on logarithms


def draw_tasks(split: str, n_tasks: int, generator: Generator, n_query: int = 5) -> Episode:
    """New tasks of the characters of a split."""
    sizes = {"n_way": N_WAY, "n_shot": N_SHOT, "n_query": n_query, "n_tasks": n_tasks}
    return sample_episodes(shrunken(split), **sizes, generator=generator)


def draw_noise(n_tasks: int, n_copies: int, generator: Generator) -> Tensor:
    """What the copies are warped by, in standard deviations: (B, copies, S, 4)."""
    return torch.randn(n_tasks, n_copies, N_WAY * N_SHOT, 4, generator=generator)


# ---- one task ------------------------------------------------------------------------------------


def warped(x: Tensor, strengths: Tensor, noise: Tensor) -> Tensor:
    """Pictures shifted, turned and resized at random, smoothly in the strengths: x (S, 196),
    strengths (3,), noise (S, 4) → (S, 196)."""
    shift, turn, size = strengths
    factor, angle = (size * noise[:, 3]).exp(), turn * noise[:, 2]
    cos, sin = factor * angle.cos(), factor * angle.sin()
    line = (torch.arange(SIDE, dtype=x.dtype, device=x.device) * 2 + 1) / SIDE - 1
    down, across = torch.meshgrid(line, line, indexing="ij")  # places in a picture, −1 … 1
    moved = 2 / SIDE * shift * noise[:, :2, None, None]
    cos, sin = cos[:, None, None], sin[:, None, None]
    grid = cos * across - sin * down + moved[:, 0], sin * across + cos * down + moved[:, 1]
    pictures = x.view(-1, 1, SIDE, SIDE)
    return F.grid_sample(pictures, torch.stack(grid, -1), align_corners=False).flatten(1)


def with_copies(told: Params, x: Tensor, noise: Tensor) -> Tensor:
    """Pictures, then a copy of all of them for each noise: x (S, 196), noise (copies, S, 4) →
    ((1 + copies) · S, 196)."""
    return torch.cat([x, *(warped(x, told["log strengths"].exp(), each) for each in noise)])


def logits(told: Params, x: Tensor, y: Tensor, x_query: Tensor, noise: Tensor) -> Tensor:
    """A ridge head on a support set and its copies: x (S, 196), y (S,), x_query (Q, 196), noise
    (copies, S, 4) → (Q, 10)."""
    y = y.repeat(1 + len(noise))
    targets = F.one_hot(y, N_WAY).to(x.dtype) - 1 / N_WAY
    penalties = told["log penalty"].exp().expand(N_PIXELS + 1)
    head = ridge(with_bias(with_copies(told, x, noise)), targets, penalties)
    return told["log scale"].exp() * with_bias(x_query) @ head


def with_bias(x: Tensor) -> Tensor:
    """A 1 beside the pixels: (S, 196) → (S, 197)."""
    return torch.cat([x, torch.ones_like(x[:, :1])], dim=1)


# ---- many tasks ----------------------------------------------------------------------------------


def told_at_first(n_penalties: int = 1) -> Params:
    """A penalty of 0.01 for all, or for each of 197; little warping."""
    shape = () if n_penalties == 1 else (n_penalties,)
    strengths = torch.tensor([0.5, 0.05, 0.05]).log()
    return {
        "log penalty": torch.full(shape, -4.6),
        "log scale": torch.tensor(1.5),
        "log strengths": strengths,
    }


def query_loss(told: Params, tasks: Episode, noise: Tensor) -> Tensor:
    """The mean cross-entropy on the queries: ()."""

    def of_one_task(x, y, x_query, y_query, noise):
        return F.cross_entropy(logits(told, x, y, x_query, noise), y_query)

    return vmap(of_one_task)(*tasks, noise).mean()


def learned(
    *,
    n_penalties: int = 1,
    n_copies: int = N_COPIES,
    n_outer: int = 100,
    seed: int = 0,
    watch: Callable[[list[float]], None] | None = None,
) -> Params:
    """What is told, by Adam along the gradient of the query loss on tasks of training scripts, 8 at
    a step."""
    told = {name: value.requires_grad_() for name, value in told_at_first(n_penalties).items()}
    optimizer = torch.optim.Adam(told.values(), lr=RATE)
    generator, losses = torch.Generator().manual_seed(seed), []
    for _ in range(n_outer):
        tasks = draw_tasks("train", 8, generator)
        loss = query_loss(told, tasks, draw_noise(8, n_copies, generator))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if watch and len(losses) % 5 == 0:
            watch(losses)
    return {name: value.detach() for name, value in told.items()}


def searched(*, n_trials: int = 50, n_tasks: int = 40, seed: int = 0) -> Params:
    """One penalty and three strengths, the best of so many draws by the accuracy on tasks of
    training scripts, for about the time of `learned`."""
    generator = torch.Generator().manual_seed(seed)
    tasks = draw_tasks("train", n_tasks, generator)
    noise = draw_noise(n_tasks, N_COPIES, generator)

    def errors(tried: dict[str, Tensor]) -> Tensor:
        settings = ({name: tried[name][number] for name in tried} for number in range(n_trials))
        return torch.stack([1 - right(told_as(each), tasks, noise).mean() for each in settings])

    best, _ = random_search(errors, RANGES, n_trials=n_trials, generator=generator)
    return told_as(best)


def told_as(setting: dict[str, Tensor]) -> Params:
    """A setting of `RANGES`, () each, as a head is told it."""
    strengths = torch.stack([setting[name] for name in ("shift", "turn", "size")])
    penalty = setting["penalty"].log()
    return told_at_first() | {"log penalty": penalty, "log strengths": strengths.log()}


@torch.no_grad()
def right(told: Params, tasks: Episode, noise: Tensor) -> Tensor:
    """The share of queries of each task that are named rightly: (B,)."""
    answers = vmap(lambda *task: logits(told, *task).argmax(-1))(*tasks[:3], noise)
    return (answers == tasks.y_query).double().mean(1)


def accuracies(
    told: Params, split: str = "test", *, n_copies: int = N_COPIES, n_tasks: int = 600
) -> Tensor:
    """The accuracy on tasks of a split, always the same: (n_tasks,)."""
    generator = torch.Generator().manual_seed(2)  # not that of the tasks
    noise = (draw_noise(25, n_copies, generator) for _ in range(n_tasks // 25))
    return torch.cat(
        [right(told, *each) for each in zip(same_tasks(split, n_tasks), noise, strict=True)]
    )


def same_tasks(split: str, n_tasks: int) -> Iterator[Episode]:
    """The tasks to judge on, always the same, 25 at a time."""
    generator = torch.Generator().manual_seed(1)
    for _ in range(n_tasks // 25):
        yield draw_tasks(split, 25, generator)
