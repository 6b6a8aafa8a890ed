"""Simple baselines done properly: what a frozen embedding can do when its features are treated
well. Shapes: S support images, Q queries, N ways, D features; leading task axes if there are any.
"""

from torch import Tensor
from torch.nn import functional as F

from metacourse.concepts import softmax_head
from metacourse.siamese import prototypes, prototypical_logits

PROBE = {"lr": 10.0, "n_steps": 100}  # of 1, 3, 10, 30 on validation scripts


def centred(z: Tensor, mean: Tensor) -> Tensor:
    """Embeddings as directions from the mean of the training classes: (z − μ) / ‖z − μ‖.

    Shapes: z (…, D), mean (D,) → (…, D)."""
    return F.normalize(z - mean, dim=-1)


def simple_shot(
    z_support: Tensor, y_support: Tensor, z_query: Tensor, mean: Tensor, n_way: int
) -> Tensor:
    """Score queries by the nearest mean of centred and normalised embeddings.

    With z̄ = (z − μ)/‖z − μ‖: logits −‖z̄_q − c_n‖², c_n the mean of the z̄ of class n; μ is the mean
    of the training classes' embeddings (SimpleShot, CL2N: Wang et al. 2019).
    Shapes: z_support (…, S, D), y_support (…, S), z_query (…, Q, D), mean (D,) → (…, Q, N).
    """
    z_support, z_query = centred(z_support, mean), centred(z_query, mean)
    return prototypical_logits(z_query, prototypes(z_support, y_support, n_way))


def linear_probe(
    z_support: Tensor, y_support: Tensor, z_query: Tensor, mean: Tensor, n_way: int
) -> Tensor:
    """Score queries by a linear head, trained by gradient descent on the centred and normalised
    support set: the baseline of Chen et al. 2019. Shapes as in `simple_shot`."""
    z_support, z_query = centred(z_support, mean), centred(z_query, mean)
    return z_query @ softmax_head(z_support, y_support, n_way=n_way, **PROBE)
