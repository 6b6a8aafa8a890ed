"""Which method for a task of your own: seven questions, and rules of thumb as data (notebook 11b).

The rules stand in chooser.csv, in the order in which they are tried; `when` has their conditions,
`question: answer / answer; question: answer`.
"""

import csv
from pathlib import Path
from typing import NamedTuple

from metacourse.outlook import first_match

QUESTIONS = {
    "asked": ("A task asks for", ("a class", "a number", "reward", "a trained network")),
    "frozen": ("A network trained on much like it", ("yes", "no")),
    "tasks": ("Tasks to learn from", ("fewer than 30", "30 to 1,000", "more")),
    "shots": ("Examples in a new task", ("1 to 5", "6 to 50", "more")),
    "change": ("At test time there are", ("gradients", "sums alone")),
    "alike": ("New tasks are like the old", ("yes", "not sure")),
    "compute": ("To train with", ("a laptop", "many GPUs")),
}


class Rule(NamedTuple):
    """What is advised where all conditions hold, the rival to run first, and where it is shown."""

    method: str
    when: dict[str, tuple[str, ...]]  # {question: the answers that it allows}
    first: str  # the simple baseline
    reason: str
    notebook: str
    cell: str


def read_rules(file: Path) -> tuple[Rule, ...]:
    """The rules of a table, a row each."""
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return tuple(Rule(**row | {"when": conditions(row["when"])}) for row in rows)


def conditions(text: str) -> dict[str, tuple[str, ...]]:
    """`a: x / y; b: z` → {"a": ("x", "y"), "b": ("z",)}."""
    pairs = (part.split(": ") for part in text.split("; "))
    return {question: tuple(answers.split(" / ")) for question, answers in pairs}


RULES = read_rules(Path(__file__).with_name("chooser.csv"))


def advise(situation: dict[str, str]) -> Rule:
    """The rule of thumb for a situation, {question: answer}."""
    return RULES[first_match([each.when for each in RULES], situation)]


def alternatives(situation: dict[str, str]) -> dict[str, dict[str, str]]:
    """What would be advised if one answer were another: {question: {answer: method}}."""
    return {
        question: {answer: advise(situation | {question: answer}).method for answer in options}
        for question, (_, options) in QUESTIONS.items()
    }
