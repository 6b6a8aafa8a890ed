"""The embedding of chapter 04, for real handwriting.

"handwriting" is twice as wide as the others and was meta-trained longer, on letters written as by
hand (`tasks.pens`).
"""

from functools import cache

import torch
from torch import Generator, Tensor

from metacourse.distributed import whole
from metacourse.episodes import draw_without_replacement
from metacourse.nets import Params, channels_last, convnet, device_of, init_convnet
from metacourse.siamese import all_pairs_loss
from metacourse.tasks.pens import write_glyphs
from metacourse.trained.concepts import N_QUERY, N_WAY
from metacourse.trained.embeddings import body, embed, task_accuracies
from metacourse.trained.recipes import Recipe

N_HANDS = 30  # of each character that "handwriting" is trained on
TEMPERATURE = 10.0  # of its loss


def handwriting_start(generator: Generator) -> Params:
    """A convnet twice as wide as the others."""
    return init_convnet(n_filters=64, generator=generator)


@cache
def written_letters(device: torch.device) -> tuple[Tensor, Tensor]:
    """The printed characters written by hands, to train on and to validate with, (classes, images,
    28, 28); turned by 90°, 180° and 270° they are further classes to train on."""
    generator = torch.Generator().manual_seed(0)
    images = write_glyphs("train", generator, n_drawers=N_HANDS).images
    turned = torch.cat([images.rot90(turns, (2, 3)) for turns in range(4)])
    return turned.to(device), write_glyphs("validation", generator).images.to(device)


def sample_written(generator: Generator) -> tuple[Tensor, Tensor]:
    """Draw 4 images of each of 30 classes: (120, 28, 28) and their classes (120,)."""
    images, _ = written_letters(generator.device)
    n_each = 1 + N_QUERY
    classes = torch.randperm(len(images), generator=generator, device=generator.device)[:N_WAY]
    hands = draw_without_replacement((N_WAY,), images.shape[1], n_each, generator)
    labels = torch.arange(N_WAY, device=generator.device).repeat_interleave(n_each)
    return images[classes[:, None], hands].flatten(0, 1), labels


def handwriting_loss(params: Params, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Solve all 1-shot tasks that a batch of `N_WAY` classes allows: see `all_pairs_loss`."""
    images, labels = batch
    z = convnet(channels_last(params), images)
    return all_pairs_loss(z, labels, temperature=TEMPERATURE)


def handwriting_score(params: Params) -> float:
    """The accuracy of the nearest prototype on 600 1-shot tasks of written validation letters."""
    _, images = written_letters(device_of(params))
    return task_accuracies(embed(body(params), images), n_shot=1).mean().item()


RECIPES = {
    "handwriting": Recipe(
        handwriting_start,
        handwriting_loss,
        sample_written,
        handwriting_score,
        n_steps=3300,
        lr=5e-3,
        gpu=True,
        split=whole,  # each pair is set against all other images of the batch
    ),
}
