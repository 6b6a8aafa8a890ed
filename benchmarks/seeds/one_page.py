"""Notebook 05c: the methods of the page that take minutes, on the page's own tasks; one training
each, with the half-width of its interval over tasks."""

from collections.abc import Iterator

from benchmarks.seeds import over_tasks
from metacourse.experiments.one_page import BEFOREHAND, PAGE, accuracies, methods
from metacourse.seeds import Run

DATA = "print", "redrawn print", "handwriting", "digits"


def runs() -> Iterator[Run]:
    for data in DATA:
        for name in BEFOREHAND:
            yield from over_tasks(PAGE.format(data), name, 0, accuracies(methods()[name], data))
