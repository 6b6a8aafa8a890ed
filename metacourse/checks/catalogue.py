"""How the exercises, quizzes and predictions of the chapters are found by name.

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
from dataclasses import replace
from types import ModuleType
from typing import Any

from metacourse.checks import quizzes, slips

KINDS = {"EXERCISES": "exercise", "QUIZZES": "quiz", "PREDICTIONS": "prediction"}


def chapters() -> dict[str, ModuleType]:
    """All modules beside this one that define exercises, quizzes or predictions, in order."""
    package = importlib.import_module("metacourse.checks")
    modules = {
        info.name: importlib.import_module(f"metacourse.checks.{info.name}")
        for info in pkgutil.iter_modules(package.__path__)
    }
    found = [(n, m) for n, m in modules.items() if hasattr(m, "CHAPTER")]
    return dict(sorted(found, key=lambda item: item[1].CHAPTER))


def all_names(kind: str) -> list[str]:
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
        return replace(exercise, text=text, namespace=vars(module))
    return quizzes.load(name) if kind == "QUIZZES" else key


def unknown(kind: str, name: str) -> str:
    """There is no such thing; perhaps another one is meant."""
    known = all_names(kind)
    close = difflib.get_close_matches(name, known, n=1)
    guess = f' Did you mean "{close[0]}"?' if close else ""
    return f'There is no {KINDS[kind]} "{name}".{guess} There are: {", ".join(known) or "none"}.'
