"""The way on: rules for choosing a method, errors by group, and how much many tasks can teach.

The rules are data: each says when it holds and what it advises; the first that holds is taken.
The theory is that of a linear model whose tasks share a subspace: θᵢ = B wᵢ, B (D, r) orthonormal,
labels y = θᵢᵀx + noise (Du et al. 2021; Tripuraneni, Jin & Jordan 2021).
Shapes: B tasks, S points in a set, D features, r = rank of what is shared, G groups.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

# ---- which method --------------------------------------------------------------------------------


def first_match(rules: Sequence[Mapping[str, tuple]], situation: Mapping[str, str]) -> int:
    """Return the number of the first rule that holds: each of its conditions has the answer.

    A rule {question: the answers that it allows}; a question that it does not name may have any
    answer. situation {question: answer}. Raises LookupError if none holds.
    """
    for number, rule in enumerate(rules):
        if all(situation[question] in allowed for question, allowed in rule.items()):
            return number
    raise LookupError(f"no rule holds for {dict(situation)}")


# ---- who is served -------------------------------------------------------------------------------


def by_group(values: Tensor, group: Tensor, *, n_groups: int) -> tuple[Tensor, Tensor]:
    """Return the mean of each group, and how far its 95 % interval reaches: 1.96 s/√n.

    s is the standard deviation in the group, n − 1 in the denominator; both nan for an empty group,
    the reach nan for one of a single value.
    Shapes: values (B,), group (B,), whole numbers 0 … G − 1 → (G,), (G,).
    Raises ValueError where values and group differ in shape.
    """
    if values.shape != group.shape or values.ndim != 1:
        raise ValueError(
            f"values and group must both be (B,), got {tuple(values.shape)} "
            f"and {tuple(group.shape)}"
        )
    member = (group == torch.arange(n_groups, device=group.device)[:, None]).to(values.dtype)
    n = member.sum(1)
    mean = member @ values / n
    squares = (member * (values - mean.nan_to_num()[:, None]).square()).sum(1)
    return mean, 1.96 * (squares / (n - 1) / n).sqrt()


# ---- how many tasks ------------------------------------------------------------------------------


def shared_subspace(x: Tensor, y: Tensor, *, rank: int) -> Tensor:
    """Return an orthonormal basis of what tasks share, from second moments of labels and inputs.

    For x ~ N(0, I) the expectation of y² xxᵀ is (‖θ‖² + σ²) I + 2 θθᵀ. Its mean over the points of
    all tasks, M = 1/(BS) Σ y² xxᵀ, has B among its directions of largest eigenvalue
    (Tripuraneni, Jin & Jordan 2021, Alg. 1).
    Shapes: x (B, S, D), y (B, S) → (D, r). Raises ValueError for a rank outside 1 … D.
    """
    if x.ndim != 3 or y.shape != x.shape[:2]:
        raise ValueError(
            f"x needs (B, S, D) and y (B, S), got {tuple(x.shape)} and {tuple(y.shape)}"
        )
    if not 1 <= rank <= x.shape[-1]:
        raise ValueError(f"rank must lie in 1 … {x.shape[-1]}, got {rank}")
    weighted = (y[..., None] * x).flatten(0, 1)
    return torch.linalg.eigh(weighted.mT @ weighted / len(weighted)).eigenvectors[:, -rank:]


def left_out(basis: Tensor, subspace: Tensor) -> Tensor:
    """Return the share of ‖θ‖² that a learned subspace misses: 1 − ‖ÛᵀB‖²/r, in 0 … 1.

    Shapes: both with orthonormal columns, basis (D, r), the truth, subspace (D, r') → ().
    """
    return 1 - (subspace.mT @ basis).square().sum() / basis.shape[1]


def fit_in_subspace(x: Tensor, y: Tensor, subspace: Tensor) -> Tensor:
    """Return the least-squares θ among those in the subspace: θ = Û (XÛ)⁺ y.

    Shapes: x (…, S, D), y (…, S), subspace (D, r) → (…, D); of many solutions the smallest.
    """
    inside = torch.linalg.pinv(x @ subspace) @ y[..., None]
    return (subspace @ inside)[..., 0]


def expected_excess(
    left: Tensor | float, *, n_shot: int, rank: int, noise: float
) -> Tensor | float:
    """Return the error of `fit_in_subspace` on new labels, less the noise, for x ~ N(0, I).

    s + (σ² + s) r/(n − r − 1), where s = E‖(I − ÛÛᵀ)θ‖² = `left` if E‖θ‖² = 1: what lies outside
    is lost, and is noise to the fit inside; r/(n − r − 1) is the mean trace of an inverse Wishart
    matrix. Of all D directions, left = 0 and rank = D: ordinary least squares.
    noise is σ², a variance. Raises ValueError unless n_shot > rank + 1: below it is infinite.
    """
    if n_shot <= rank + 1:
        raise ValueError(f"n_shot must be more than rank + 1 = {rank + 1}, got {n_shot}")
    return left + (noise + left) * rank / (n_shot - rank - 1)
