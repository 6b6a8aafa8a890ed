"""The smallest real problem on which a start, rates and gates can be learned side by side: letters
of 14 × 14 pixels, one picture each of five, a network with one hidden layer, three inner steps.

What a method learns across tasks is a dict: "start.…" the first weights, and with them "rates.…"
(Meta-SGD) or "gates.…" (meta-LSTM). An adapter maps it and a support set to adapted weights.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.func import grad_and_value, vmap
from torch.nn import functional as F

from metacourse.episodes import sample_episodes
from metacourse.evaluation import evaluate
from metacourse.learned_optimisers import init_meta_lstm, meta_lstm_adapt, meta_lstm_step
from metacourse.maml import inner_adapt
from metacourse.nets import Params, flatten, init_mlp, mlp, unflatten
from metacourse.tasks.glyphs import load_glyphs
from metacourse.training import learn

TASKS = {"n_way": 5, "n_shot": 1, "n_query": 5, "n_tasks": 16}
N_INNER = 3  # steps inside a task, for every method
LAYERS = 196, 32, 5
FINE_TUNING_RATES = 0.01, 0.02, 0.03, 0.05, 0.1

Adapt = Callable[[Params, Tensor, Tensor], Params]


class Method(NamedTuple):
    """How a method adapts, what it learns beside the start, and the outer rate it is trained with,
    which was chosen on validation scripts."""

    adapt: Adapt
    beside: str  # the start: "", "rates" or "gates"
    lr: float


@cache
def shrunken(split: str) -> Tensor:
    """The letters of a split, 28 × 28 → 14 × 14 pixels: (characters, images, 196) in [0, 1]."""
    return F.avg_pool2d(load_glyphs(split).images / 255, 2).flatten(2)


def small_loss(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """The cross-entropy of the network: x (S, 196), y (S,) → ()."""
    return F.cross_entropy(mlp(params, x), y)


def part(params: Params, prefix: str) -> Params:
    """Those of a prefix, without it."""
    chosen = {name: tensor for name, tensor in params.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): tensor for name, tensor in chosen.items()}


def prefixed(params: Params, prefix: str) -> Params:
    """The inverse of `part`."""
    return {prefix + name: tensor for name, tensor in params.items()}


# ---- adapters ------------------------------------------------------------------------------------


def by_descent(
    params: Params, x: Tensor, y: Tensor, *, lr_inner: float = 0.5, first_order: bool = False
) -> Params:
    """Gradient descent from the start, with the learned rates if there are any."""
    rates = part(params, "rates.") or lr_inner
    how = {"lr_inner": rates, "n_steps": N_INNER, "first_order": first_order}
    return inner_adapt(small_loss, part(params, "start."), x, y, **how)


def by_gates(params: Params, x: Tensor, y: Tensor, *, first_order: bool = False) -> Params:
    """The meta-LSTM's steps from the start."""
    how = {"n_steps": N_INNER, "first_order": first_order}
    gates, start = part(params, "gates."), part(params, "start.")
    return meta_lstm_adapt(gates, small_loss, start, x, y, **how)


METHODS = {
    "MAML, first order": Method(partial(by_descent, first_order=True), "", 0.02),
    "MAML": Method(by_descent, "", 0.02),
    "Meta-SGD, first order": Method(partial(by_descent, first_order=True), "rates", 0.03),
    "Meta-SGD": Method(by_descent, "rates", 0.015),
    "meta-LSTM, first order": Method(partial(by_gates, first_order=True), "gates", 0.02),
    "meta-LSTM": Method(by_gates, "gates", 0.02),
}


