"""Numbers, tensors, and tuples and dicts of them: their parts, and copies."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

NUMBER = (Tensor, np.ndarray, bool, int, float, complex, np.number, np.bool_)


def parts(tree: Any) -> dict | None:
    """The named parts of a dict, NamedTuple, tuple or list; None for anything else."""
    if isinstance(tree, dict):
        return tree
    if isinstance(tree, list | tuple):
        names = getattr(tree, "_fields", range(len(tree)))
        return dict(zip(names, tree, strict=True))
    return None


def tree_map(function: Callable, tree: Any) -> Any:
    """The same structure with `function` applied to every leaf."""
    if isinstance(tree, dict):
        return {key: tree_map(function, value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        values = [tree_map(function, value) for value in tree]
        return type(tree)(*values) if hasattr(tree, "_fields") else type(tree)(values)
    return function(tree)


def leaves(tree: Any, *, by_name: bool = False) -> Iterator[Any]:
    """Everything at the ends of a structure, in order; `by_name` sorts dicts by their keys."""
    if (children := parts(tree)) is None:
        yield tree
    else:
        names = sorted(children, key=str) if by_name and isinstance(tree, dict) else children
        for name in names:
            yield from leaves(children[name], by_name=by_name)


def copy(tree: Any) -> Any:
    """A deep copy: tensors without their graph, random generators in the same state."""

    def copy_leaf(leaf):
        if isinstance(leaf, Tensor):
            return leaf.detach().clone().requires_grad_(leaf.requires_grad)
        return leaf.clone_state() if isinstance(leaf, torch.Generator) else leaf

    return tree_map(copy_leaf, tree)


def is_float(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.is_floating_point()


def size(tree: Any) -> int:
    """How many numbers there are in a structure."""
    return sum(leaf.numel() if isinstance(leaf, Tensor) else 1 for leaf in leaves(tree))
