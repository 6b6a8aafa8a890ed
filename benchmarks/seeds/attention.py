"""Notebook 08a: layers of linear attention from nine random starts, for tasks of 2, 5 and 10
inputs, beside the step of gradient descent that is best for such tasks; layers where inputs are
uneven; softmax attention with a mask and without."""

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from metacourse.episodes import Episode
from metacourse.experiments import gradient_layer as layers
from metacourse.experiments import one_layer
from metacourse.nets import Params
from metacourse.seeds import Run
from metacourse.training import learn

STARTS, FIVE, STUCK = range(9), range(5), (4, 5)
MASKS = {"with the mask": ~torch.eye(11, dtype=torch.bool), "without": None}
ERROR = "error of a trained layer"


def runs() -> Iterator[Run]:
    for n_features in (2, 5, 10):
        yield from beside_the_step(n_features)
    yield from stuck_for_longer()
    yield from on_uneven_inputs()
    yield from masked()


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def beside_the_step(n_features: int) -> Iterator[Run]:
    """Trained layers from nine starts, on 4,000 tasks."""
    name = f"{n_features} inputs"
    tasks = layers.sample_tasks(n_features, 4000, seeded(999))
    step = layers.errors(layers.one_step(tasks, layers.best_rate(n_features)), tasks)
    yield from with_interval("error of the step", name, step)
    for start in STARTS:
        yield from judged(layers.trained(n_features, start), name, start, tasks, step)


def judged(params: Params, name: str, start: int, tasks: Episode, step: Tensor) -> Iterator[Run]:
    """The error of a trained layer, how far it is from the step's, and what stands in it."""
    errors = layers.errors(layers.answers(params, tasks), tasks)
    yield Run(ERROR, name, start, errors.mean().item())
    yield from with_interval(f"{ERROR} minus the step's", name, errors - step, start)
    found = 2 * layers.found_step(params)
    between = found - found.diagonal().diag()
    yield Run("2α found", name, start, found.diagonal().mean().item())
    yield Run("largest entry off the diagonal", name, start, between.abs().max().item())


def stuck_for_longer() -> Iterator[Run]:
    """The two starts of two inputs that get stuck, with five times as many steps."""

    def loss(params: Params, generator: torch.Generator) -> Tensor:
        tasks = layers.sample_tasks(2, 256, generator)
        return layers.errors(layers.answers(params, tasks), tasks).mean()

    tasks, steps = layers.sample_tasks(2, 4000, seeded(999)), 5 * layers.N_STEPS
    for start in STUCK:
        first = layers.start(2, seeded(start))
        params = learn(loss, first, lr=layers.LR, n_steps=steps, seed=start + 100).params
        error = layers.errors(layers.answers(params, tasks), tasks).mean().item()
        yield Run(ERROR, "2 inputs, stuck, five times the steps", start, error)


def on_uneven_inputs() -> Iterator[Run]:
    """Trained layers from five starts, and how far their rates are from those of theory."""
    name, tasks = "uneven inputs", one_layer.uneven(4000, seeded(999))
    for start in FIVE:
        params = one_layer.trained_on_uneven(start)
        error = layers.errors(layers.answers(params, tasks), tasks).mean()
        yield Run(ERROR, name, start, error.item())
        even = layers.found_step(params).diagonal() * one_layer.WIDTHS.square()
        off = (even / layers.best_rate(5) - 1).abs().max().item()
        yield Run("rates found, farthest from theory (share)", name, start, off)


def masked() -> Iterator[Run]:
    """Softmax attention with a mask and without, from five starts."""
    x, y = one_layer.even_length(layers.sample_tasks(5, 4000, seeded(999)))
    for start in FIVE:
        for name, mask in MASKS.items():
            training = one_layer.trained_with(mask, start)
            yield Run("loss in training", name, start, sum(training.losses[-20:]) / 20)
            said = one_layer.says(training.params, x[:, 10:], x[:, :10], y[:, :10])
            yield Run("new points", name, start, (said - y[:, 10:]).square().mean().item())
