"""Whether an answer is the learner's own work, and the kernels are the course's."""

import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from metacourse.checks.engine import draw
from metacourse.checks.exercise import Exercise
from metacourse.checks.outcomes import outcome
from metacourse.checks.signature import by_its_own_names
from metacourse.checks.world import own_world, quiet

PACKAGE = Path(__file__).resolve().parents[1]


def is_borrowed(exercise: Exercise, function: Callable) -> bool:
    """Whether a function is the course's own, under whatever name, or calls it.

    The course's own is every function of the package that bears the reference's name.
    """
    name, found = exercise.reference.__code__.co_qualname, []

    def look(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_qualname == name:
            found.append(Path(code.co_filename).is_relative_to(PACKAGE))

    cases = draw(exercise)
    called = by_its_own_names(exercise.reference, profiled(function, look), cases[0])
    with quiet([]):
        for case in cases:
            with own_world():
                outcome(exercise, called, case)
    return any(found)


def profiled(function: Callable, look: Callable) -> Callable:
    """The same function; while it runs, `look` is told of every call,
    in threads that it starts, too."""

    @functools.wraps(function, updated=())
    def watched(*args: Any, **kwargs: Any) -> Any:
        before, of_threads = sys.getprofile(), threading.getprofile()
        threading.setprofile(look)
        sys.setprofile(look)
        try:
            return function(*args, **kwargs)
        finally:
            sys.setprofile(before)
            threading.setprofile(of_threads)

    return watched


def changed_kernel() -> str:
    """The name of a function of the course that is not the one in its file any more, or nothing.

    (The checks themselves are not looked at: who calls this imports them anew.)
    """
    names = [name for name in sys.modules if name.startswith("metacourse.")]
    for name in names:
        if not name.startswith("metacourse.checks"):
            module, spec = vars(sys.modules[name]), find_spec(name)
            for code in written(spec.loader.get_code(name)):
                function = inspect.unwrap(module.get(code.co_name))
                if getattr(function, "__code__", None) != code:
                    return f"{name}.{code.co_name}"
    return ""


def written(code: CodeType) -> Iterator[CodeType]:
    """The functions at the top level of a module."""
    for each in code.co_consts:
        is_function = isinstance(each, CodeType) and each.co_flags & inspect.CO_OPTIMIZED
        if is_function and each.co_name.isidentifier():  # no lambda, no comprehension
            yield each
