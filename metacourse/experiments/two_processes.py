"""What was measured of two processes (`benchmarks.seeds.distributed`), and what the model says."""

from statistics import median
from typing import NamedTuple

import torch

from metacourse import seeds
from metacourse.communication import all_reduce_time, step_time
from metacourse.trained.__main__ import all_recipes

RECIPES = {"sinusoids": "128 tasks", "pretrained": "120 images", "maml": "12 tasks"}
LENGTHS = 4, 4_000, 40_000, 400_000, 4_000_000  # bytes
CLOCKS = "processor", "wall"


class Step(NamedTuple):
    """Milliseconds of a step in one process, those of the messages of two, and what these gain."""

    n_weights: int
    computing: float
    messages: float
    fixed: float
    gain: float


def ring() -> dict[str, float]:
    """Latency and bandwidth, fitted."""
    found = seeds.values("distributed", "ring (seconds, bytes a second)")
    return {name: value for name, (value,) in found.items()}


def messages() -> list[list[float]]:
    """Milliseconds of messages of LENGTHS, a round each."""
    found = seeds.values("distributed", "milliseconds of a message")
    return [found[f"{n} bytes"] for n in LENGTHS]


def step(name: str) -> Step:
    """A recipe's step, by the model."""
    first = all_recipes()[name].start(torch.Generator())
    n_weights = sum(tensor.numel() for tensor in first.values())
    computing, fixed = (
        seeds.values("distributed", f"{part} (ms)")[name][0] for part in ("compute", "fixed")
    )
    sent = 1e3 * all_reduce_time(4 * n_weights, 2, **ring())
    gain = (computing + fixed) / step_time(computing, fixed, sent, 2)
    return Step(n_weights, computing, sent, fixed, gain)


def gains() -> dict[str, dict[str, list[float]]]:
    """How much faster two processes were, by clock and by recipe, a round each."""
    what = "gain of two processes by the {}'s clock"
    return {f"{clock}'s clock": seeds.values("distributed", what.format(clock)) for clock in CLOCKS}


def half(name: str) -> float:
    """Which part of the time of all tasks half of them take, the median."""
    return median(seeds.values("distributed", "half of the tasks take (share)")[name])


def steps_taken() -> dict[int, list[float]]:
    """The steps to an error of 1 by the tasks of a step, a training each."""
    found = seeds.values("distributed", "steps to an error of 1")
    return {int(name.split()[0]): counts for name, counts in found.items()}