def gates_along(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """f, i and ∇ of every weight at every inner step of one task: (3, N_INNER, n)."""
    gates, start = part(params, "gates."), part(params, "start.")
    theta, seen = flatten(start), []
    state = torch.ones_like(theta), torch.zeros_like(theta)
    for _ in range(N_INNER):
        gradients, loss = grad_and_value(small_loss)(unflatten(theta, start), x, y)
        gradient = flatten(gradients)
        theta, state = meta_lstm_step(gates, theta, gradient, loss, state)
        seen.append(torch.stack([*state, gradient]))
    return torch.stack(seen, dim=1)


# ---- training and test ---------------------------------------------------------------------------


def small_start(seed: int = 0) -> Params:
    """A new network whose last layer is 0: before any step all five labels are alike."""
    start = init_mlp(list(LAYERS), torch.Generator().manual_seed(seed))
    return start | {name: 0 * start[name] for name in ("layer1.weight", "layer1.bias")}


def before_training(method: Method, seed: int = 0) -> Params:
    """What a method begins with: the start, and rates of 0.5 or gates of f ≈ 1, i = 0.3."""
    start = small_start(seed)
    params = prefixed(start, "start.")
    if method.beside == "rates":
        params |= {f"rates.{name}": torch.full_like(t, 0.5) for name, t in start.items()}
    if method.beside == "gates":
        params |= prefixed(init_meta_lstm(lr_inner=0.3), "gates.")
    return params


def adapted_loss(adapt: Adapt) -> Callable[[Params, Generator], Tensor]:
    """The query loss after adapting, on new training tasks, as `learn` wants it."""

    def of_one_task(params, x_support, y_support, x_query, y_query):
        return small_loss(adapt(params, x_support, y_support), x_query, y_query)

    def of_new_tasks(params: Params, generator: Generator) -> Tensor:
        tasks = sample_episodes(shrunken("train"), **TASKS, generator=generator)
        return vmap(of_one_task, in_dims=(None, 0, 0, 0, 0))(params, *tasks).mean()

    return of_new_tasks


def train_method(name: str, *, n_steps: int, seed: int = 0, budget: str = "quick") -> Params:
    """Train one of `METHODS` for so many outer steps of 16 tasks."""
    method = METHODS[name]
    how = {"lr": method.lr, "n_steps": n_steps, "seed": 2 + seed, "budget": budget}
    loss = adapted_loss(method.adapt)
    return learn(loss, before_training(method, seed), **how, label=f"small {name}").params


def accuracies(adapt: Adapt, params: Params, split: str = "test", n_shot: int = 1) -> Tensor:
    """The accuracy on each of 600 5-way tasks of a split, always the same: (600,)."""

    def of_one_task(x_support, y_support, x_query):
        return mlp(adapt(params, x_support, y_support), x_query).argmax(-1)

    answer = torch.no_grad()(vmap(of_one_task))
    return evaluate(answer, shrunken(split), n_way=TASKS["n_way"], n_shot=n_shot)


def fine_tuned(*, n_steps: int, seed: int = 0, budget: str = "quick") -> tuple[Adapt, Params]:
    """The rival without an inner loop in training: a network that learned to name all training
    letters, from as many images, gets a new head and takes its three steps with the rate that does
    best on validation scripts. Returns an adapter and its params."""
    letters = shrunken("train")

    def naming_loss(params: Params, generator: Generator) -> Tensor:
        n_characters, n_images = letters.shape[:2]
        characters = torch.randint(n_characters, (480,), generator=generator)
        images = torch.randint(n_images, (480,), generator=generator)
        return small_loss(params, letters[characters, images], characters)

    namer = init_mlp([*LAYERS[:2], len(letters)], torch.Generator().manual_seed(seed))
    how = {"lr": 0.02, "n_steps": n_steps, "seed": 2 + seed, "budget": budget, "label": "naming"}
    named = learn(naming_loss, namer, **how).params
    kept = {name: tensor for name, tensor in named.items() if name.startswith("layer0")}
    params = prefixed(small_start(seed) | kept, "start.")

    def on_validation(rate: float) -> Tensor:
        return accuracies(partial(by_descent, lr_inner=rate), params, "validation").mean()

    return partial(by_descent, lr_inner=max(FINE_TUNING_RATES, key=on_validation)), params
