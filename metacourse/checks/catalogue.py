"""What a chapter's checks module is made of, and how its things are found by name.

A chapter `metacourse/checks/<chapter>.py` defines some of
    CHAPTER      its heading in `progress()`, e.g. "02 Linear regression" (the table sorts by it)
    EXERCISES    dict[str, Exercise]; the text of each is exercises/<chapter>.<name>.slips
    QUIZZES      tuple[str, ...]; the text of each is quizzes/<chapter>.<name>.quiz
    PREDICTIONS  tuple[str, ...], the names that its `predict(...)` calls use
and its things are called "<chapter>.<name>". Nothing is registered.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import torch

from metacourse.checks import quizzes, slips

N_CASES = 6  # drawn with the seeds 0, 1, …
KINDS = {"EXERCISES": "exercise", "QUIZZES": "quiz", "PREDICTIONS": "prediction"}


def call(function: Callable, case: dict[str, Any]) -> Any:
    """Observe a function by its result."""
    return function(**case)


def usual(case: dict[str, Any]) -> bool:
    """No case is an edge case."""
    return False


def whole_number(low: int, high: int, generator: torch.Generator) -> int:
    """A random whole number from low to high, both included: for the sizes of a case."""
    return int(torch.randint(low, high + 1, (), generator=generator))


def gets_an_edge(generator: torch.Generator) -> bool:
    """Whether this is the one case of all that is given an edge: a single query, one shot, …"""
    return generator.initial_seed() == N_CASES - 1


def normal(generator: torch.Generator, *shape: int) -> torch.Tensor:
    """Random numbers for a case, in float64."""
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@dataclass(frozen=True)
class Exercise:
    """An exercise as data: what is right, on which cases, and its text with all that goes wrong.

    `cases(generator)` draws one random case in float64: the keyword arguments of a call. Those
    that are an `edge` come last. A gradient must flow from the result to every argument that
    `differentiable` names. `observe(function, case)` makes what is compared; where the result is
    random (a sampler) it returns a dict of named facts about it, which must not depend on luck.
    `text` is the exercise's .slips file, whose programs may use `names`: `find` fills in both, and
    puts `more` slips, made in Python, before those of the text.
    """

    reference: Callable
    cases: Callable
    differentiable: tuple[str, ...] = ()
    observe: Callable = call
    edge: Callable = usual
    more: tuple[slips.Slip, ...] = ()
    text: slips.Text = field(default_factory=slips.Text)
    names: Mapping[str, Any] = field(default_factory=dict)


def chapters() -> dict[str, ModuleType]:
    """All modules beside this one that define exercises, quizzes or predictions, in order."""
    package = importlib.import_module("metacourse.checks")
    modules = {
        info.name: importlib.import_module(f"metacourse.checks.{info.name}")
        for info in pkgutil.iter_modules(package.__path__)
    }
    found = [(n, m) for n, m in modules.items() if hasattr(m, "CHAPTER")]
    return dict(sorted(found, key=lambda item: item[1].CHAPTER))


def names(kind: str) -> list[str]:
    """The full names of everything of one kind: "EXERCISES", "QUIZZES" or "PREDICTIONS"."""
    return [f"{c}.{name}" for c, module in chapters().items() for name in getattr(module, kind, ())]


def find(kind: str, name: str) -> Any:
    """Take "chapter.name": an Exercise, the questions of a quiz, or the name of a prediction.

    LookupError lists what there is.
    """
    if not isinstance(name, str):
        raise TypeError(f'the name comes first, as in check("maml.inner_adapt", f); got {name!r}')
    chapter, _, key = name.partition(".")
    try:
        module = importlib.import_module(f"metacourse.checks.{chapter}")
    except ModuleNotFoundError as error:
        if error.name != f"metacourse.checks.{chapter}":
            raise
        module = None
    if key not in getattr(module, kind, ()):
        raise LookupError(unknown(kind, name))
    if kind == "EXERCISES":
        exercise, text = module.EXERCISES[key], slips.load(name)
        text = replace(text, slips=(*exercise.more, *text.slips))
        return replace(exercise, text=text, names=vars(module))
    return quizzes.load(name) if kind == "QUIZZES" else key


def unknown(kind: str, name: str) -> str:
    """There is no such thing; perhaps another one is meant."""
    known = names(kind)
    close = difflib.get_close_matches(name, known, n=1)
    guess = f' Did you mean "{close[0]}"?' if close else ""
    return f'There is no {KINDS[kind]} "{name}".{guess} There are: {", ".join(known) or "none"}.'
