"""What a chapter's checks module is made of, and how its things are found by name.

A chapter `metacourse/checks/<chapter>.py` defines some of
    CHAPTER      its heading in `progress()`, e.g. "02 Linear regression" (the table sorts by it)
    EXERCISES    dict[str, Exercise]
    QUIZZES      dict[str, list[Question]]
    PREDICTIONS  tuple[str, ...], the names that its `predict(...)` calls use
and its things are called "<chapter>.<name>". Nothing is registered.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

KINDS = {"EXERCISES": "exercise", "QUIZZES": "quiz", "PREDICTIONS": "prediction"}


def call(function: Callable, case: dict[str, Any]) -> Any:
    """Observe a function by its result."""
    return function(**case)


def whole_number(low: int, high: int, generator: torch.Generator) -> int:
    """A random whole number from low to high, both included: for the sizes of a case."""
    return int(torch.randint(low, high + 1, (), generator=generator))


@dataclass(frozen=True)
class Mistake:
    """A wrong variant that learners really write, and the sentence that tells them what it is."""

    function: Callable
    why: str


@dataclass(frozen=True)
class Exercise:
    """An exercise as data: what is right, on which cases, what goes wrong, and three hints.

    `cases(generator)` draws one random case in float64: the keyword arguments of a call.
    A gradient must flow from the result to every argument that `differentiable` names.
    `observe(function, case)` makes what is compared; where the result is random (a sampler)
    it returns a dict of named facts about it, which must not depend on luck.
    """

    reference: Callable
    cases: Callable
    mistakes: Sequence[Mistake]
    hints: tuple[str, str, str]
    differentiable: tuple[str, ...] = ()
    observe: Callable = call
    remark: str = ""  # said when the check is passed


@dataclass(frozen=True)
class Option:
    """One answer of a quiz question; `why` says why it is wrong (or right)."""

    text: str
    why: str = ""
    correct: bool = False


@dataclass(frozen=True)
class Question:
    """A quiz question with one right option. In its text `words` are code, and lines between two
    lines of ``` are a program."""

    text: str
    options: Sequence[Option]


def chapters() -> dict[str, ModuleType]:
    """All modules beside this one that define exercises, quizzes or predictions, in order."""
    package = importlib.import_module("metacourse.checks")
    modules = {
        info.name: importlib.import_module(f"metacourse.checks.{info.name}")
        for info in pkgutil.iter_modules(package.__path__)
    }
    found = [(n, m) for n, m in modules.items() if any(hasattr(m, kind) for kind in KINDS)]
    return dict(sorted(found, key=lambda item: getattr(item[1], "CHAPTER", item[0])))


def names(kind: str) -> list[str]:
    """The full names of everything of one kind: "EXERCISES", "QUIZZES" or "PREDICTIONS"."""
    return [f"{c}.{name}" for c, module in chapters().items() for name in getattr(module, kind, ())]


def find(kind: str, name: str) -> Any:
    """Take "chapter.name" from its chapter's module; LookupError lists what there is."""
    chapter, _, key = name.partition(".")
    try:
        things = getattr(importlib.import_module(f"metacourse.checks.{chapter}"), kind, ())
    except ModuleNotFoundError as error:
        if error.name != f"metacourse.checks.{chapter}":
            raise
        things = ()
    if key in things:
        return things[key] if isinstance(things, dict) else key
    known = names(kind)
    close = difflib.get_close_matches(name, known, n=1)
    guess = f' Did you mean "{close[0]}"?' if close else ""
    listed = ", ".join(known) or "none"
    raise LookupError(f'There is no {KINDS[kind]} "{name}".{guess} There are: {listed}.')
