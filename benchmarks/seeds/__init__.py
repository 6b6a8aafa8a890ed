"""Trainings with several seeds, for what a chapter says about a method and not about one run.

python -m benchmarks seeds           all of them, and what they gave
python -m benchmarks.seeds maml      those of one chapter

A module a chapter, with `runs()`; what it yields is kept in `metacourse/seeds`, which the chapters
read. A module uses the chapter's own cells where it can (`benchmarks.chapter.defined_in`).
"""

import importlib
import pkgutil
import statistics
import sys
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from metacourse import seeds
from metacourse.evaluation import confidence_interval


def chapters() -> list[str]:
    return [info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_")]


def over_tasks(what: str, setting: str, seed: int, of_tasks: Tensor) -> Iterator[seeds.Run]:
    """The mean over tasks in per cent and the half-width of its interval, for `seeds.interval`."""
    mean, half_width = confidence_interval(100 * of_tasks)
    yield seeds.Run(f"{what} (%)", setting, seed, mean)
    yield seeds.Run(f"{what}, ± over tasks (%)", setting, seed, half_width)


def with_interval(what: str, name: str, values: Tensor, seed: int = 0) -> Iterator[seeds.Run]:
    """A mean and its half-width, under a name each."""
    mean, half_width = confidence_interval(values)
    yield seeds.Run(what, name, seed, mean)
    yield seeds.Run(f"{what}, ±", name, seed, half_width)


def measure(names: Sequence[str] = ()) -> Iterator[tuple[str, str, str]]:
    torch.set_num_threads(1)  # the same sums in the same order, whatever else the machine does
    for chapter in names or chapters():
        runs = list(importlib.import_module(f"benchmarks.seeds.{chapter}").runs())
        seeds.save(chapter, runs)
        for experiment in dict.fromkeys(run.experiment for run in runs):
            for setting, found in seeds.values(chapter, experiment).items():
                told = f"{statistics.median(found):.4g} ({min(found):.4g} to {max(found):.4g})"
                yield f"{experiment}: {setting}", told, ""


def main() -> None:
    for what, measured, _ in measure(sys.argv[1:]):
        print(f"{what:<70}{measured}", flush=True)
