"""How many answers that were written without sight of the slips are told by name, and how fast."""

import time
from collections import Counter
from collections.abc import Iterator

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find
from tests.checks.answers import Answer, load

TARGETS = {"right": "all pass", "plain": "≥ 90 %", "edge": "≥ 70 %", "double": "≥ 70 %"}


def measure() -> Iterator[tuple[str, str, str]]:
    counts = {kind: Counter() for kind in TARGETS}
    slowest = 0.0
    for answer in load():
        how, seconds = told(answer)
        counts[answer.kind][how] += 1
        slowest = max(slowest, seconds)
    for kind, count in counts.items():
        named = count["two slips"] + (count["one slip"] if kind != "double" else 0)
        share = count["passed"] if kind == "right" else named
        measured = f"{share} of {count.total()}"
        if kind == "double":
            measured += f", one of two {count['one slip']}"
        yield (
            f"checks, {kind} answers {'passed' if kind == 'right' else 'named'}",
            measured,
            TARGETS[kind],
        )
    yield "checks, slowest diagnosis", f"{slowest:.1f} s", ""


def told(answer: Answer) -> tuple[str, float]:
    """How the check speaks of an answer, and the seconds that it takes."""
    exercise = find("EXERCISES", answer.name)
    start = time.perf_counter()
    report = diagnose(exercise, answer.function)
    seconds = time.perf_counter() - start
    if report.state == "passed":
        return "passed", seconds
    if report.sentence.startswith("Two things at once."):
        return "two slips", seconds
    known = report.sentence in {slip.why for slip in exercise.text.slips}
    return "one slip" if known else "in general", seconds
