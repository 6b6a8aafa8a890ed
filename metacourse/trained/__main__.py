"""Train the networks of these names, all of them if there are none, and save them; report their
score on validation tasks: python -m metacourse.trained [NAME …], or, with P processes that share
the work, torchrun --nproc-per-node P -m metacourse.trained [NAME …] (`metacourse.distributed`).

Trainings are saved on the way, in NAME.checkpoint beside you, and go on from there, also with
another number of processes; torchrun's --max-restarts does so by itself after one was killed. When
all are done, these files go.
"""

import argparse
from collections.abc import Iterator, Sequence
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import torch

from metacourse import trained
from metacourse.devices import best_device
from metacourse.distributed import is_first, own_device, place, processes, wait, whole
from metacourse.nets import Params
from metacourse.trained.recipes import (
    CPU,
    WEIGHTS,
    Made,
    Recipe,
    check_name,
    save_weights,
    train_weights,
)


def all_recipes() -> dict[str, Recipe | Made]:
    """The recipes of the modules beside this one, each after those whose weights it needs."""
    modules = [import_module(f"metacourse.trained.{name}") for name in beside()]
    found = {name: r for m in modules for name, r in getattr(m, "RECIPES", {}).items()}
    order = TopologicalSorter({name: recipe.needs for name, recipe in found.items()})
    return {name: found[name] for name in order.static_order()}


def beside() -> Iterator[str]:
    """The names of the modules beside this one."""
    return (m.name for m in iter_modules(trained.__path__) if m.name != "__main__")


def made(name: str, recipe: Recipe | Made) -> Params:
    """What a recipe gives."""
    if isinstance(recipe, Made):
        return recipe.make()
    device = own_device(best_device()) if recipe.gpu else CPU
    return train_weights(name, recipe, device=device, checkpoint=checkpoint_of(name))


def checkpoint_of(name: str) -> Path:
    """Where a training is saved on the way."""
    return Path(f"{name}.checkpoint")


def make_and_save(name: str, recipe: Recipe | Made) -> None:
    """Train a network, in all processes; save it, in the first."""
    if is_first():
        announce(name, recipe)
    if is_first() or isinstance(recipe, Recipe):
        params = made(name, recipe)
    if is_first():
        save_weights(name, params)
        print(f"{name:12} {recipe.score(params):.4f} on validation tasks")
    wait()  # others are made with these weights


def announce(name: str, recipe: Recipe | Made) -> None:
    """Say what is not as usual: a training that goes on, work that cannot be shared."""
    if checkpoint_of(name).exists():
        print(f"Going on from {checkpoint_of(name)}. To start anew, delete it.")
    if place()[1] == 1:
        return
    if isinstance(recipe, Made):
        print(f"{name}: no gradient is followed, so one process makes it and the others wait.")
    elif recipe.split is whole:
        print(f"{name}: its loss is no mean over tasks, so every process computes all of it.")


def main(names: list[str]) -> None:
    """Train and save the networks of these names, or all."""
    recipes = all_recipes()
    torch.set_num_threads(1)  # more of them crawl as soon as another program runs
    with processes():
        if is_first():
            print(f"In the end the new weights take the place of those in {WEIGHTS}.", flush=True)
        for name in names or recipes:
            make_and_save(name, recipes[name])
        if is_first():
            for name in names or recipes:
                checkpoint_of(name).unlink(missing_ok=True)


def asked(arguments: Sequence[str] | None = None) -> list[str]:
    """The names that somebody gave; a wrong one ends the program with the right ones."""
    recipes = all_recipes()
    parser = argparse.ArgumentParser(
        prog="python -m metacourse.trained",
        description=__doc__,
        epilog=f"Names: {', '.join(recipes)}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them, if there are none")
    names = parser.parse_args(arguments).names
    try:
        for name in names:
            check_name(name, recipes)
    except ValueError as error:
        parser.error(str(error))
    return names


if __name__ == "__main__":
    main(asked())
