"""A prior learned from tasks of which few are of another kind: whom does it serve? (11b)

Lines of two kinds, the many and the few: θ = (slope, intercept) is normal around a mean of each
kind's own. A learner is told a few points of a new task, and not of which kind it is.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from metacourse import bayes
from metacourse.bayes import Prior
from metacourse.episodes import Episode
from metacourse.linear_regression import predict
from metacourse.tasks.lines import sample_normal_lines

MEANS = torch.tensor([[1.0, 0.5], [-1.0, -0.5]], dtype=torch.float64)  # of the many, the few
SPREAD, NOISE = 0.3, 0.2  # deviations: of θ inside a kind, of a label
N_TASKS, N_POINTS = 1000, 5  # to learn from
WIDE = Prior(torch.zeros(2).double(), torch.eye(2).double(), torch.tensor(NOISE**2).double())
# what a learner makes of tasks to learn from: it answers points (…, S, 2), (…, S) by θ (…, 2)
Learner = Callable[[Tensor, Tensor], Tensor]


def to_learn_from(share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Points (B, S, 2), (B, S) of a thousand tasks, a share of them of the second kind."""
    tasks, _ = _mixed(share, N_TASKS, N_POINTS, seed)
    return tasks.x_support, tasks.y_support


def one_prior(x: Tensor, y: Tensor) -> Learner:
    """07a's prior, learned from all tasks, and its posterior mean."""
    prior = bayes.empirical_bayes(x, y, n_steps=60)
    return lambda x_new, y_new: bayes.posterior(x_new, y_new, prior).mean


def no_sharing(x: Tensor, y: Tensor) -> Learner:
    """A wide prior around 0, the same in all directions: it has learned nothing.

    Of these priors it is the one with the least error for both kinds together (tests)."""
    return lambda x_new, y_new: bayes.posterior(x_new, y_new, WIDE).mean


def errors(learner: Learner, kind: int, n_shot: int, *, n_tasks: int, seed: int) -> Tensor:
    """Squared distances from the true lines, over ten places, of new tasks of a kind: (B,)."""
    x, y, places, heights = _lines(kind, n_tasks, n_shot, seed)
    return (predict(learner(x, y), places) - heights).square().mean(1)


def errors_by_kind(
    learner: Learner, share: float, n_shot: int, *, n_tasks: int, seed: int
) -> Tensor:
    """Mean errors of the many and of the few, (2,), whose new tasks come mixed as those to learn
    from, so that the others say nothing of a task's kind."""
    (x, y, places, heights), of_few = _mixed(share, n_tasks, n_shot, seed)
    found = (predict(learner(x, y), places) - heights).square().mean(1)
    return torch.stack([found[~of_few].mean(), found[of_few].mean()])


def by_shots(make: Callable, share: float, shots: tuple, *, n_draws=10, n_tasks=400) -> Tensor:
    """Mean errors by draw of the tasks to learn from, by kind, and by shots: (draws, 2, shots)."""
    rows = []
    for seed in range(n_draws):
        learner = make(*to_learn_from(share, seed))
        how = {"n_tasks": n_tasks, "seed": 1000 + seed}
        row = [[errors(learner, kind, n, **how).mean() for n in shots] for kind in (0, 1)]
        rows.append(torch.tensor(row, dtype=torch.float64))
    return torch.stack(rows)


def _mixed(share: float, n_tasks: int, n_shot: int, seed: int) -> tuple[Episode, Tensor]:
    """Tasks of both kinds in any order, and which of them are of the few (B,)."""
    few = round(share * n_tasks)
    sizes = n_tasks - few, few
    parts = [_lines(kind, n, n_shot, 2 * seed + kind) for kind, n in enumerate(sizes)]
    order = torch.randperm(n_tasks, generator=torch.Generator().manual_seed(seed))
    tasks = Episode(*(torch.cat(part)[order] for part in zip(*parts, strict=True)))
    return tasks, order >= n_tasks - few


def _lines(kind: int, n_tasks: int, n_shot: int, seed: int) -> Episode:
    """Lines of a kind: labels to learn from have noise, those of the ten queries have none."""
    generator = torch.Generator().manual_seed(seed)
    cov = SPREAD**2 * torch.eye(2, dtype=torch.float64)
    how = {"mean": MEANS[kind], "cov": cov, "n_shot": n_shot, "n_query": 10, "noise": 0.0}
    tasks = sample_normal_lines(n_tasks, **how, generator=generator)
    noise = torch.randn(tasks.y_support.shape, generator=generator, dtype=torch.float64)
    return tasks._replace(y_support=tasks.y_support + NOISE * noise)
