"""The transformer of lines, trained with what goes wrong: what its training says, and what it knows
(the clinic of notebook 08b)."""

from collections.abc import Callable
from unittest.mock import patch

import torch
from torch import Generator, Tensor

from metacourse import transformer
from metacourse.attention import softmax_attention
from metacourse.experiments.in_context import LR, N_STEPS, lines_start, sample_sequences
from metacourse.nets import Params
from metacourse.training import learn
from metacourse.transformer import context_mask


def everything(n_pairs: int) -> Tensor:
    """No mask: all tokens see all."""
    return torch.ones(2 * n_pairs, 2 * n_pairs, dtype=torch.bool)


def its_own_pair(n_pairs: int) -> Tensor:
    """≥ for >: query t sees pair t, which holds its label."""
    mask = context_mask(n_pairs)
    mask[n_pairs:, :n_pairs] |= torch.eye(n_pairs, dtype=torch.bool)
    return mask


def later_pairs(n_pairs: int) -> Tensor:
    """Pairs see all pairs: in the second layer pair t − 1 has seen pair t."""
    mask = context_mask(n_pairs)
    mask[:n_pairs, :n_pairs] = True
    return mask


def over_the_queries(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """Attention whose softmax runs over the wrong axis."""
    scores = q @ k.mT / q.shape[-1] ** 0.5
    hidden = torch.zeros_like(scores) if mask is None else torch.where(mask, 0.0, -torch.inf)
    weights = (scores + hidden).softmax(dim=-2)
    return weights @ v


def without_scale(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """Attention that does not divide by √d."""
    return softmax_attention(q * q.shape[-1] ** 0.5, k, v, mask)


MASKS: dict[str, Callable] = {
    "no mask": everything,
    "≥ for >": its_own_pair,
    "pairs see later pairs": later_pairs,
}
ATTENTIONS: dict[str, Callable] = {
    "softmax over the queries": over_the_queries,
    "no scale": without_scale,
}
WRONG = (*MASKS, *ATTENTIONS)


def trained_wrong(name: str, seed: int = 0, n_steps: int = N_STEPS) -> tuple[Params, list[float]]:
    """Train with one of `WRONG` as the right one is trained: weights, and the squared error that
    the training saw at each step, of the answers after ten points."""
    seen: list[float] = []

    def loss(params: Params, generator: Generator) -> Tensor:
        x, y = sample_sequences(generator)
        errors = (transformer.read(params, x, y) - y).square().mean(dim=(0, 2))
        seen.append(errors[-1].item())
        return (errors + 1e-9).log().mean()

    with patched(name):
        params = learn(loss, lines_start(seed), lr=LR, n_steps=n_steps, seed=seed + 2).params
    return params, seen


def patched(name: str):
    """A context in which the kernel has this mistake."""
    if name in MASKS:
        return patch.object(transformer, "context_mask", MASKS[name])
    return patch.object(transformer, "softmax_attention", ATTENTIONS[name])
