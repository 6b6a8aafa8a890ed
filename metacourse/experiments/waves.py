"""Learners of the waves of notebook 05a: a memory; MAML; and Meta-SGD, whose inner rates are
learned with its start. Each trains for `N_STEPS` steps, which take all three about as long.

A wave is a sinusoid y = A sin(x + φ). The `FAMILIES` differ in A and φ; all training is done in the
first. The weights of the last two are called "start.…" and "rate.…".
"""

from collections.abc import Callable, Collection
from functools import partial

import torch
from torch import Generator, Tensor
from torch.func import vmap

from metacourse.episodes import Episode
from metacourse.lstm import ask, init_lstm, memory_prediction, memory_sequence
from metacourse.maml import inner_adapt
from metacourse.nets import Params, init_mlp, mlp
from metacourse.tasks.sinusoids import SHIFTED_AMPLITUDES, SHIFTED_PHASES, sample_sinusoids
from metacourse.training import learn

N_STEPS = {"quick": 750, "full": 14_000}
LR, LR_INNER = 0.03, 0.01  # chosen on validation waves, for each of the three by itself
TEST_STEPS = {"MAML": 10, "Meta-SGD": 1}  # so, too: MAML trains for one and goes on
AMPLITUDES, PHASES = {"amplitudes": SHIFTED_AMPLITUDES}, {"phases": SHIFTED_PHASES}
FAMILIES = {
    "as in training": {},
    "amplitudes 5 to 10": AMPLITUDES,
    "phases π to 2π": PHASES,
    "both": AMPLITUDES | PHASES,
}


def held_out_waves(
    family: str, *, n_shot: int = 10, n_tasks: int = 600, seed: int = 123
) -> Episode:
    """Waves of a family with 20 queries each, always the same for a seed."""
    sizes = {"n_shot": n_shot, "n_query": 20, "generator": torch.Generator().manual_seed(seed)}
    return sample_sinusoids(n_tasks, **sizes, **FAMILIES[family])


def share_of_nothing(losses: Tensor, waves: Episode) -> float:
    """The median over tasks of what is left of the loss of answering 0; 1 is no better than that.

    losses (B,): of each wave; one that is not a number has run away, and counts as infinite."""
    shares = losses / waves.y_query.square().mean(dim=(1, 2))
    return shares.nan_to_num(torch.inf, torch.inf).quantile(0.5).item()


# ---- a memory ----------------------------------------------------------------------------------


def new_memory(seed: int = 0) -> Params:
    """A cell of 64 units that reads a point and says a number: 17,473 weights."""
    return init_lstm(2, 64, 1, torch.Generator().manual_seed(seed))


def memory_loss(params: Params, generator: Generator, *, cuts: Collection[int] = ()) -> Tensor:
    """The mean squared error of the answers to 12 points of each of 32 waves, each asked for before
    it is told; cuts are as in `lstm.memory_states`."""
    x, y, _, _ = sample_sinusoids(32, n_shot=12, n_query=0, generator=generator)
    return (memory_sequence(params, x, y, cuts=cuts) - y).square().mean()


@torch.no_grad()
def memory_errors(params: Params, waves: Episode) -> Tensor:
    """The mean squared error on each wave after 0, 1, …, K points: (B, K + 1)."""
    answers = memory_prediction(params, waves)  # (B, K + 1, Q, 1)
    return (answers - waves.y_query.unsqueeze(1)).square().mean(dim=(2, 3))


@torch.no_grad()
def error_with(params: Params, h: Tensor, c: Tensor, waves: Episode) -> float:
    """The mean squared error of a memory on waves that it has read, asked from the state (h, c),
    each (B, H)."""
    said = ask(params, (h, c), waves.y_support[:, -1], waves.x_query)
    return (said - waves.y_query).square().mean().item()


# ---- gradient steps from a learned start ---------------------------------------------------------


def new_start(seed: int = 0) -> Params:
    """A network 1–40–40–1 of 1,761 weights, and an inner rate for each of them."""
    theta = init_mlp([1, 40, 40, 1], torch.Generator().manual_seed(seed))
    rates = {f"rate.{name}": torch.full_like(value, LR_INNER) for name, value in theta.items()}
    return {f"start.{name}": value for name, value in theta.items()} | rates


def squared_error(theta: Params, x: Tensor, y: Tensor) -> Tensor:
    return (mlp(theta, x) - y).square().mean()


def after_steps(params: Params, waves: Episode, *, n_steps: int, fixed: bool) -> Tensor:
    """The query loss of each wave after inner steps from the start with the rates: (B,).

    fixed: the rates are constants."""
    theta, rates = (
        {name.removeprefix(part): p for name, p in params.items() if name.startswith(part)}
        for part in ("start.", "rate.")
    )
    rates = {name: rate.detach() for name, rate in rates.items()} if fixed else rates

    def of_one(x, y, x_query, y_query):
        adapted = inner_adapt(squared_error, theta, x, y, lr_inner=rates, n_steps=n_steps)
        return squared_error(adapted, x_query, y_query)

    return vmap(of_one)(*waves)


def maml_loss(params: Params, generator: Generator, *, fixed: bool = True) -> Tensor:
    """MAML's objective (exact) on 25 waves of ten points, one step; not fixed: Meta-SGD's."""
    waves = sample_sinusoids(25, n_shot=10, generator=generator)
    return after_steps(params, waves, n_steps=1, fixed=fixed).mean()


meta_sgd_loss = partial(maml_loss, fixed=False)


@torch.no_grad()
def gradient_errors(name: str, params: Params, waves: Episode) -> Tensor:
    """The query loss of "MAML" or "Meta-SGD" on each wave, after its steps: (B,)."""
    return after_steps(params, waves, n_steps=TEST_STEPS[name], fixed=True)


# ---- all three -----------------------------------------------------------------------------------


LEARNERS: dict[str, tuple[Callable, Callable]] = {  # how each begins, and its loss
    "memory": (new_memory, memory_loss),
    "MAML": (new_start, maml_loss),
    "Meta-SGD": (new_start, meta_sgd_loss),
}


def trained(name: str, *, budget: str = "quick", seed: int = 0, **options) -> Params:
    """Train one of the `LEARNERS`; options are those of `training.learn`."""
    start, loss = LEARNERS[name]
    sizes = {"lr": LR, "n_steps": N_STEPS[budget], "budget": budget, "seed": seed + 2}
    return learn(loss, start(seed), **sizes, **options).params


def errors_of(name: str, params: Params, waves: Episode) -> Tensor:
    """The loss of a learner on each wave, after all its points: (B,)."""
    if name in TEST_STEPS:
        return gradient_errors(name, params, waves)
    return memory_errors(params, waves)[:, -1]


def errors_by_points(name: str, params: Params, waves: Episode) -> dict[int, Tensor]:
    """The loss of a learner on each wave, by how many points of it were read: {K: (B,)}. A memory's
    from 0, a gradient learner's from 3: with fewer its steps run away on some waves."""
    if name not in TEST_STEPS:
        return dict(enumerate(memory_errors(params, waves).T))
    found = {}
    for k in range(3, waves.x_support.shape[1] + 1):
        x, y = waves.x_support[:, :k], waves.y_support[:, :k]
        found[k] = gradient_errors(name, params, waves._replace(x_support=x, y_support=y))
    return found
