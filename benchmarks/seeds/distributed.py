"""Chapter 11: what two processes gain, what more tasks in a step do, and what wrong programs cost."""

from collections.abc import Iterator

import numpy as np

from benchmarks.scale import (
    CLOCKS,
    LENGTHS,
    STEPS,
    fitted_ring,
    fitted_step,
    of,
    of_message,
    timed_rounds,
)
from metacourse.communication import noise_scale
from metacourse.experiments import spreading
from metacourse.experiments.batch_sizes import (
    gradients_by_task,
    seeded,
    start_after,
    steps_needed,
)
from metacourse.seeds import Run
from metacourse.tasks.sinusoids import sample_sinusoids

SEEDS = range(3)
N_TASKS = 4, 16, 64, 256, 1024  # in a step
RATES = 0.01, 0.03, 0.1
TUNED_WITH = 100  # a seed that is not among the others
TRAINED = 0, 30, 100, 300, 1000  # steps, after which the noise is measured


def runs() -> Iterator[Run]:
    yield from noise()
    yield from batches()
    yield from wrong_programs()
    yield from two_processes()


def noise() -> Iterator[Run]:
    """The noise scale of 2,000 tasks along three trainings."""
    for seed in SEEDS:
        tasks = sample_sinusoids(2000, n_shot=10, generator=seeded(1000 + seed))
        for n_steps in TRAINED:
            found = noise_scale(gradients_by_task(start_after(n_steps, seed=seed), tasks))
            yield Run("noise scale (tasks)", f"{n_steps} steps", seed, found.item())


def batches() -> Iterator[Run]:
    """The steps to an error of 1, by the tasks of a step, each with the best of three rates."""
    for n_tasks in N_TASKS:
        taken = {lr: steps_needed(n_tasks, lr=lr, seed=TUNED_WITH) for lr in RATES}
        lr = min(RATES, key=taken.get)
        yield Run("rate that was best", f"{n_tasks} tasks", TUNED_WITH, lr)
        for seed in SEEDS:
            n_steps = steps_needed(n_tasks, lr=lr, seed=seed)
            yield Run("steps to an error of 1", f"{n_tasks} tasks", seed, n_steps)


def wrong_programs() -> Iterator[Run]:
    """Five trainings of each program that is played by one process."""
    for seed in range(5):
        for wrong in ("", *spreading.WRONG):
            error = spreading.played(wrong, seed=seed).mean().item()
            yield Run("error after 100 steps", wrong or "the right program", seed, error)


def two_processes() -> Iterator[Run]:
    """Times of one process and of two, a run a round, and what they say of the model."""
    rounds, _ = timed_rounds()
    for n in LENGTHS:
        yield from by_round(
            "milliseconds of a message", f"{4 * n} bytes", 1e3 * of_message(rounds, n)
        )
    for name, number in fitted_ring(rounds).items():
        yield Run("ring (seconds, bytes a second)", name, 0, number)
    for name in STEPS:
        for clock in CLOCKS:
            gain = of(rounds, name, "step", clock) / of(rounds, name, "together", clock)
            yield from by_round(f"gain of two processes by the {clock}'s clock", name, gain)
        compute, fixed = fitted_step(rounds, name)
        yield Run("compute (ms)", name, 0, 1e3 * compute)
        yield Run("fixed (ms)", name, 0, 1e3 * fixed)
        half, everything = (of(rounds, name, what, "processor") for what in ("half", "all tasks"))
        yield from by_round("half of the tasks take (share)", name, half / everything)


def by_round(what: str, setting: str, values: np.ndarray) -> Iterator[Run]:
    for number, value in enumerate(values):
        yield Run(what, setting, number, float(value))
