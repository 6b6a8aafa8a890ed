"""What the embeddings that ship share: letters to train on, how they are used and judged."""

from functools import cache

import torch
from torch import Tensor

from metacourse.episodes import sample_episodes
from metacourse.evaluation import Interval, confidence_interval, evaluate
from metacourse.nets import Params, convnet, device_of
from metacourse.siamese import prototypes, prototypical_logits, refined_prototypes
from metacourse.tasks.glyphs import load_glyphs
from metacourse.trained.recipes import check_name, load_weights

EMBEDDINGS = "pretrained", "meta_trained", "maml", "handwriting"
N_FEATURES = 128  # that all have but "handwriting", which is twice as wide


def load_embedding(name: str) -> Params:
    """Return the weights of `convnet` called "pretrained", "meta_trained", "maml" or "handwriting".

    Raises ValueError when there is no embedding of that name.
    """
    check_name(name, EMBEDDINGS)
    return body(load_weights(name))


def body(params: Params) -> Params:
    """The weights of the convnet alone, without the head."""
    return {key: tensor for key, tensor in params.items() if not key.startswith("head")}


@torch.no_grad()
def embed(params: Params, images: Tensor) -> Tensor:
    """Embed images (classes, images, H, W), class by class: (classes, images, D)."""
    return torch.stack([convnet(params, of_class) for of_class in images])


def nearest_prototype(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """The label of the nearest prototype: x_support (B, S, D), x_query (B, Q, D) → (B, Q)."""
    n_way = int(y_support.max()) + 1
    return prototypical_logits(x_query, prototypes(x_support, y_support, n_way)).argmax(dim=-1)


def task_accuracies(z: Tensor, *, n_shot: int) -> Tensor:
    """The accuracy of the nearest prototype on 600 5-way tasks.

    z (classes, images, D): the embeddings of the images, or their pixels."""
    return evaluate(nearest_prototype, z, n_way=5, n_shot=n_shot)


def gain_by_unlabelled(z: Tensor, *, n_others: int = 0, radius: float | None = None) -> Interval:
    """The percentage points that five unlabelled images a class bring a 5-way 1-shot task, by one
    step of soft k-means, and with them six of each of n_others classes of no interest.

    z (classes, 11 or more, D): embeddings; radius: that of a distractor cluster, if there is one.
    The interval is over 600 tasks, always the same.
    """
    sizes = {"n_way": 5 + n_others, "n_shot": 6, "n_query": 5, "n_tasks": 600}
    generator, y_first, gained = torch.Generator().manual_seed(5), torch.arange(5), []
    for x, y, x_query, y_query in zip(
        *sample_episodes(z, **sizes, generator=generator), strict=True
    ):
        first = torch.stack([(y == n).int().argmax() for n in range(5)])  # one of each class
        rest = torch.ones(len(y), dtype=torch.bool).index_fill(0, first, False)
        before = prototypes(x[first], y_first, 5)
        after = refined_prototypes(before, x[first], y_first, x[rest], distractor_radius=radius)
        own = y_query < 5
        found = [prototypical_logits(x_query[own], c).argmax(dim=1) for c in (before, after)]
        right, right_after = ((labels == y_query[own]).double().mean() for labels in found)
        gained.append(100 * (right_after - right))
    return confidence_interval(torch.stack(gained))


def confused(z: Tensor, *, n_way: int, n_tasks: int) -> tuple[Tensor, Tensor]:
    """The mistakes of the nearest prototype, pooled over 1-shot tasks with 5 queries a class.

    z (classes, 6 or more, D) → the class that was asked, the class it was taken for: (mistakes,)
    each.
    """
    numbers = torch.arange(z.shape[0] * z.shape[1]).view(z.shape[:2])  # of the images
    sizes = {"n_way": n_way, "n_shot": 1, "n_query": 5, "n_tasks": n_tasks}
    task = sample_episodes(numbers, **sizes, generator=torch.Generator().manual_seed(4))
    images = z.flatten(0, 1)
    nearest = [
        prototypical_logits(images[query], images[support]).argmax(dim=1)
        for query, support in zip(task.x_query, task.x_support, strict=True)
    ]
    answers = task.x_support.gather(1, torch.stack(nearest)) // z.shape[1]
    asked = task.x_query // z.shape[1]
    return asked[asked != answers], answers[asked != answers]


@cache
def printed_letters(split: str, device: torch.device) -> Tensor:
    """The images of a split, read once: (classes, images, 28, 28)."""
    return load_glyphs(split).images.to(device)


def prototype_score(params: Params) -> float:
    """The accuracy of the nearest prototype on 600 1-shot tasks of printed validation letters."""
    images = printed_letters("validation", device_of(params))
    return task_accuracies(embed(body(params), images), n_shot=1).mean().item()
