"""A conditional neural process: networks that learn to read a task's points (chapter 07).

Nothing is solved and nothing is walked inside a task: one pass through two networks. One task or a
batch: leading axes broadcast. Shapes: B tasks, S support points, Q queries, D inputs; y has one
number a point. Shapes that do not fit raise ValueError.
"""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.nets import Params, init_mlp, mlp

STD_FLOOR = 0.01  # the unit of y: a likelihood of labels without noise knows no end


def init_cnp(n_inputs: int, width: int, generator: Generator) -> Params:
    """Draw the encoder and the decoder of `cnp_predict`, each with two hidden layers."""
    shapes = {
        "encoder": [n_inputs + 1, *[width] * 3],
        "decoder": [width + n_inputs, width, width, 2],
    }
    return {
        f"{part}.{name}": tensor
        for part, sizes in shapes.items()
        for name, tensor in init_mlp(sizes, generator).items()
    }


def cnp_predict(
    params: Params, x_support: Tensor, y_support: Tensor, x_query: Tensor
) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of the label at each query, read off the points.

    r = 1/S Σ encoder(xᵢ, yᵢ),  (μ, s) = decoder(r, x),  σ = softplus(s) + STD_FLOOR
    (Garnelo et al. 2018). Shapes: x_support (S, D), y_support (S,), x_query (Q, D) → (Q,), (Q,).
    """
    _check_points(x_support, y_support, x_query)
    points = torch.cat([x_support, y_support.unsqueeze(-1)], dim=-1)
    read = mlp(_part(params, "encoder."), points).mean(-2, keepdim=True)  # (1, R)
    read = read.expand(*x_query.shape[:-1], -1)
    mean, spread = mlp(_part(params, "decoder."), torch.cat([read, x_query], dim=-1)).unbind(-1)
    return mean, F.softplus(spread) + STD_FLOOR


def cnp_loss(
    params: Params, x_support: Tensor, y_support: Tensor, x_query: Tensor, y_query: Tensor
) -> Tensor:
    """Return minus the log likelihood of the queries' labels, the mean over queries and tasks: ().

    ½ ((y − μ)/σ)² + log σ + ½ log 2π. Shapes: as in `cnp_predict`, y_query (Q,).
    """
    mean, std = cnp_predict(params, x_support, y_support, x_query)
    away = (y_query - mean) / std
    return (away.square() / 2 + std.log()).mean() + math.log(2 * math.pi) / 2


def _part(params: Params, prefix: str) -> Params:
    return {n.removeprefix(prefix): p for n, p in params.items() if n.startswith(prefix)}


def _check_points(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> None:
    shapes = x_support.shape, y_support.shape, x_query.shape
    if y_support.shape[-1:] != x_support.shape[-2:-1] or x_support.shape[-2] == 0:
        raise ValueError(
            f"y_support must have one value per point, S ≥ 1: got {tuple(shapes[1])} "
            f"for x_support {tuple(shapes[0])}, (…, S, D)"
        )
    if shapes[2][-1] != shapes[0][-1]:
        raise ValueError(
            f"x_support and x_query must agree in D: got {tuple(shapes[0])}, {tuple(shapes[2])}"
        )
