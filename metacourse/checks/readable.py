"""Values in a form that a learner reads: numbers with few digits, large tensors by their shape."""

import re
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from metacourse.checks.trees import NUMBER, parts, size

MOST_NUMBERS = 24  # as many are shown one by one
MOST_LINES = 22


def readable(value: Any, digits: int = 4) -> str:
    """A value in one or a few lines, numbers with so many significant digits."""
    try:
        return shown(value, digits)
    except Exception:  # a broken __repr__, a tensor without values
        return f"something of the type `{type(value).__name__}`"


def shown(value: Any, digits: int) -> str:
    """`readable` for all values that keep to the rules of their types."""
    if isinstance(value, Tensor) and value.dim():
        array = value.detach().cpu().numpy()
        if array.size > MOST_NUMBERS:
            low, high = float(array.min()), float(array.max())
            return f"{dtype_name(value)} {tuple(array.shape)}, {low:.{digits}g} … {high:.{digits}g}"
        kinds = {"float_kind": f"{{:.{digits}g}}".format}
        text = np.array2string(array, separator=", ", formatter=kinds)
        return f"{text}  {tuple(array.shape)}"
    if isinstance(value, NUMBER):
        number = value.item() if isinstance(value, Tensor | np.generic) else value
        return f"{number:.{digits}g}" if isinstance(number, float) else str(number)[:200]
    if isinstance(value, torch.Generator):
        return "a random generator"
    if (children := parts(value)) is not None:
        texts = [f"{key}: {readable(part, digits)}" for key, part in children.items()]
        return ", ".join(texts[:MOST_NUMBERS]) or "empty"
    if isinstance(value, FunctionType | BuiltinFunctionType | MethodType | type):
        return value.__name__
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))[:200]


def dtype_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def shapes(case: dict[str, Any]) -> str:
    """The arguments of a call by their shapes, numbers by their value: "x (4, 3), n_steps 2"."""

    def shape(value: Any) -> str:
        if isinstance(value, Tensor) and value.dim():
            return str(tuple(value.shape))
        children = None if isinstance(value, NUMBER) else parts(value)
        return readable(value) if children is None else f"[{shapes(children)}]"

    return ", ".join(f"{name} {shape(value)}" for name, value in case.items())


def inputs(case: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The arguments of a call, one by one where they are few numbers, else by their shapes."""
    if size(case) > MOST_NUMBERS:
        return (("called with", shapes(case)),)
    return tuple((f"`{name}`", readable(value)) for name, value in case.items())


def both(got: Any, needed: Any) -> tuple[tuple[str, str], ...]:
    """Two values, with as many digits as it takes to tell them apart."""
    texts = [(readable(got, d), readable(needed, d)) for d in (4, 8, 12)]
    mine, theirs = next((pair for pair in texts if pair[0] != pair[1]), texts[0])
    return (("yours", mine), ("needed", theirs))


def capped(facts: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Facts that together have at most some twenty lines."""
    most = max(2, MOST_LINES // max(1, len(facts)))
    return tuple((name, shortened(value, most)) for name, value in facts)


def shortened(text: str, most: int) -> str:
    lines = text.splitlines()
    return text if len(lines) <= most else "\n".join([*lines[: most - 1], "…"])


def message_of(error: BaseException) -> str:
    """What an exception says, on one line."""
    try:
        return " ".join(str(error).split())[:300]
    except Exception:
        return "an error that cannot say what it is"
