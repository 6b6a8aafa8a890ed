"""Streams of lines (notebook 07d): five kinds of them, and the learners that are compared on them.

A learner is a function of one stream and of hyperparameters that returns the loss of every round.
"""

from collections.abc import Callable, Sequence
from math import pi

import torch
from torch import Tensor
from torch.func import vmap

from metacourse.bayes import Prior, log_evidence, posterior
from metacourse.episodes import Episode
from metacourse.linear_regression import adapted_loss, loss, maml_optimum, matvec
from metacourse.online import all_points, follow_the_meta_leader, online_maml, priors_so_far
from metacourse.tasks.lines import sample_normal_lines

N_ROUNDS, N_SHOT = 100, 3
STEPS = {"lr_inner": 0.4, "n_steps": 3}  # of the pictures; tables have what is best for each
COV = torch.tensor([[0.25, 0.175], [0.175, 0.145]], dtype=torch.float64)  # of (slope, intercept)
HERE, THERE = torch.tensor([[1.0, 0.5], [-1.0, 0.5]], dtype=torch.float64)  # two means


# ---- tasks ---------------------------------------------------------------------------------------


def around(times: float = 1.0) -> Tensor:
    """Means that go so many times round a circle of radius 1.5, from (1.5, 0) on: (T, 2)."""
    angle = 2 * pi * times * torch.arange(N_ROUNDS, dtype=torch.float64)[:, None] / N_ROUNDS
    return 1.5 * torch.cat([angle.cos(), angle.sin()], dim=1)


def _in_turn(n: int, here: Tensor = HERE, there: Tensor = THERE) -> Tensor:
    """One value and another in turn, n rounds each."""
    first = torch.arange(N_ROUNDS) // n % 2 == 0
    return torch.stack([here if it else there for it in first.tolist()])


