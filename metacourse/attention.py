"""Attention: values that are looked up, and a layer of it that is a step of gradient descent (08).

A prompt is a support set: tokens that stand beside each other, and what is asked looks at what was
told. Inside a task no weight changes.

Every function is written for one task; leading axes (B, …) or `torch.func.vmap` make a batch.
Shapes that do not fit raise ValueError.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse.nets import Params

# ---- attention -----------------------------------------------------------------------------------


def attention_weights(q: Tensor, k: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return how much each query looks at each key: shares that add up to 1 for a query.

    softmax(q kᵀ / √d) over the keys. √d: the scores of numbers from N(0, 1) vary by 1 then, at any
    d. mask says True where a query may look, at one key or more; None: everywhere.
    Shapes: q (…, M, d), k (…, N, d), mask (…, M, N) → (…, M, N).
    """
    if q.dim() < 2 or k.dim() < 2 or q.shape[-1] != k.shape[-1]:
        raise ValueError(f"q (…, M, d) and k (…, N, d) must agree in d, got {_of(q)} and {_of(k)}")
    scores = (q / q.shape[-1] ** 0.5) @ k.mT  # (…, M, N)
    if mask is not None:
        if mask.shape[-2:] != scores.shape[-2:]:
            raise ValueError(f"mask must be (…, M, N) = {_of(scores)}, got {_of(mask)}")
        scores = scores + torch.where(mask, 0.0, -math.inf)  # e⁻∞ = 0: no weight at all
    return scores.softmax(dim=-1)


def softmax_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return for each query the mean of all values, weighted by how well their keys fit it.

    softmax(q kᵀ / √d) v  (Vaswani et al. 2017, Eq. 1), the weights as in `attention_weights`.
    Shapes: q (…, M, d), k (…, N, d), v (…, N, e), mask (…, M, N) → (…, M, e).
    """
    if v.shape[-2:-1] != k.shape[-2:-1]:
        raise ValueError(f"v must have one value per key: got {_of(v)} for k {_of(k)}")
    return attention_weights(q, k, mask) @ v


# ---- one layer is one step -----------------------------------------------------------------------


def prompt(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """Return a task as tokens: (x, y) of each support point, then (x, 0) of each query.

    Shapes: x_support (…, S, D), y_support (…, S), x_query (…, Q, D) → (…, S + Q, D + 1).
    """
    if y_support.shape != x_support.shape[:-1]:
        raise ValueError(
            f"y_support must have one value per point: got {_of(y_support)} for "
            f"x_support {_of(x_support)}"
        )
    told = torch.cat([x_support, y_support.unsqueeze(-1)], dim=-1)
    return torch.cat([told, F.pad(x_query, (0, 1))], dim=-2)


def linear_attention(params: Params, tokens: Tensor, n_context: int) -> Tensor:
    """Return the tokens after a layer of attention without softmax, to the first n_context of them.

    e ← e + 1/n Σᵢ (W_q e · W_k eᵢ) W_v eᵢ. Σᵢ (W_v eᵢ)(W_k eᵢ)ᵀ is a matrix that is written once
    for all queries: fast weights (Schmidhuber 1992; Schlag, Irie & Schmidhuber 2021).
    Shapes: params "query", "key", "value" (E, E), tokens (…, T, E) → (…, T, E).
    """
    if not 1 <= n_context <= tokens.shape[-2]:
        raise ValueError(f"n_context must be 1 to T = {tokens.shape[-2]}, got {n_context}")
    context = tokens[..., :n_context, :]
    query, key = tokens @ params["query"].mT, context @ params["key"].mT
    written = key.mT @ (context @ params["value"].mT) / n_context  # (…, E, E)
    return tokens + query @ written


def gradient_step_weights(n_features: int, lr_inner: float) -> Params:
    """Return the weights with which a layer of `linear_attention` is a step of gradient descent.

    The last entry of a token is what is left of its label, y − f(x). Query and key are x, the value
    is −2α (y − f(x)): from every token the layer takes 2α/n Σᵢ (x · xᵢ)(yᵢ − f(xᵢ)), by which a
    step of `linear_regression.adapt` raises f(x). k layers are k steps, the start θ = 0; queries,
    whose label counts as 0, end at −f(x) (von Oswald et al. 2023, Prop. 1).
    Shapes: three matrices (D + 1, D + 1) in float64.
    """
    inputs = torch.diag(torch.tensor([1.0] * n_features + [0.0], dtype=torch.float64))
    label = torch.eye(n_features + 1, dtype=torch.float64) - inputs
    return {"query": inputs, "key": inputs.clone(), "value": -2 * lr_inner * label}


def _of(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)
