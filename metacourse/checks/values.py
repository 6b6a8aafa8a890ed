"""Numbers, tensors, and tuples and dicts of them: copy, compare, print."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

NUMBER = (Tensor, np.ndarray, bool, int, float, np.number, np.bool_)


class Difference(NamedTuple):
    """One way in which a value differs from the needed one: a sentence, and the two parts."""

    sentence: str
    got: Any
    needed: Any
    path: tuple = ()


def parts(tree: Any) -> dict | None:
    """The named parts of a dict, NamedTuple, tuple or list; None for anything else."""
    if isinstance(tree, dict):
        return tree
    if isinstance(tree, list | tuple):
        return dict(zip(getattr(tree, "_fields", range(len(tree))), tree, strict=True))
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


def difference(got: Any, needed: Any, path: tuple = (), *, form: bool = False) -> Difference | None:
    """The first difference between two values, or None; with `form` only type, keys and shape."""
    if parts(needed) is not None:
        sentence = container_difference(got, needed)
    elif isinstance(needed, NUMBER):
        sentence = number_difference(got, needed, form)
    else:
        sentence = thing_difference(got, needed, form)
    if sentence:
        return Difference(f"{subject(path)} {sentence}", got, needed, path)
    if (children := parts(needed)) is None:
        return None
    values = got if isinstance(needed, dict) else dict(zip(children, got, strict=True))
    found = (difference(values[k], children[k], (*path, k), form=form) for k in children)
    return next(filter(None, found), None)


def container_difference(got: Any, needed: Any) -> str | None:
    """Compare dicts by their keys, sequences by their length."""
    if parts(got) is None or isinstance(got, dict) != isinstance(needed, dict):
        return wrong_type(got, needed)
    if isinstance(needed, dict) and set(got) != set(needed):
        return f"has the keys {sorted(map(str, got))}; needed are {sorted(map(str, needed))}."
    return None if len(got) == len(needed) else f"has {len(got)} parts, not {len(needed)}."


def thing_difference(got: Any, needed: Any, form: bool) -> str | None:
    """Compare what is neither a number nor a container."""
    if isinstance(needed, torch.Generator):
        return None
    same = type(got) is type(needed) if form else got is needed or got == needed
    return None if same is True else f"is {readable(got)}; needed is {readable(needed)}."


def number_difference(got: Any, needed: Any, form: bool) -> str | None:
    """Compare tensors and numbers: type, shape, kind, then values within a tolerance."""
    if not isinstance(got, NUMBER):
        return wrong_type(got, needed)
    mine, theirs = as_tensor(got), as_tensor(needed)
    if mine.shape != theirs.shape:
        told = f"has the shape {tuple(mine.shape)}; needed is {tuple(theirs.shape)}."
        one_more = mine.dim() == theirs.dim() + 1
        return told + (" Is a mean, a sum or an argmax missing?" if one_more else "")
    if mine.is_floating_point() and not theirs.is_floating_point():
        return f"holds decimal numbers ({short(mine)}), not whole numbers ({short(theirs)})."
    if form or close(mine, theirs):
        return None
    if theirs.isfinite().all() and not mine.isfinite().all():
        return f"contains {'nan' if mine.isnan().any() else 'inf'}."
    if theirs.is_floating_point() and not mine.is_floating_point():
        return f"holds whole numbers ({short(mine)}), not decimal numbers ({short(theirs)})."
    return "has the right shape but wrong values." if mine.dim() else "is not the right number."


def as_tensor(number: Any) -> Tensor:
    """A tensor without its graph; a Python float counts as float64."""
    dtype = torch.float64 if isinstance(number, float) else None
    return torch.as_tensor(number, dtype=dtype).detach()


def close(got: Tensor, needed: Tensor) -> bool:
    """Equal up to rounding: relative to the largest needed entry, wider for float32 and below."""
    single = any(t.is_floating_point() and t.dtype != torch.float64 for t in (got, needed))
    relative, absolute = (1e-4, 1e-6) if single else (1e-6, 1e-12)
    got, needed = got.to(torch.float64), needed.to(torch.float64)
    scale = needed[needed.isfinite()].abs().max().item() if needed.isfinite().any() else 0.0
    return torch.allclose(got, needed, rtol=0, atol=relative * scale + absolute, equal_nan=True)


def subject(path: tuple) -> str:
    """How a sentence about this part of the result begins."""
    places = [f".{p}" if str(p).isidentifier() else f"[{p!r}]" for p in path]
    return f"`result{''.join(places)}`" if path else "The result"


def wrong_type(got: Any, needed: Any) -> str:
    if got is None:
        return "is `None`: is a `return` missing?"
    return f"is of the type `{type(got).__name__}`; needed is `{type(needed).__name__}`."


def short(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def readable(value: Any, digits: int = 4) -> str:
    """A value in one or a few lines, numbers with so many significant digits."""
    if isinstance(value, Tensor) and value.dim():
        array = value.detach().cpu().numpy()
        if array.size > 24:
            low, high = float(array.min()), float(array.max())
            return f"{short(value)} {tuple(array.shape)}, {low:.{digits}g} … {high:.{digits}g}"
        kinds = {"float_kind": f"{{:.{digits}g}}".format}
        text = np.array2string(array, separator=", ", formatter=kinds)
        return f"{text}  {tuple(array.shape)}"
    if isinstance(value, NUMBER):
        number = value.item() if isinstance(value, Tensor | np.generic) else value
        return f"{number:.{digits}g}" if isinstance(number, float) else str(number)
    if isinstance(value, torch.Generator):
        return "a random generator"
    if (children := parts(value)) is not None:
        texts = (f"{key}: {readable(part, digits)}" for key, part in children.items())
        return ", ".join(texts) or "empty"
    return getattr(value, "__name__", None) or repr(value)[:200]


def shapes(case: dict[str, Any]) -> str:
    """The arguments of a call by their shapes, numbers by their value: "x (4, 3), n_steps 2"."""

    def shape(value: Any) -> str:
        if isinstance(value, Tensor) and value.dim():
            return str(tuple(value.shape))
        children = None if isinstance(value, NUMBER) else parts(value)
        return readable(value) if children is None else f"[{shapes(children)}]"

    return ", ".join(f"{name} {shape(value)}" for name, value in case.items())
