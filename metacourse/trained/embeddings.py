"""What the embeddings that ship share: letters to train on, how they are used and judged."""

from functools import cache

import torch
from torch import Tensor

from metacourse.evaluation import evaluate
from metacourse.nets import Params, convnet, device_of
from metacourse.siamese import prototypes, prototypical_logits
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


@cache
def printed_letters(split: str, device: torch.device) -> Tensor:
    """The images of a split, read once: (classes, images, 28, 28)."""
    return load_glyphs(split).images.to(device)


def prototype_score(params: Params) -> float:
    """The accuracy of the nearest prototype on 600 1-shot tasks of printed validation letters."""
    images = printed_letters("validation", device_of(params))
    return task_accuracies(embed(body(params), images), n_shot=1).mean().item()
