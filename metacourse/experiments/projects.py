"""The five projects of notebook 11b: what is measured, the number to beat, and what we found."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse import bayes, outlook
from metacourse.episodes import Episode, sample_episodes
from metacourse.experiments import floor, minority, one_page
from metacourse.linear_regression import loss
from metacourse.tasks import planes

N_TASKS, N_POINTS = 100, 5  # of the first project
LETTERS = {"n_way": 5, "n_shot": 1, "n_query": 3}
SHARE, SHOTS = 0.05, 3  # of the second, and points of the fifth


class Project(NamedTuple):
    """What is measured of a learner's function, on practice (0) or on what judges (1)."""

    measure: Callable[[Callable, int], float]
    unit: str
    to_beat: float
    more_is_better: bool = False


def measure(name: str, function: Callable, *, judge: bool = False) -> None:
    """Print a project's number beside the number to beat: on practice data, or on what judges."""
    project = PROJECTS[name]
    found = project.measure(function, int(judge))
    ahead = found > project.to_beat if project.more_is_better else found < project.to_beat
    wanted = "more" if project.more_is_better else "less"
    told = "Beaten." if ahead else "Not yet."
    print(f"{name}: {found:.3f} {project.unit}; to beat: {wanted} than {project.to_beat}. {told}")


# ---- what is measured ----------------------------------------------------------------------------


def subspace_missed(my_subspace: Callable, judge: int) -> float:
    """The share of θ that a subspace misses, from 100 tasks of five points; of ten families."""
    missed = []
    for seed in range(10):
        generator = torch.Generator().manual_seed(100 * judge + seed)
        basis = planes.sample_basis(generator)
        x, y, _ = planes.sample_tasks(N_TASKS, N_POINTS, basis, generator)
        found = my_subspace(x, y, rank=planes.RANK)
        if found.shape != basis.shape:  # more directions would miss less
            raise ValueError(f"needed is a basis {tuple(basis.shape)}, got {tuple(found.shape)}")
        missed.append(outlook.left_out(basis, torch.linalg.qr(found).Q))
    return torch.stack(missed).mean().item()


def both_kinds(my_learner: Callable, judge: int) -> float:
    """The mean of two errors, of the many and of the few, who have one task in twenty."""
    found = []
    for seed in range(10):
        learner = my_learner(*minority.to_learn_from(SHARE, 100 * judge + seed))
        how = {"n_tasks": 8000, "seed": 100 * judge + 2000 + seed}
        found.append(minority.errors_by_kind(learner, SHARE, SHOTS, **how))
    return torch.stack(found).mean().item()


def letters_right(my_rule: Callable, judge: int) -> float:
    """The share of letters named rightly, by images (B, S, 28, 28) between 0 and 1.

    Of the letters each second one is to practise on, the others judge."""
    tasks = _letter_tasks(one_page.characters("redrawn print"), judge)
    named = my_rule(tasks.x_support / 255, tasks.y_support, tasks.x_query / 255)
    return (named == tasks.y_query).double().mean().item()


def embedded_right(my_rule: Callable, judge: int) -> float:
    """The same, by embeddings (B, S, D) of a network that only learned to name printed letters."""
    tasks = _letter_tasks(one_page.seen("pretrained", "redrawn print"), judge)
    return (my_rule(*tasks[:3]) == tasks.y_query).double().mean().item()


def written_error(my_features: Callable, judge: int) -> float:
    """The query error of θ = W f(x, y), where W is learned from 5,000 tasks of three points."""
    train = floor.sample_tasks("square", 5000, SHOTS, seed=0)
    test = floor.sample_tasks("square", 5000, SHOTS, seed=1 + judge)
    writer = learn_to_write(my_features(*train[:2]), train)
    return loss(my_features(*test[:2]) @ writer.mT, *test[2:]).mean().item()


def learn_to_write(features: Tensor, tasks: Episode) -> Tensor:
    """The W (2, M) with the least query error of θ = W f, by ridge, on features (B, M)."""
    joint = (tasks.x_query[..., :, None] * features[:, None, None, :]).flatten(2).flatten(0, 1)
    gram = joint.mT @ joint
    ridge = 1e-6 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    found = torch.linalg.solve(gram + ridge, joint.mT @ tasks.y_query.flatten())
    return found.view(2, -1)


