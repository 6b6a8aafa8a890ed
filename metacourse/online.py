"""Tasks in a stream: what is learned from the tasks so far, for the next one (chapter 07).

At round t a learner gets the support set of task t, answers its queries, is judged, and only then
adds the task to its past. What it brings to round t may depend on the tasks 0 … t − 1 alone.
Episodes have an axis of rounds where others have tasks. Shapes: T rounds, S points, D features.
Shapes that do not fit raise ValueError; so do episodes without a round, and a window below 1.
"""

import torch
from torch import Generator, Tensor

from metacourse.bayes import Prior, empirical_bayes
from metacourse.episodes import Episode
from metacourse.linear_regression import maml_regression, matvec, meta_gradient


def follow_the_meta_leader(
    episodes: Episode,
    *,
    lr_inner: float,
    n_steps: int = 1,
    penalty: float = 0.0,
    window: int | None = None,
) -> Tensor:
    """Return the start of every round: the MAML optimum of the tasks before it, or the last ones.

    θ_t = argmin Σ_{s < t} L_query,s(θ′_s) + λ ‖θ‖²; only s ≥ t − window; θ_0 = 0 (Finn, Rajeswaran,
    Kakade & Levine 2019, Alg. 1, solved; λ = penalty: Shalev-Shwartz 2012, Sec. 2.3). A task enters
    as XᵀX and Xᵀy of its `maml_regression`, and θ_t solves the normal equations of their sums. With
    n_steps = 0 it is follow the leader, joint training on the past.
    Shapes: a stream of T tasks → (T, D); the smallest of many solutions.
    """
    _check(episodes, window)
    x, y = maml_regression(episodes, lr_inner=lr_inner, n_steps=n_steps)
    of_tasks = episodes.y_query.shape  # (T, Q)
    x, y = x.unflatten(0, of_tasks), y.unflatten(0, of_tasks)
    past = x.new_ones(len(x), len(x)).tril(-1)  # row t: 1 for each task before round t
    past = past if window is None else past.triu(-window)
    gram = torch.einsum("ts,sij->tij", past, x.mT @ x) / x.shape[1]  # (T, D, D)
    pull = penalty * torch.eye(x.shape[2], dtype=x.dtype, device=x.device)
    towards = past @ matvec(x.mT, y) / x.shape[1]
    return matvec(torch.linalg.pinv(gram + pull, hermitian=True), towards)


def online_maml(episodes: Episode, *, lr_inner: float, n_steps: int = 1, lr_outer: float) -> Tensor:
    """Return the start of every round: one outer step after each task, and no past is kept.

    θ_0 = 0,  θ_{t+1} = θ_t − β ∇_θ L_query,t(θ′_t): online gradient descent (Zinkevich 2003) on
    MAML's loss.
    Shapes: a stream of T tasks → (T, D).
    """
    _check(episodes)
    theta = episodes.x_support.new_zeros(episodes.x_support.shape[-1])
    starts = []
    for task in zip(*episodes, strict=True):
        starts.append(theta)
        step = meta_gradient(theta, Episode(*task), lr_inner=lr_inner, n_steps=n_steps)
        theta = theta - lr_outer * step
    return torch.stack(starts)


def priors_so_far(
    episodes: Episode, first: Prior, *, n_steps: int = 30, window: int | None = None
) -> Prior:
    """Return the prior of every round: learned from all points of the tasks before it, or of the
    last ones, by `bayes.empirical_bayes` with n_steps.

    Rounds with D tasks or fewer behind them have the prior `first`: a covariance of D features has
    a direction of no variance until there are D + 1 tasks.
    Shapes: a stream of T tasks → mean (T, D), cov (T, D, D), noise (T,): `torch.func.vmap` of
    `bayes.posterior` takes each task with its prior.
    """
    _check(episodes, window)
    x, y = all_points(episodes)
    priors = []
    for t in range(len(x)):
        past = slice(0 if window is None else max(0, t - window), t)
        known = past.stop - past.start > x.shape[-1]
        priors.append(empirical_bayes(x[past], y[past], n_steps=n_steps) if known else first)
    return Prior(*map(torch.stack, zip(*priors, strict=True)))


def regret(losses: Tensor, best: Tensor) -> Tensor:
    """Return what a learner has lost so far, more than a rival that knew the stream beforehand.

    R_t = Σ_{s ≤ t} (loss_s − best_s), best_s the loss of the best fixed start in hindsight
    (Zinkevich 2003; Hazan 2016). Below 0 where the learner did better than every fixed start.
    Shapes: losses (…, T), best (…, T) → (…, T); leading axes broadcast.
    """
    if losses.shape[-1:] != best.shape[-1:]:
        raise ValueError(
            f"losses and best must agree in T: got {tuple(losses.shape)} and {tuple(best.shape)}"
        )
    return (losses - best).cumsum(-1)


def reservoir(n_rounds: int, size: int, *, generator: Generator) -> Tensor:
    """Return which tasks a buffer holds at every round: a fair sample of the past, of one size.

    Task t goes into a place of its own while there is room; later it draws one of t + 1 places, and
    is dropped if the buffer has not that many (Vitter 1985, Algorithm R). So each of the t tasks
    before round t is in the buffer with probability size / t.
    Returns (T, size) int64 on the generator's device, −1 where a place is free.
    Raises ValueError if there is no round, or no place.
    """
    if n_rounds < 1 or size < 1:
        raise ValueError(f"n_rounds and size must be 1 or more, got {n_rounds} and {size}")
    kept = torch.full((size,), -1, device=generator.device)
    rounds = []
    for t in range(n_rounds):
        rounds.append(kept)
        how = {"generator": generator, "device": generator.device}
        place = torch.randint(0, t + 1, (), **how) if t >= size else t
        if place < size:
            kept = kept.clone()
            kept[place] = t
    return torch.stack(rounds)


def all_points(episodes: Episode) -> tuple[Tensor, Tensor]:
    """Return the points of both sets of every task, as one is free to use once it is past.

    Shapes: x (T, K, D) and (T, Q, D) → (T, K + Q, D), y (T, K) and (T, Q) → (T, K + Q).
    """
    x_support, y_support, x_query, y_query = episodes
    return torch.cat([x_support, x_query], dim=1), torch.cat([y_support, y_query], dim=1)


def _check(episodes: Episode, window: int | None = None) -> None:
    shapes = [tuple(part.shape) for part in episodes]
    axes = {shape[:1] for shape in shapes}
    if episodes.x_support.ndim != 3 or len(axes) > 1 or (0,) in axes:
        raise ValueError(f"episodes need one axis of rounds, T ≥ 1, in every part: got {shapes}")
    if window is not None and window < 1:
        raise ValueError(f"window must be 1 or more tasks, or None for all, got {window}")
