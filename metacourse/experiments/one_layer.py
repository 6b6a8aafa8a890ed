"""Two more single layers of notebook 08a: softmax attention that is trained with a mask or without,
and linear attention that is trained where inputs are of uneven widths."""

import torch
from torch import Generator, Tensor

from metacourse.attention import softmax_attention
from metacourse.episodes import Episode
from metacourse.experiments.gradient_layer import answers, errors, sample_tasks, start
from metacourse.nets import Params
from metacourse.training import Training, learn

N_FEATURES = 5
WIDTHS = torch.tensor([2.0, 1.4, 1.0, 0.7, 0.5], dtype=torch.float64)


def even_length(tasks: Episode) -> tuple[Tensor, Tensor]:
    """Return all points of each task, x brought to the length √D, labels with it, so that they stay
    linear in x: (B, S + Q, D), (B, S + Q, 1)."""
    x = torch.cat([tasks.x_support, tasks.x_query], dim=1)
    y = torch.cat([tasks.y_support, tasks.y_query], dim=1).unsqueeze(-1)
    factor = x.shape[-1] ** 0.5 / x.norm(dim=-1, keepdim=True)
    return factor * x, factor * y


def says(params: Params, asked: Tensor, x: Tensor, y: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return a learned multiple of what queries xᵀW read: (…, M, D), (…, N, D), (…, N, 1) →
    (…, M, 1)."""
    return params["scale"] * softmax_attention(asked @ params["W"], x, y, mask)


def trained_with(mask: Tensor | None, seed: int = 0) -> Training:
    """Train such a layer: each of eleven points is asked, and looks where the mask says True."""

    def loss(params: Params, generator: Generator) -> Tensor:
        x, y = even_length(sample_tasks(N_FEATURES, 128, generator))
        return (says(params, x, x, y, mask) - y).square().mean()

    size, generator = (N_FEATURES, N_FEATURES), torch.Generator().manual_seed(seed)
    first = {"W": 0.1 * torch.randn(size, generator=generator).double()}
    first["scale"] = torch.ones(1, dtype=torch.float64)
    return learn(loss, first, lr=0.3, n_steps=300, seed=seed + 100)


def uneven(n_tasks: int, generator: Generator) -> Episode:
    """Draw tasks of five inputs of different widths, each with the same share in the labels."""
    even = sample_tasks(N_FEATURES, n_tasks, generator)
    return even._replace(x_support=even.x_support * WIDTHS, x_query=even.x_query * WIDTHS)


def trained_on_uneven(seed: int = 0) -> Params:
    """Train a layer of linear attention on 256 new ones of these tasks at each of 1,200 steps."""

    def loss(params: Params, generator: Generator) -> Tensor:
        tasks = uneven(256, generator)
        return errors(answers(params, tasks), tasks).mean()

    first = start(N_FEATURES, torch.Generator().manual_seed(seed))
    return learn(loss, first, lr=0.02, n_steps=1200, seed=seed + 100).params
