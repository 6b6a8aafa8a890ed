"""Concepts: the smallest complete tools of few-shot learning (chapter 01).

Shapes: N ways, K shots, Q queries per class, S = N·K support images, B tasks.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.episodes import Episode
from metacourse.nets import Params, channels_last, convnet, init_convnet

Answer = Callable[[Tensor, Tensor, Tensor], Tensor]  # x_support, y_support, x_query → labels


def sample_episode(
    images_by_class: Tensor, *, n_way: int, n_shot: int, n_query: int, generator: Generator
) -> Episode:
    """Draw one N-way K-shot task: N classes, numbered 0…N−1 as they come, K + Q images of each.

    images_by_class: (classes, images, …), any dtype. Returns x_support (N·K, …), y_support (N·K,),
    x_query (N·Q, …), y_query (N·Q,); no image is in both sets.
    Raises ValueError when it needs more classes, or more images of a class, than there are.
    Episodes as the unit of training and testing: Vinyals et al. 2016.
    """
    n_classes, n_images = images_by_class.shape[:2]
    if n_way > n_classes:
        raise ValueError(f"needs {n_way} classes, images_by_class has {n_classes}")
    if n_shot + n_query > n_images:
        raise ValueError(f"needs {n_shot + n_query} images a class, there are {n_images}")
    classes = torch.randperm(n_classes, generator=generator)[:n_way]
    places = [torch.randperm(n_images, generator=generator)[: n_shot + n_query] for _ in classes]
    images = images_by_class[classes[:, None], torch.stack(places)]  # (N, K + Q, …)
    labels = torch.arange(n_way, device=images_by_class.device)
    x_support, x_query = images[:, :n_shot].flatten(0, 1), images[:, n_shot:].flatten(0, 1)
    y_support, y_query = labels.repeat_interleave(n_shot), labels.repeat_interleave(n_query)
    return Episode(x_support, y_support, x_query, y_query)


def sample_augmented(
    images_by_class: Tensor, *, n_way: int, n_shot: int, n_query: int, generator: Generator
) -> Episode:
    """Draw one task whose support pictures come in three versions: one pixel further left, as they
    are, one pixel further right. Versions are made after the split: no query has a twin.

    Arguments as in `sample_episode`. Returns x_support (3·N·K, …), y_support (3·N·K,),
    x_query (N·Q, …), y_query (N·Q,). Raises ValueError as `sample_episode` does.
    """
    sizes = {"n_way": n_way, "n_shot": n_shot, "n_query": n_query}
    task = sample_episode(images_by_class, **sizes, generator=generator)
    versions = [task.x_support.roll(shift, dims=-1) for shift in (-1, 0, 1)]
    return task._replace(x_support=torch.cat(versions), y_support=task.y_support.repeat(3))


def nearest_neighbour(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """Give each query the label of the support image that is nearest to it, pixel by pixel.

    ŷ = y_j with j = argmin_j ‖x − x_j‖, pixels as floats (in uint8, 3 − 5 is 254).
    Shapes: x_support (S, …), y_support (S,), x_query (N·Q, …) → labels (N·Q,).
    """
    support, query = x_support.flatten(1).float(), x_query.flatten(1).float()
    nearest = torch.cdist(query, support).argmin(dim=1)  # (N·Q,)
    return y_support[nearest]


def confidence_interval(correct: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean accuracy over tasks and the half-width of its 95 % confidence interval.

    ā ± 1.96 · s/√B, where aᵢ is the accuracy of task i and s the standard deviation (B − 1 below
    the line) of a₁ … a_B: tasks were drawn independently, the queries of one task were not.
    correct: (B, N·Q), 1 where a query was answered correctly, else 0.
    Raises ValueError for fewer than two tasks.
    """
    if len(correct) < 2:
        raise ValueError(f"correct: an interval needs 2 tasks or more, got {len(correct)}")
    accuracies = correct.double().mean(dim=1)  # (B,)
    return accuracies.mean(), 1.96 * accuracies.std() / len(accuracies) ** 0.5


def find_leaks(images: Tensor, seen: Tensor) -> list[tuple[int, int]]:
    """List a pair (i, j) for each images[i] that was seen: seen[j] is the same, pixel for pixel.

    Queries against the support set, or a test task against all training images: an honest test
    gives an empty list. Shapes: images (n, H, W), seen (m, H, W), one dtype.
    """
    places = {key: j for j, key in enumerate(fingerprints(seen))}
    return [(i, places[key]) for i, key in enumerate(fingerprints(images)) if key in places]


