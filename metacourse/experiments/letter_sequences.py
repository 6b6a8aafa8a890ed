"""What the memory of letters gets right, image by image, beside prototypes, and what its state
holds after it has read the same letters under other labels."""

import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse.episodes import draw_without_replacement
from metacourse.lstm import memory_states
from metacourse.nets import Params
from metacourse.trained.lstm import N_WAY, letter_answers, mean_by_instance


def by_instance(right: Tensor, y: Tensor) -> Tensor:
    """How often the 1st, 2nd, … K-th image of a class is named rightly, in each of many sequences.

    right (B, T) and labels y (B, T), K images of each of five classes → (B, K).
    """
    return mean_by_instance(right.double(), y)


@torch.no_grad()
def right_by_memory(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """`by_instance` of a memory: x (B, T, D), y (B, T) → (B, K)."""
    return by_instance(letter_answers(params, x, y).argmax(dim=-1) == y, y)


def right_by_means(x: Tensor, y: Tensor) -> Tensor:
    """`by_instance` of the nearest mean of the images that came before, of the classes that did:
    x (B, T, D), y (B, T) → (B, K)."""
    told = F.one_hot(y, N_WAY).to(x.dtype)  # (B, T, N)
    before = told.cumsum(1) - told  # how many of each class, without this one
    written = torch.einsum("btn,btd->btnd", told, x)
    means = (written.cumsum(1) - written) / before[..., None].clamp(min=1)
    distances = (means - x[:, :, None]).square().sum(-1)
    return by_instance(distances.masked_fill(before == 0, torch.inf).argmin(-1) == y, y)


@torch.no_grad()
def states_of_deals(params: Params, z: Tensor, deals: Tensor, generator: torch.Generator) -> Tensor:
    """The cell states after five images of each of five letters were read, in a new order, under
    each of several deals of the labels.

    z (5, images, D), deals (n, 5): the label of each letter → (n, H).
    """
    xs, ys = [], []
    for labels in deals:
        images = draw_without_replacement((5,), z.shape[1], 5, generator)
        order = torch.randperm(25, generator=generator)
        xs.append(z[torch.arange(5)[:, None], images].flatten(0, 1)[order])
        ys.append(F.one_hot(labels.repeat_interleave(5)[order], N_WAY).to(z.dtype))
    after = 0, 0, 0, 1  # a blank step, at which the last label is read
    x, y = (F.pad(torch.stack(parts), after) for parts in (xs, ys))
    return memory_states(params, x, y)[1][:, -1]
