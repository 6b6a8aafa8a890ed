"""What processes that share a batch of tasks say to each other, and what it costs (chapter 11).

P processes have gradients of D numbers each, of B_p tasks. They add them up in a ring, in which
each talks to its right neighbour alone. Whether that pays depends on how long the tasks take, how
long the vector is, and how noisy a gradient of few tasks is.
"""

import torch
from torch import Tensor


def mean_gradient(gradients: Tensor, n_tasks: Tensor) -> Tensor:
    """Return the gradient of all tasks from the mean gradients of P parts of them.

    g = Σₚ (Bₚ/B) gₚ (Goyal et al. 2017, third remark). Where Bₚ is 0 there is no gₚ, and whatever
    stands in its row, nan as a rule, does not count.
    Shapes: gradients (P, D), n_tasks (P,), not all 0 → (D,).
    """
    counted = torch.where(n_tasks[:, None] > 0, n_tasks[:, None] * gradients, 0)
    return counted.sum(0) / n_tasks.sum()


def ring_turn(parts: Tensor, turn: int) -> Tensor:
    """Return what P processes in a ring hold after one turn, number `turn` of 0 … 2P − 3.

    Each has cut its vector into P parts. In every turn process r sends part (r − turn) mod P to
    process r + 1 (the last to the first): in the first P − 1 turns it is added to what is there,
    then it takes its place. After all turns everybody has the sum (Patarasuk & Yuan 2009).
    Shapes: parts (P, P, N), [r, p] part p at process r → (P, P, N).
    """
    n, after = len(parts), parts.clone()
    for rank in range(n):
        part, right = (rank - turn) % n, (rank + 1) % n
        told = turn >= n - 1
        after[right, part] = parts[rank, part] + (0 if told else parts[right, part])
    return after


def noise_scale(gradients: Tensor) -> Tensor:
    """Return how many tasks a gradient must be the mean of until it is as much signal as noise.

    tr Σ / |G|², Σ the covariance of the tasks' gradients, G their mean; |G|² is estimated by
    |ḡ|² − tr Σ / B, and inf is returned where that is not above 0 (McCandlish et al. 2018, Eq. 2.9
    and App. A.1). Shapes: gradients (B, D), of a task each, B ≥ 2 → ().
    """
    noise = gradients.var(0).sum()
    signal = gradients.mean(0).square().sum() - noise / len(gradients)
    return noise / signal.clamp(min=0)


def all_reduce_time(n_bytes: float, n_processes: int, *, latency: float, bandwidth: float) -> float:
    """The seconds in which P processes in a ring add up their vectors.

    2 (P − 1) (α + S / (P β)): in P − 1 rounds each part of the vector is added up, in P − 1 more it
    is passed on (Patarasuk & Yuan 2009). S bytes, α latency in seconds, β bandwidth in bytes a
    second; 0 for one process.
    """
    return 2 * (n_processes - 1) * (latency + n_bytes / (n_processes * bandwidth))


def step_time(compute: float, fixed: float, communication: float, n_processes: int) -> float:
    """The seconds of one step: T(P) = compute / P + communication + fixed.

    compute: of all tasks in one process; fixed: what every process does, such as drawing the batch
    and the optimiser's step (Amdahl 1967); communication: of P processes, as `all_reduce_time`
    says.
    """
    return compute / n_processes + communication + fixed