KINDS = {  # by name: the mean of (slope, intercept), and how far inputs reach
    "stationary": (HERE, 1.0),
    "drifting": (around(), 1.0),
    "a jump": (_in_turn(N_ROUNDS // 2), 1.0),
    "coming back": (_in_turn(20), 1.0),
    "two widths": (_in_turn(1), _in_turn(1, torch.tensor(0.5), torch.tensor(3.0))),
}


def stream(kind: str, seed: int) -> Episode:
    """Draw a stream of one of `KINDS`: 100 lines with 3 support and 10 query points each.

    Stationary: one prior for all. Drifting: its mean goes once round a circle. A jump: another mean
    from the middle on. Coming back: two means in turn, 20 rounds each. Two widths: two means in
    turn, a round each; where the slope falls the inputs are six times as wide, so that a task's
    curvature goes with its slope.
    """
    mean, width = KINDS[kind]
    how = {"n_shot": N_SHOT, "width": width, "generator": torch.Generator().manual_seed(seed)}
    return sample_normal_lines(N_ROUNDS, mean=mean, cov=COV, **how)


def play(learner: Callable, episodes: Episode) -> Tensor:
    """Show a learner the tasks of one stream in turn, and judge what it makes of each: (T,).

    learner(past, x, y) → θ′ gets the tasks so far, whole, and the support set of the next one; it
    never sees that one's queries, on which it is judged.
    """
    losses = []
    for t, task in enumerate(zip(*episodes, strict=True)):
        past = Episode(*(part[:t] for part in episodes))
        losses.append(loss(learner(past, *task[:2]), *task[2:]))
    return torch.stack(losses)


def played(learner: Callable, kind: str, seeds: Sequence[int]) -> Tensor:
    """The mean loss of all rounds on each of several streams of a kind, one after the other."""
    return torch.stack([play(learner, stream(kind, seed)).mean() for seed in seeds])


def streams(kind: str, seeds: Sequence[int]) -> Episode:
    """Several of them, with an axis in front: (streams, T, …)."""
    return Episode(*map(torch.stack, zip(*(stream(kind, seed) for seed in seeds), strict=True)))


def largest_rate(kind: str) -> float:
    """1 / (1 + w²) for inputs that reach to w: with it no task's inner steps run away, as the
    curvature 2/S XᵀX of points (x, 1) is 2 (1 + w²) at most."""
    _, width = KINDS[kind]
    return 1 / (1 + torch.as_tensor(width).max().item() ** 2)


# ---- learners ------------------------------------------------------------------------------------


def from_zero(episodes: Episode, **steps) -> Tensor:
    return adapted_loss(torch.zeros_like(episodes.x_support[0, 0]), episodes, **steps)


def leader(
    episodes: Episode, *, window: int | None = None, penalty: float = 0.0, **steps
) -> Tensor:
    """Joint training on all points of the past, then the inner steps."""
    past = Episode(*episodes[:2], *all_points(episodes))
    how = {"lr_inner": 0.0, "n_steps": 0, "window": window, "penalty": penalty}
    return adapted_loss(follow_the_meta_leader(past, **how), episodes, **steps)


def meta_leader(
    episodes: Episode, *, window: int | None = None, penalty: float = 0.0, **steps
) -> Tensor:
    starts = follow_the_meta_leader(episodes, window=window, penalty=penalty, **steps)
    return adapted_loss(starts, episodes, **steps)


def one_step_a_task(episodes: Episode, *, lr_outer: float, **steps) -> Tensor:
    return adapted_loss(online_maml(episodes, lr_outer=lr_outer, **steps), episodes, **steps)


def in_hindsight(episodes: Episode, **steps) -> Tensor:
    """The start that is best for the whole stream: nobody knows it beforehand."""
    return adapted_loss(maml_optimum(episodes, **steps), episodes, **steps)


def one_prior(episodes: Episode, *, noise: float) -> Tensor:
    """The posterior mean after N(0, I): ridge regression, with nothing learned from the past."""
    return posterior_loss(episodes, first_prior(noise, episodes.x_support))


def learned_prior(episodes: Episode, *, noise: float, window: int | None = None) -> Tensor:
    first = first_prior(noise, episodes.x_support)
    priors = priors_so_far(episodes, first, window=window)
    return vmap(posterior_loss)(episodes, priors)


def first_prior(noise: float | Tensor, x: Tensor) -> Prior:
    """N(0, I) for lines through points x (…, D), and a noise that is chosen."""
    mean = x.new_zeros(x.shape[-1])
    identity = torch.eye(len(mean), dtype=x.dtype)
    return Prior(mean, identity, torch.as_tensor(noise, dtype=x.dtype))


def posterior_loss(episodes: Episode, prior: Prior) -> Tensor:
    belief = posterior(*episodes[:2], prior)
    return loss(belief.mean, *episodes[2:])


# ---- learners that are played: what is known so far, three points → θ′ ---------------------------


def ridge(past: Episode, x: Tensor, y: Tensor) -> Tensor:
    """The posterior mean after N(0, I), with a noise of 0.01, whatever the past."""
    return posterior(x, y, first_prior(0.01, x)).mean


def two_regimes(past: Episode, x: Tensor, y: Tensor) -> Tensor:
    """A prior for past tasks of high slope and one for those of low slope; the evidence of the new
    points says how much each is believed."""
    if len(past.x_query) < 6:
        return ridge(past, x, y)
    points, labels = all_points(past)
    fitted = matvec(torch.linalg.pinv(points), labels)  # a line for each past task
    high = fitted[:, 0] > (fitted[:, 0].min() + fitted[:, 0].max()) / 2
    apart = 4 <= high.sum() <= len(high) - 4
    little = 1e-3 * torch.eye(2, dtype=x.dtype)
    priors = [
        Prior(lines.mean(0), lines.T.cov() + little, x.new_tensor(0.01))
        for lines in ([fitted[high], fitted[~high]] if apart else [fitted])
    ]
    evidence = torch.stack([log_evidence(x, y, prior) for prior in priors])
    answers = torch.stack([posterior(x, y, prior).mean for prior in priors])
    return evidence.softmax(0) @ answers