def fingerprints(images: Tensor) -> list[bytes]:
    """Return the pixels of each image as bytes, equal for equal images: (n, H, W) → n of them."""
    return [image.tobytes() for image in images.flatten(1).numpy()]


def leak_image(episode: Episode) -> Episode:
    """Put a support image in the place of the first query of one task: the answer lies open."""
    x_support, y_support, x_query, y_query = episode
    copied = (y_support == y_query[0]).nonzero()[0]  # (1,), a support image of the same class
    return episode._replace(x_query=torch.cat([x_support[copied], x_query[1:]]))


def leak_class(episode: Episode) -> Episode:
    """Add to the support set what a model remembers that was trained on one of the task's classes:
    that class's images, the queries among them."""
    x_support, y_support, x_query, y_query = episode
    seen = y_query == y_query[0]
    remembered = torch.cat([x_support, x_query[seen]]), torch.cat([y_support, y_query[seen]])
    return Episode(*remembered, x_query, y_query)


def softmax_head(
    z_support: Tensor, y_support: Tensor, *, n_way: int, lr: float, n_steps: int
) -> Tensor:
    """Train a linear classifier on frozen embeddings, by gradient descent from zero.

    W ← W − lr · 1/S Zᵀ(softmax(ZW) − Y), Y the labels as one-hot rows. The embeddings stay as they
    are: the "baseline" of Chen et al. 2019. Shapes: z_support (…, S, D), y_support (…, S)
    → W (…, D, N); leading task axes if there are any.
    """
    targets = F.one_hot(y_support, n_way).to(z_support.dtype)
    weight = z_support.new_zeros(*z_support.shape[:-2], z_support.shape[-1], n_way)
    for _ in range(n_steps):
        errors = (z_support @ weight).softmax(-1) - targets
        weight = weight - lr * z_support.mT @ errors / z_support.shape[-2]
    return weight


def fine_tune(
    params: Params, x_support: Tensor, y_support: Tensor, *, n_way: int, lr: float, n_steps: int
) -> tuple[Params, Tensor]:
    """Train a whole network, embedding and new head, on the support set of one task with Adam.

    From random params this is learning from scratch, from trained ones fine-tuning. Shapes:
    x_support (S, H, W), y_support (S,) → adapted params and head W (D, N).
    """
    params = {name: w.clone().requires_grad_() for name, w in channels_last(params).items()}
    with torch.no_grad():
        z_support = convnet(params, x_support)
        head = z_support.new_zeros(z_support.shape[-1], n_way)
    optimizer = torch.optim.Adam([*params.values(), head.requires_grad_()], lr=lr)
    for _ in range(n_steps):
        optimizer.zero_grad()
        F.cross_entropy(convnet(params, x_support) @ head, y_support).backward()
        optimizer.step()
    return params, head


def with_new_head(*, lr: float, n_steps: int) -> Answer:
    """A learner that keeps an embedding and trains a new last layer on each support set.

    It answers a batch of tasks: z_support (B, S, D), y_support (B, S), z_query (B, N·Q, D)
    → labels (B, N·Q).
    """

    def answer(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
        n_way = int(y_support.max()) + 1
        weight = softmax_head(z_support, y_support, n_way=n_way, lr=lr, n_steps=n_steps)
        return (z_query @ weight).argmax(dim=-1)

    return answer


def from_scratch(*, lr: float, n_steps: int) -> Answer:
    """A learner that trains a network of its own on each support set, from random weights.

    It answers a batch of tasks: x_support (B, S, H, W), y_support (B, S), x_query (B, N·Q, H, W)
    → labels (B, N·Q).
    """

    def answer(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        generator, labels = Generator().manual_seed(0), []
        for x, y, x_new in zip(x_support, y_support, x_query, strict=True):
            start, n_way = init_convnet(generator=generator), int(y.max()) + 1
            params, head = fine_tune(start, x, y, n_way=n_way, lr=lr, n_steps=n_steps)
            with torch.no_grad():
                labels.append((convnet(params, x_new) @ head).argmax(dim=1))
        return torch.stack(labels)

    return answer