def _letter_tasks(characters: Tensor, judge: int) -> Episode:
    generator = torch.Generator().manual_seed(300 + judge)
    return sample_episodes(characters[judge::2], **LETTERS, n_tasks=600, generator=generator)


PROJECTS = {
    "fewer tasks": Project(subspace_missed, "of θ missed", 0.3),
    "the few": Project(both_kinds, "error, mean of both kinds", 0.06),
    "no training": Project(letters_right, "of letters right", 0.58, more_is_better=True),
    "queries teach": Project(embedded_right, "of letters right", 0.79, more_is_better=True),
    "a network that writes": Project(written_error, "query error", 0.05),
}


# ---- what we found -------------------------------------------------------------------------------


def our_subspace(x: Tensor, y: Tensor, *, rank: int) -> Tensor:
    """07a's prior, learned from the tasks: the directions in which it is widest."""
    prior = bayes.empirical_bayes(x, y, n_steps=60)
    return torch.linalg.eigh(prior.cov).eigenvectors[:, -rank:]


def our_learner(x: Tensor, y: Tensor) -> minority.Learner:
    """Two priors: tasks go to the one that makes their labels more likely, and teach it.

    A new task is answered by both, as if both kinds were as frequent: their errors count alike."""
    evidence = bayes.log_evidence(x, y, bayes.empirical_bayes(x, y, n_steps=60))
    second = evidence < evidence.quantile(0.1)  # what one prior finds strange
    for _ in range(5):
        sides = (~second, second)
        priors = [bayes.empirical_bayes(x[side], y[side], n_steps=30) for side in sides]
        shares = torch.stack([side.double().mean() for side in sides])
        second = likely(x, y, priors, shares).argmax(0).bool()

    def answer(x_new: Tensor, y_new: Tensor) -> Tensor:
        weights = torch.softmax(likely(x_new, y_new, priors, torch.ones_like(shares) / 2), 0)
        means = torch.stack([bayes.posterior(x_new, y_new, prior).mean for prior in priors])
        return (weights[..., None] * means).sum(0)

    return answer


def likely(x: Tensor, y: Tensor, priors: list, shares: Tensor) -> Tensor:
    """How likely labels are under each prior, times its share: logarithms (2, B)."""
    return (
        torch.stack([bayes.log_evidence(x, y, prior) for prior in priors]) + shares.log()[:, None]
    )


def our_rule(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """Blurred, and the best correlation over shifts of up to two pixels to each side."""
    support, query = blurred(x_support), standard(blurred(x_query))
    shifts = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    moved = [standard(support.roll(shift, (-2, -1))) for shift in shifts]
    best = torch.stack([query @ each.mT for each in moved]).amax(0)
    return y_support.gather(1, best.argmax(-1))


def blurred(images: Tensor) -> Tensor:
    once = F.avg_pool2d(images.flatten(0, 1), 3, 1, 1)
    return F.avg_pool2d(once, 3, 1, 1).view(images.shape)


def standard(images: Tensor) -> Tensor:
    """Flat, less their mean, of length 1."""
    flat = images.flatten(2)
    return F.normalize(flat - flat.mean(-1, keepdim=True), dim=-1)


def our_transduction(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
    """Centred by the task's own mean; then class means that the queries move, five times."""
    mean = torch.cat([z_support, z_query], 1).mean(1, keepdim=True)
    support, query = (F.normalize(z - mean, dim=-1) for z in (z_support, z_query))
    told = support.gather(1, y_support.argsort(1)[..., None].expand_as(support))  # one a class
    means = told
    for _ in range(5):
        belongs = torch.softmax(-10 * torch.cdist(query, means).square(), -1)
        means = (told + belongs.mT @ query) / (1 + belongs.sum(1))[..., None]
    return torch.cdist(query, means).argmin(-1)


def our_features(x: Tensor, y: Tensor) -> Tensor:
    """Xᵀy times products of up to four of the moments 1, Σ x², Σ x."""
    moments = (x.mT @ x)[..., [0, 0], [0, 1]]
    moments = torch.cat([torch.ones_like(moments[..., :1]), moments], -1)
    products = (x.mT @ y[..., None])[..., 0]
    for _ in range(4):
        products = (products[..., :, None] * moments[..., None, :]).flatten(-2)
    return products


OURS = {
    "fewer tasks": our_subspace,
    "the few": our_learner,
    "no training": our_rule,
    "queries teach": our_transduction,
    "a network that writes": our_features,
}
