"""How what ships trained is made, saved and loaded."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Generator, Tensor

from metacourse.distributed import Split, by_tasks, spread_step
from metacourse.nets import Params
from metacourse.training import Budget, train_to_the_end

CPU = torch.device("cpu")
WEIGHTS = Path(__file__).parent / "weights"


class Recipe(NamedTuple):
    """How a network is trained."""

    start: Callable[[Generator], Params]  # its first weights
    loss: Callable[[Params, Any], Tensor]  # of a batch of training tasks
    sample: Callable[[Generator], Any]  # that batch
    score: Callable[[Params], float]  # on validation tasks, always the same; larger is better
    n_steps: int
    lr: float  # at its highest
    clip: float = math.inf  # the norm that a gradient is cut to
    check_every: int = 250  # steps between two scores
    finish: Callable[[Params], Params] = dict  # what is done to the weights at last
    gpu: bool = False  # whether a GPU is sooner: not where each step is many small ones
    needs: tuple[str, ...] = ()  # weights that ship, with which it is made
    split: Split = by_tasks  # what of a batch each of several processes computes


class Made(NamedTuple):
    """How numbers that ship are made where no gradient is followed."""

    make: Callable[[], Params]
    score: Callable[[Params], float]  # on validation tasks; larger is better
    needs: tuple[str, ...] = ()  # weights that ship, with which it is made


def load_weights(name: str) -> Params:
    """Return the weights of that name.

    Raises ValueError when none of that name ship.
    """
    check_name(name, sorted(path.stem for path in WEIGHTS.glob("*.safetensors")))
    return load_file(WEIGHTS / f"{name}.safetensors")


def save_weights(name: str, params: Params) -> None:
    """Save weights where `load_weights` finds them."""
    path = WEIGHTS / f"{name}.safetensors"
    save_file(params, path)
    path.chmod(0o644)


def check_name(name: str, names: Iterable[str]) -> None:
    """Raise ValueError unless the name is one of the names."""
    if name not in names:
        raise ValueError(f"name must be one of {', '.join(names)}; got {name!r}")


def train_weights(
    name: str,
    recipe: Recipe,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    device: torch.device = CPU,
    checkpoint: Path | None = None,
) -> Params:
    """Train a network by its recipe on a device; return the weights that did best on the validation
    tasks, on the CPU. Where there are several processes (`distributed`), they share the work.

    With a checkpoint file it is saved there on the way, and goes on from there.

    Raises RuntimeError when the training ends before its last step: then networks that are to be
    compared would not have been trained alike.
    """
    generator = torch.Generator(device).manual_seed(seed)
    params = train_to_the_end(
        name,
        spread_step(recipe.loss, recipe.sample, recipe.split),
        recipe.start(generator),
        lr=recipe.lr,
        budget=budget or Budget(recipe.n_steps, seconds=3600),
        generator=generator,
        score=lambda params: recipe.score(recipe.finish(params)),
        check_every=recipe.check_every,
        clip=recipe.clip,
        checkpoint=checkpoint,
    )
    return recipe.finish(params)
