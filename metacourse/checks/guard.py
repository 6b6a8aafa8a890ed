"""Run a learner's function so that whatever it does, the check can tell what it was."""

import ast
import ctypes
import inspect
import linecache
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter
from typing import Any

from IPython.utils.capture import capture_output

from metacourse.checks.report import Report
from metacourse.checks.values import readable


class Stopped(BaseException):
    """Raised inside a function that ran too long; `except Exception` does not swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Stopped in the block after `seconds`, on every platform and in any thread.

    The exception arrives between two steps of Python code, so one call into compiled code is
    waited for. No signal is used: the learner's own interrupt stays what it is.
    """
    thread = ctypes.c_ulong(threading.get_ident())
    raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc
    timer = threading.Timer(seconds, raise_in_thread, (thread, ctypes.py_object(Stopped)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        raise_in_thread(thread, None)  # one that is under way but has not arrived


@contextmanager
def quiet(remarks: list[str]) -> Iterator[None]:
    """Hide what is printed or plotted in the block, and append a remark that says so."""
    before = figures()
    with capture_output(stderr=False) as caught:
        try:
            yield
        finally:
            opened = figures() - before
            for number in opened:
                sys.modules["matplotlib.pyplot"].close(number)
            if first := caught.stdout.strip().splitlines()[:1]:
                remarks.append(f"It also prints (`{first[0][:60]}` …); the check hid that.")
            if opened or caught.outputs:
                remarks.append("It also plots or displays something; the check hid that.")


def figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


def explain(error: BaseException, seconds: float, line: tuple[str, str] | None) -> str:
    """A sentence or two about an exception that a learner's function raised, in `learners_line`."""
    match error:
        case Stopped():
            return f"It was stopped after {seconds:g} s: does a loop never end?"
        case RecursionError():
            return "It calls itself again and again without an end (`RecursionError`)."
        case SystemExit():
            return "It ends the whole program (`SystemExit`); a function should `return` instead."
    message = " ".join(str(error).split())[:300]
    told = f"It raised `{type(error).__name__}`: {message}" + ("" if message[-1:] in ".?" else ".")
    if "NoneType" in message and line and ".grad" in line[1]:
        told += (
            " `.grad` is None: `backward()` fills it only for tensors that were made with "
            "`requires_grad_()`, not for results of a computation. `torch.autograd.grad` returns "
            "the gradient of any tensor."
        )
    if "Boolean value of Tensor" in message:
        told += (
            " Python's `max`, `min`, `if` and `and` compare single numbers: for tensors there are "
            "`torch.relu`, `.clamp(min=0)` and `torch.where`."
        )
    return told


def learners_line(error: BaseException, function: Callable) -> tuple[str, str] | None:
    """The last line of the learner's own file or cell that an exception came through."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.walk_tb(error.__traceback__)
    lines = [n for frame, n in frames if code and frame.f_code.co_filename == code.co_filename]
    if not lines:
        return None
    return f"line {lines[-1]}", linecache.getline(code.co_filename, lines[-1]).strip()


def before_running(reference: Callable, function: Any, case: dict[str, Any]) -> Report | None:
    """What can be said without a call: not a function, not attempted, other arguments."""
    if not callable(function):
        sentence = (
            f"A function is needed, but this is {readable(function)}. "
            "Pass the function itself, without calling it."
        )
        return Report("failed", sentence)
    if untouched(function):
        return Report("unattempted", "Replace the body of the function, then run this cell again.")
    told = wrong_arguments(reference, function, case)
    return Report("failed", told) if told else None


def wrong_arguments(reference: Callable, function: Callable, case: dict[str, Any]) -> str:
    """A sentence if the function cannot be called as the reference is, else nothing."""
    wanted = inspect.signature(reference)
    names = [n for n, p in wanted.parameters.items() if n in case or p.default is p.empty]
    try:
        mine = inspect.signature(function).parameters
    except ValueError:  # some compiled functions tell nothing
        return ""
    any_name = any(p.kind is p.VAR_KEYWORD for p in mine.values())
    unknown = [n for n in names if n not in mine and not any_name]
    named = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    required = [n for n, p in mine.items() if p.default is p.empty and p.kind in named]
    extra = [n for n in required if n not in names]
    if not unknown and not extra:
        return ""
    told = [f"does not take the argument `{n}`" for n in unknown]
    told += [f"asks for `{n}`, which nobody gives it" for n in extra]
    form = wanted.replace(
        parameters=[p.replace(annotation=p.empty) for p in wanted.parameters.values()],
        return_annotation=inspect.Signature.empty,
    )
    return f"It {' and '.join(told)}; needed is `{reference.__name__}{form}`."


def untouched(function: Callable) -> bool:
    """Whether the body is only a docstring, `...`, `pass` or `raise NotImplementedError`."""
    code = getattr(function, "__code__", None)
    if code is not None and code.co_name == "<lambda>":
        stub = (lambda: ...).__code__
        return (code.co_code, code.co_consts) == (stub.co_code, stub.co_consts)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return False
    if not tree.body or not isinstance(tree.body[0], ast.FunctionDef):
        return False
    return all(
        isinstance(line, ast.Pass)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        or (isinstance(line, ast.Raise) and "NotImplementedError" in ast.unparse(line))
        for line in tree.body[0].body
    )
