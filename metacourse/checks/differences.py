"""The first difference between two results, told in a sentence."""

import inspect
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from metacourse.checks.readable import dtype_name, readable
from metacourse.checks.trees import NUMBER, parts


class Difference(NamedTuple):
    """One way in which a value differs from the needed one: a sentence, and the two parts."""

    sentence: str
    got: Any
    needed: Any
    path: tuple = ()


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
    try:
        mine, theirs = as_tensor(got), as_tensor(needed)
    except (TypeError, ValueError, RuntimeError, NotImplementedError, OverflowError):
        return f"holds something else than numbers that can be read ({kind(got)})."
    if mine.shape != theirs.shape:
        told = f"has the shape {tuple(mine.shape)}; needed is {tuple(theirs.shape)}."
        return told + shape_remark(tuple(mine.shape), tuple(theirs.shape))
    if mine.is_complex() and not theirs.is_complex():
        return "holds complex numbers."
    if mine.is_floating_point() and not theirs.is_floating_point():
        return f"holds decimal numbers ({dtype_name(mine)}), not whole ones ({dtype_name(theirs)})."
    if isinstance(needed, Tensor) and theirs.dtype == torch.bool != mine.dtype:
        return f"holds whole numbers ({dtype_name(mine)}), not truth values (bool)."
    if form or close(mine, theirs):
        return None
    if theirs.isfinite().all() and not mine.isfinite().all():
        return f"contains {'nan' if mine.isnan().any() else 'inf'}."
    if theirs.is_floating_point() and not mine.is_floating_point():
        return f"holds whole numbers ({dtype_name(mine)}), not decimal ones ({dtype_name(theirs)})."
    return "has the right shape but wrong values." if mine.dim() else "is not the right number."


def kind(value: Any) -> str:
    """What a tensor or an array that has no readable numbers is."""
    if isinstance(value, Tensor):
        return f"a tensor on the device {value.device.type}, {value.layout}"
    return f"dtype {getattr(value, 'dtype', type(value).__name__)}"


def shape_remark(got: tuple[int, ...], needed: tuple[int, ...]) -> str:
    """What may be missing between two shapes."""
    one_more = len(got) == len(needed) + 1
    single = [i for i, n in enumerate(got) if n == 1 and got[:i] + got[i + 1 :] == needed]
    joined = one_more and len(got) > 2 and (got[0] * got[1], *got[2:]) == needed
    if single and single[-1] == len(got) - 1:
        return " An axis of length 1 is too many: `.squeeze(-1)`."
    if single and joined:
        return " An axis is too many: join the first two, `.flatten(0, 1)`."
    if single:
        return f" An axis of length 1 is too many: `.squeeze({single[-1]})`."
    if joined:
        return " The first two axes should be one: `.flatten(0, 1)`."
    if got == needed[::-1]:
        return " It is transposed."
    if one_more:
        return " Is a mean, a sum or an argmax missing?"
    return ""


def as_tensor(number: Any) -> Tensor:
    """A tensor on the CPU without its graph; a Python float counts as float64."""
    if isinstance(number, Tensor):
        dense = number.detach() if number.layout is torch.strided else number.detach().to_dense()
        return dense.cpu()
    if isinstance(number, np.ndarray | np.generic):
        array = np.ascontiguousarray(number).reshape(np.shape(number))  # no negative strides
        return torch.as_tensor(array.astype(np.float64) if array.dtype == np.longdouble else array)
    return torch.as_tensor(number, dtype=torch.float64 if isinstance(number, float) else None)


def close(got: Tensor, needed: Tensor) -> bool:
    """Equal up to rounding: relative to the largest needed entry, wider for float32 and below."""
    single = any(t.is_floating_point() and t.dtype != torch.float64 for t in (got, needed))
    relative, absolute = (1e-4, 1e-6) if single else (1e-6, 1e-12)
    got, needed = got.to(torch.float64), needed.to(torch.float64)
    finite = needed.abs()[needed.isfinite()]
    scale = finite.max().item() if len(finite) else 0.0
    return torch.allclose(got, needed, rtol=0, atol=relative * scale + absolute, equal_nan=True)


def subject(path: tuple) -> str:
    """How a sentence about this part of the result begins."""
    places = [f".{p}" if str(p).isidentifier() else f"[{p!r}]" for p in path]
    return f"`result{''.join(places)}`" if path else "The result"


def wrong_type(got: Any, needed: Any) -> str:
    """The type of a result is another one; what may be the reason."""
    if got is None:
        return "is `None`: is a `return` missing?"
    told = f"is of the type `{type(got).__name__}`; needed is `{type(needed).__name__}`."
    if inspect.isgenerator(got) or inspect.isasyncgen(got):
        return f"{told} `yield` (or a `for` in round brackets) makes a generator: use `return`."
    if inspect.iscoroutine(got):
        return f"{told} Leave out `async`."
    if isinstance(got, BuiltinFunctionType | FunctionType | MethodType | type):
        return f"{told} Are the parentheses `()` missing?"
    if isinstance(got, Iterator):
        return f"{told} Make a list of it, or stack its tensors."
    return told
