"""Metric learning: embeddings in which images of one class lie together."""

from torch import Tensor
from torch.nn import functional as F


def prototypes(z_support: Tensor, y_support: Tensor, n_way: int) -> Tensor:
    """The mean embedding of each class's support images, c_n = mean of z_s over y_s = n.

    z_support (…, S, D), y_support (…, S) in 0…N−1 → (…, N, D).
    Snell, Swersky and Zemel 2017, equation 1.
    """
    members = F.one_hot(y_support, n_way).to(z_support.dtype)  # (…, S, N)
    return members.mT @ z_support / members.sum(dim=-2)[..., None]


def prototypical_logits(z_query: Tensor, prototypes: Tensor) -> Tensor:
    """How near a query is to each prototype, −‖z_q − c_n‖²: its softmax is p(class | query).

    z_query (…, Q, D), prototypes (…, N, D) → (…, Q, N).
    Snell, Swersky and Zemel 2017, equation 2.
    """
    squares = z_query.square().sum(-1)[..., None] + prototypes.square().sum(-1)[..., None, :]
    return 2 * z_query @ prototypes.mT - squares
