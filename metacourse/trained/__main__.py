"""Train the networks of these names, all of them if there are none, and save them; report their
score on validation tasks: python -m metacourse.trained [NAME …]."""

import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules

import torch

from metacourse import trained
from metacourse.devices import best_device
from metacourse.nets import Params
from metacourse.trained.recipes import (
    CPU,
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
    return train_weights(name, recipe, device=best_device() if recipe.gpu else CPU)


def main(names: list[str]) -> None:
    """Train and save the networks of these names, or all.

    Raises ValueError when there is no recipe of a name.
    """
    recipes = all_recipes()
    for name in names:
        check_name(name, recipes)
    torch.set_num_threads(1)  # more of them crawl as soon as another program runs
    for name in names or recipes:
        recipe = recipes[name]
        params = made(name, recipe)
        save_weights(name, params)
        print(f"{name:12} {recipe.score(params):.4f} on validation tasks")


if __name__ == "__main__":
    main(sys.argv[1:])
