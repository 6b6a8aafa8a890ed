"""What can be said of a learner's function without calling it, and how it has to be called."""

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Collection
from inspect import Parameter
from typing import Any

from metacourse.checks.readable import readable
from metacourse.checks.report import Report


def before_running(reference: Callable, function: Any, names: Collection[str]) -> Report | None:
    """What can be said without a call: not a function, not attempted, other arguments."""
    if not callable(function):
        sentence = (
            f"A function is needed, but this is {readable(function)}. "
            "Pass the function itself, without calling it."
        )
        return Report("failed", sentence)
    if untouched(function):
        return Report("unattempted", "Replace the body of the function, then run this cell again.")
    told = wrong_arguments(reference, function, names)
    return Report("failed", told) if told else None


def parameters(function: Callable) -> dict[str, Parameter] | None:
    """The parameters of a function; None for those that tell nothing."""
    try:
        return dict(inspect.signature(function).parameters)
    except (ValueError, TypeError):  # some compiled functions, a signature that makes no sense
        return None


def needed_parameters(reference: Callable, names: Collection[str]) -> dict[str, Parameter]:
    """Those parameters of the reference that an exercise is about: no option of the kernel's."""
    return {name: p for name, p in parameters(reference).items() if name in names}


def called_as(wanted: dict[str, Parameter], function: Callable) -> dict[str, str] | None:
    """Under which names a function takes the wanted arguments: its own names where it has the
    same, else in their order. None if that does not come out even."""
    mine = parameters(function)
    if mine is None or any(p.kind is Parameter.VAR_KEYWORD for p in mine.values()):
        return {name: name for name in wanted}
    if any(p.kind is Parameter.VAR_POSITIONAL for p in mine.values()):
        return {}  # takes whatever comes, in its order
    unknown = [name for name in wanted if name not in mine]
    free = [name for name in mine if name not in wanted]
    given = free[: len(unknown)]
    if len(given) < len(unknown) or any(
        mine[name].default is Parameter.empty for name in free[len(unknown) :]
    ):
        return None
    renamed = dict(zip(unknown, given, strict=True))
    return {name: renamed.get(name, name) for name in wanted}


def by_its_own_names(reference: Callable, function: Callable, names: Collection[str]) -> Callable:
    """A learner's function, to be called with the names of the reference.

    An argument that is left out gets the function's own default, or else the reference's.
    """
    wanted, mine = needed_parameters(reference, names), parameters(function)
    own_names = called_as(wanted, function)
    positional, keywords = (
        [name for name, p in (mine or {}).items() if p.kind is kind]
        for kind in (Parameter.POSITIONAL_ONLY, Parameter.KEYWORD_ONLY)
    )

    @functools.wraps(function, updated=())
    def renamed(*args: Any, **arguments: Any) -> Any:
        arguments = dict(zip(wanted, args, strict=False)) | arguments
        if not own_names:  # it takes whatever comes, in its order
            by_name = {name: arguments.pop(name) for name in keywords if name in arguments}
            return function(*arguments.values(), **by_name)
        for name, p in wanted.items():
            other = mine and mine.get(own_names[name])
            if name not in arguments and other and other.default is Parameter.empty:
                arguments[name] = p.default
        own = {own_names[name]: value for name, value in arguments.items()}
        first = [own.pop(name) for name in positional if name in own]
        return function(*first, **own)

    return renamed


def wrong_arguments(reference: Callable, function: Callable, names: Collection[str]) -> str:
    """A sentence if the function cannot be called as the reference is, else nothing."""
    wanted, mine = needed_parameters(reference, names), parameters(function)
    if called_as(wanted, function) is not None:
        return ""
    missing = [n for n in wanted if n not in mine]
    extra = [n for n, p in mine.items() if n not in wanted and p.default is Parameter.empty]
    if len(missing) == 1 and not extra:
        told = f"does not take the argument `{missing[0]}`"
    elif len(extra) == 1 and not missing:
        told = f"asks for `{extra[0]}`, which nobody gives it"
    else:
        told = f"takes the arguments `{', '.join(mine)}`"
    form = inspect.signature(reference)
    form = form.replace(
        parameters=[p.replace(annotation=p.empty) for p in wanted.values()],
        return_annotation=inspect.Signature.empty,
    )
    return f"It {told}; needed is `{reference.__name__}{form}`."


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
