"""Facts about functions that draw at random: told in order, and drawn again from the same state."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Generator

UNTOLD = -1  # in the place of a fact that says nothing; a number, so that the false one is shown


def in_order(facts: Iterable[tuple[str, Callable]]) -> dict[str, bool | int]:
    """Whether each fact holds, up to the first that does not."""
    told: dict[str, bool | int] = {}
    holds = True
    for fact, tell in facts:
        told[fact] = bool(tell()) if holds else UNTOLD
        holds = holds and told[fact]
    return told


def from_one_state(generator: Generator, draw: Callable, again: Callable) -> tuple[Any, Any, bool]:
    """What draw and again return, called with the generator in the same state and torch's own in
    two others; and whether draw left torch's own as it was."""
    state = generator.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        torch.rand(1)  # no seed sets the state after a draw
        before = torch.get_rng_state()
        first = draw()
        kept = torch.equal(torch.get_rng_state(), before)
        torch.default_generator.manual_seed(1)
        generator.set_state(state)
        return first, again(), kept
