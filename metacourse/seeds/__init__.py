"""What trainings with several seeds gave: `python -m benchmarks seeds` makes these tables, one file
a chapter, and the chapters read them where a single training would prove nothing."""

import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class Run(NamedTuple):
    """One training and what it scored."""

    experiment: str  # with the unit of its value: "error after 5 steps (mean squared)"
    setting: str  # what is compared: a method, a number of steps
    seed: int
    value: float


def save(chapter: str, runs: Sequence[Run]) -> None:
    """Write a chapter's runs, one a line, values to four digits.

    Raises ValueError for a value that is not a number: no median can be taken with it.
    """
    if unknown := [run[:3] for run in runs if math.isnan(run.value)]:
        raise ValueError(f"not a number: {unknown}")
    rows = [json.dumps([*run[:3], float(f"{run.value:.4g}")], ensure_ascii=False) for run in runs]
    text = "[\n" + ",\n".join(rows) + "\n]\n"
    (FOLDER / f"{chapter}.json").write_text(text, encoding="utf-8")


def load(chapter: str) -> list[Run]:
    """All runs of a chapter, in the order in which they were made."""
    text = (FOLDER / f"{chapter}.json").read_text(encoding="utf-8")
    return [Run(*row) for row in json.loads(text)]


def values(chapter: str, experiment: str) -> dict[str, list[float]]:
    """The values of an experiment by setting, in the order of the seeds.

    Raises LookupError for an experiment that was not run, with those that were.
    """
    found: dict[str, list[float]] = {}
    for run in sorted(load(chapter), key=lambda run: run.seed):
        if run.experiment == experiment:
            found.setdefault(run.setting, []).append(run.value)
    if not found:
        known = {run.experiment: None for run in load(chapter)}
        raise LookupError(f"{chapter} has no runs of {experiment!r}, but of: {', '.join(known)}")
    order = dict.fromkeys(run.setting for run in load(chapter) if run.experiment == experiment)
    return {setting: found[setting] for setting in order}


def interval(chapter: str, what: str, setting: str) -> tuple[float, float]:
    """The mean of a training over tasks and the half-width of its 95 % interval, as shares, of what
    was kept in per cent. Raises LookupError as `values` does."""
    kept = (values(chapter, f"{what}{part} (%)") for part in ("", ", ± over tasks"))
    mean, half_width = (found[setting][0] / 100 for found in kept)
    return mean, half_width


def intervals(chapter: str, what: str) -> dict[str, tuple[float, float]]:
    """By setting, a mean and the half-width of its 95 % interval, kept under a name each.

    Raises LookupError as `values` does.
    """
    means, half_widths = (values(chapter, f"{what}{part}") for part in ("", ", ±"))
    return {setting: (means[setting][0], half_widths[setting][0]) for setting in means}


def beside(chapter: str, columns: dict[str, str], form: str = ".3f") -> str:
    """A line a setting: what `intervals` has of each experiment, under the names of the columns.

    A setting that an experiment does not have stays empty there.
    """
    found = [intervals(chapter, what) for what in columns.values()]
    lines = [" " * 34 + "".join(f"{name:23}" for name in columns).rstrip()]
    for setting in found[0]:
        cells = (of.get(setting) for of in found)
        told = (f"{cell[0]:{form}} ± {cell[1]:{form}}" if cell else "" for cell in cells)
        lines.append(f"{setting:34}{''.join(f'{cell:23}' for cell in told)}".rstrip())
    return "\n".join(lines)


def table(chapter: str, experiment: str, form: str = ".2f") -> str:
    """A line a setting: the median over the seeds, the least and the greatest value."""
    lines = [f"{experiment}: median over the seeds, and range"]
    for setting, found in values(chapter, experiment).items():
        median, least, most = statistics.median(found), min(found), max(found)
        told = f"{median:{form}}   {least:{form}} to {most:{form}}   {len(found)} seeds"
        lines.append(f"  {setting:<32} {told}")
    return "\n".join(lines)
