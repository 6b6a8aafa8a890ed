"""Rivals of notebook 07c: answers to tasks, by what is not trained and by chapters 03 and 06c; and
how one of several is chosen on validation tasks.
"""

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Tensor
from torch.func import vmap

from metacourse.episodes import Episode
from metacourse.experiments import curves, sinusoids, solved
from metacourse.hyperparameters import ridge
from metacourse.kernel_methods import (
    gp_log_evidence,
    gp_posterior,
    kernel_regression,
    nearest_neighbours,
    rbf_kernel,
)
from metacourse.maml import inner_adapt
from metacourse.nets import Params, mlp
from metacourse.tasks.sinusoids import (
    SHIFTED_AMPLITUDES,
    SHIFTED_PHASES,
    sample_sinusoids,
)

Learner = Callable[[Episode], curves.Answer]  # its second part None where there is no band
LENGTHS, NOISES = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0), (1e-2, 1e-4, 1e-6, 1e-8, 1e-10)


# ---- tasks, and choosing -------------------------------------------------------------------------


@cache
def tasks(seed: int, n_shot: int, *, shifted: bool = False, n_query: int = 50) -> Episode:
    family = {"amplitudes": SHIFTED_AMPLITUDES, "phases": SHIFTED_PHASES} if shifted else {}
    sizes = {"n_shot": n_shot, "n_query": n_query, "generator": seeded(seed)}
    return sample_sinusoids(600, **sizes, **family)


def among(learners: list[Learner]) -> Callable[[Episode], Learner]:
    """Choose on validation tasks: the learner of least mean error."""

    def choose(validation: Episode) -> Learner:
        def error(learner: Learner) -> float:
            return (
                curves.errors(learner(validation), validation).mean().nan_to_num(torch.inf).item()
            )

        return min(learners, key=error)

    return choose


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# ---- what is not trained -------------------------------------------------------------------------


def untrained() -> dict[str, Callable]:
    grid = [partial(by_gp, kernel=rbf(ell), noise=noise) for ell in LENGTHS for noise in NOISES]
    return {
        "always 0": among([by_zero]),
        "nearest neighbours": among([partial(by_neighbours, k=k) for k in range(1, 6)]),
        "kernel regression": among([partial(by_average, length=ell / 3) for ell in LENGTHS]),
        "Gaussian process, RBF kernel": partial(calibrated, grid),
        "Gaussian process, RBF kernel, by the evidence": by_the_evidence,
    }


def by_the_evidence(_: Episode) -> Learner:
    """Length, scale and noise as a deep kernel learns its own: under which whole tasks of 20 points
    are likeliest, whatever number it is judged on."""
    x, y = curves.whole(tasks(105, 10, n_query=10))

    def evidence(setting: dict) -> float:
        return gp_log_evidence(setting["kernel"], x, y, noise=setting["noise"]).mean().item()

    scales = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
    grid = [
        {"kernel": partial(rbf_kernel, length=ell, scale=scale), "noise": noise}
        for ell in LENGTHS
        for scale in scales
        for noise in NOISES[:4]
    ]
    return partial(by_gp, **max(grid, key=evidence))


def by_zero(tasks: Episode) -> curves.Answer:
    return torch.zeros_like(tasks.y_query.squeeze(-1)), None


def by_neighbours(tasks: Episode, *, k: int) -> curves.Answer:
    x, y, x_query, _ = tasks
    return nearest_neighbours(x, y.squeeze(-1), x_query, k=min(k, x.shape[1])), None


def by_average(tasks: Episode, *, length: float) -> curves.Answer:
    x, y, x_query, _ = tasks
    return kernel_regression(x, y.squeeze(-1), x_query, length=length), None


def by_gp(tasks: Episode, *, kernel: Callable, noise: float, scale: float = 1.0) -> curves.Answer:
    def predict(*task: Tensor) -> curves.Answer:
        mean, variance = gp_posterior(kernel, *task, noise=noise)
        return mean, scale * variance

    return curves.answers(predict, tasks)


def calibrated(grid: list[Learner], validation: Episode) -> Learner:
    """The best length and noise; then the scale of both variances under which labels are likeliest:
    the mean of (y − mean)² / variance, which leaves the means as they are."""
    best = among(grid)(validation)
    mean, variance = best(validation)
    away = validation.y_query.squeeze(-1) - mean
    return partial(best, scale=(away.square() / variance).mean().item())


def rbf(length: float, of: Callable = lambda x: x) -> Callable:
    return lambda a, b: rbf_kernel(of(a), of(b), length=length)


def waves(x: Tensor) -> Tensor:
    return torch.cat([x.sin(), x.cos()], dim=-1)


# ---- what is trained -----------------------------------------------------------------------------


def rivals(seed: int) -> dict[str, Callable]:
    """Of chapters 03 and 06c, and one network for all tasks."""
    joint = partial(_trained, sinusoids.joint_objective, sinusoids.first_weights(), seed)
    walked = [
        partial(by_steps, params, lr_inner=lr_inner, n_steps=n_steps)
        for k, n_outer in ((1, 1400), (5, 500))
        for params in _maml(k, seed, n_outer)
        for lr_inner in (0.003, 0.01)
        for n_steps in (1, 10)
    ]
    heads = [
        params
        for sample in (sinusoids.sample_tasks, any_shots)
        for lr in (0.03, 0.1)
        for params in [_trained(solved.head_objective, solved.head_start(), seed, lr, 2400, sample)]
    ]
    return {
        "one network for all tasks": among([partial(by_steps, joint(0.01), n_steps=0)]),
        "MAML": among(walked),
        "ridge head": partial(best_head, heads),
    }


def _maml(n_steps: int, seed: int, n_outer: int) -> list[Params]:
    objective = partial(sinusoids.maml_objective, n_steps=n_steps)
    start = sinusoids.first_weights()
    return [_trained(objective, start, seed, lr, n_outer) for lr in (0.01, 0.03)]


def _trained(objective, start, seed, lr, n_outer=1200, sample=sinusoids.sample_tasks) -> Params:
    how = {"lr_outer": lr, "n_outer": n_outer, "seed": seed, "sample": sample}
    return sinusoids.train_start(objective, start, **how).params


def any_shots(generator: torch.Generator) -> Episode:
    """25 sinusoids of 20 points, 1 to 10 of them support."""
    k = int(torch.randint(1, curves.MOST_SHOTS + 1, (), generator=generator))
    return sample_sinusoids(25, n_shot=k, n_query=20 - k, generator=generator)


@torch.no_grad()
def by_steps(params: Params, tasks: Episode, *, n_steps: int, lr_inner=0.01) -> curves.Answer:
    def answer(x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
        how = {"lr_inner": lr_inner, "n_steps": n_steps}
        return mlp(inner_adapt(sinusoids.mse, params, x, y, **how), x_query).squeeze(-1)

    return vmap(answer)(*tasks[:3]), None


def best_head(networks: list[Params], validation: Episode) -> Learner:
    """The best body, each with its own penalty and with the best of 25: the least need float64."""
    validation = validation.to(torch.float64)
    networks = [curves.doubled(params) for params in networks]
    tuned = [solved.with_best_penalty(params, validation) for params in networks]
    return among([partial(by_head, params) for params in networks + tuned])(validation)


@torch.no_grad()
def by_head(params: Params, tasks: Episode) -> curves.Answer:
    def answer(x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
        head = ridge(solved.features(params, x), y, params[solved.PENALTY].exp())
        return (solved.features(params, x_query) @ head).squeeze(-1)

    return vmap(answer)(*tasks.to(torch.float64)[:3]), None
