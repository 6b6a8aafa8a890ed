"""What an exercise is made of: a reference, random cases, and a text of slips."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from metacourse.checks import slips

N_CASES = 6  # drawn with the seeds 0, 1, …


def call(function: Callable, case: dict[str, Any]) -> Any:
    """Observe a function by its result."""
    return function(**case)


def never(case: dict[str, Any]) -> bool:
    """No case is an edge case."""
    return False


def without_steps(case: dict[str, Any]) -> bool:
    """An edge case of what takes inner steps: none at all."""
    return case["n_steps"] == 0


def whole_number(low: int, high: int, generator: torch.Generator) -> int:
    """A random whole number from low to high, both included: for the sizes of a case."""
    return int(torch.randint(low, high + 1, (), generator=generator))


def gets_an_edge(generator: torch.Generator) -> bool:
    """Whether this is the one case of all that is given an edge: a single query, one shot, …"""
    return generator.initial_seed() == N_CASES - 1


def normal(generator: torch.Generator, *shape: int) -> torch.Tensor:
    """Random numbers for a case, in float64."""
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@dataclass(frozen=True)
class Exercise:
    """An exercise as data: what is right, on which cases, and its text with all that goes wrong.

    `cases(generator)` draws one random case in float64: the keyword arguments of a call. Those
    that are an `edge` come last. A gradient must flow from the result to every argument that
    `differentiable` names. `observe(function, case)` makes what is compared; where the result is
    random (a sampler) it returns a dict of named facts about it, which must not depend on luck.
    `text` is the exercise's .slips file, whose programs see the `namespace` of the chapter's
    module: `find` fills in both, and puts `more` slips, made in Python, before those of the text.
    """

    reference: Callable
    cases: Callable
    differentiable: tuple[str, ...] = ()
    observe: Callable = call
    edge: Callable = never
    more: tuple[slips.Slip, ...] = ()
    text: slips.Text = field(default_factory=slips.Text)
    namespace: Mapping[str, Any] = field(default_factory=dict)
