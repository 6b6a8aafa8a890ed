"""The embeddings of chapter 01: one trained to name characters, one to solve tasks.

"pretrained" learned to name the training characters, "meta_trained" to solve tasks made of them
with prototypes. Both saw the same number of images, 180,000, which is also what "maml" saw.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.distributed import by_queries
from metacourse.episodes import Episode, sample_episodes
from metacourse.nets import Params, convnet, init_convnet
from metacourse.siamese import prototypes, prototypical_logits
from metacourse.trained.embeddings import N_FEATURES, body, printed_letters, prototype_score
from metacourse.trained.maml import image_loss
from metacourse.trained.recipes import Recipe

N_WAY, N_QUERY = 30, 3  # of the tasks to meta-train on, 1-shot
N_IMAGES = N_WAY * (1 + N_QUERY)  # per step


def pretrained_start(generator: Generator) -> Params:
    """A convnet with a linear head over all training characters."""
    params = init_convnet(generator=generator)
    n_classes = len(printed_letters("train", generator.device))
    return params | random_head(n_classes, N_FEATURES, generator)


def random_head(n_classes: int, n_features: int, generator: Generator) -> Params:
    """One output for every character, weights from N(0, 1 / D)."""
    device = generator.device
    weight = torch.randn(n_classes, n_features, generator=generator, device=device)
    bias = torch.zeros(n_classes, device=device)
    return {"head.weight": weight / n_features**0.5, "head.bias": bias}


def sample_characters(generator: Generator) -> tuple[Tensor, Tensor]:
    """Draw images of training characters: (120, 28, 28), and which they show (120,)."""
    images = printed_letters("train", generator.device)
    n_classes, n_images = images.shape[:2]
    drawn = {"generator": generator, "device": generator.device}
    labels = torch.randint(n_classes, (N_IMAGES,), **drawn)
    drawers = torch.randint(n_images, (N_IMAGES,), **drawn)
    return images[labels, drawers], labels


def pretraining_loss(params: Params, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Name the characters: cross-entropy of a linear head over all classes.

    The head is params["head.weight"] (classes, D), "head.bias"."""
    return image_loss(params, *batch)


def meta_trained_start(generator: Generator) -> Params:
    """A convnet alone: prototypes need no head."""
    return init_convnet(generator=generator)


def sample_printed_task(generator: Generator) -> Episode:
    """Draw one task of training characters."""
    return sample_training_task(printed_letters("train", generator.device), generator)


def sample_training_task(images: Tensor, generator: Generator) -> Episode:
    """Draw one `N_WAY`-way 1-shot task with `N_QUERY` queries a class: images (classes, …)."""
    sizes = {"n_way": N_WAY, "n_shot": 1, "n_query": N_QUERY, "n_tasks": 1}
    tasks = sample_episodes(images, **sizes, generator=generator)
    return Episode(*(tensor[0] for tensor in tasks))


def prototypical_loss(params: Params, task: Episode) -> Tensor:
    """Cross-entropy of one task's queries over its prototypes (Snell et al. 2017) → ()."""
    x_support, y_support, x_query, y_query = task
    z_support, z_query = convnet(params, torch.cat([x_support, x_query])).split(
        [len(x_support), len(x_query)]
    )
    logits = prototypical_logits(z_query, prototypes(z_support, y_support, N_WAY))
    return F.cross_entropy(logits, y_query)


RECIPES = {
    "pretrained": Recipe(
        pretrained_start,
        pretraining_loss,
        sample_characters,
        prototype_score,
        n_steps=1500,
        lr=5e-3,
        finish=body,
        gpu=True,
    ),
    "meta_trained": Recipe(
        meta_trained_start,
        prototypical_loss,
        sample_printed_task,
        prototype_score,
        n_steps=1500,
        lr=5e-3,
        gpu=True,
        split=by_queries,
    ),
}
