"""Episodes: what a few-shot task is made of, and how tasks are drawn from a set of classes."""

from typing import NamedTuple

import torch
from torch import Generator, Tensor


class Episode(NamedTuple):
    """A task: a support set to learn from and a query set to be judged on; a batch of tasks has a
    leading axis B everywhere."""

    x_support: Tensor
    y_support: Tensor
    x_query: Tensor
    y_query: Tensor

    def to(self, target) -> "Episode":
        """The same episode on another device or in another dtype."""
        return Episode(*(tensor.to(target) for tensor in self))


def sample_episodes(
    images_by_class: Tensor,
    *,
    n_way: int,
    n_shot: int,
    n_query: int,
    n_tasks: int,
    generator: Generator,
) -> Episode:
    """Draw few-shot classification tasks.

    A task draws N classes without replacement and numbers them 0…N−1 at random; each class gives
    K support and Q query images, all different. The rows of both sets are in random order, so a
    position says nothing about a label.

    images_by_class: (classes, images, …), any dtype. Handing in an index tensor,
    `torch.arange(classes * images).view(classes, images)`, tells which images a task drew.
    Returns x_support (B, N·K, …), y_support (B, N·K), x_query (B, N·Q, …), y_query (B, N·Q).
    Raises ValueError when a task needs more classes, or more images of a class, than there are,
    and for a negative number of anything.
    Episodes as the unit of training and testing: Vinyals et al. 2016.
    """
    sizes = {"n_way": n_way, "n_shot": n_shot, "n_query": n_query, "n_tasks": n_tasks}
    if min(sizes.values()) < 0:
        raise ValueError(f"no size may be negative, got {sizes}")
    n_classes, n_images = images_by_class.shape[:2]
    if n_way > n_classes:
        raise ValueError(f"needs {n_way} classes, images_by_class has {n_classes}")
    if n_shot + n_query > n_images:
        raise ValueError(
            f"needs {n_shot + n_query} images a class ({n_shot} support + {n_query} query), "
            f"images_by_class has {n_images}"
        )
    classes = draw_without_replacement((n_tasks,), n_classes, n_way, generator)  # (B, N)
    images = draw_without_replacement((n_tasks, n_way), n_images, n_shot + n_query, generator)
    rows = classes[:, :, None] * n_images + images  # (B, N, K+Q), rows of the flat image list
    flat_images = images_by_class.flatten(0, 1)
    support = _shuffle(flat_images, rows[:, :, :n_shot], generator)
    query = _shuffle(flat_images, rows[:, :, n_shot:], generator)
    return Episode(*support, *query)


def draw_without_replacement(
    shape: tuple[int, ...], n: int, k: int, generator: Generator
) -> Tensor:
    """Draw k different numbers out of 0…n−1, in random order, independently for each entry of
    `shape`: the places of the k largest of n random numbers. Returns (*shape, k) int64."""
    return torch.rand(*shape, n, generator=generator, device=generator.device).topk(k).indices


def _shuffle(flat_images: Tensor, rows: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """The images of rows (B, N, M) and their labels (the place along N), shuffled inside a task."""
    n_tasks, n_way, per_class = rows.shape
    size = n_way * per_class
    order = draw_without_replacement((n_tasks,), size, size, generator)  # (B, N·M)
    rows = rows.transpose(1, 2).flatten(1).gather(1, order)  # (B, M·N) before it is shuffled
    images = flat_images.index_select(0, rows.flatten().to(flat_images.device))
    return images.unflatten(0, (n_tasks, size)), (order % n_way).to(flat_images.device)
