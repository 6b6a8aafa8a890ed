"""The core of every check: a learner's function beside the right program and its known slips.

The way of a function through the rooms, in the order in which they are entered:
    catalogue, exercise, slips   the exercise of a name: its reference, its cases, its text
    signature                    what can be said without a call; how the function has to be called
    world, guard                 settings and seeds of its own, put back; stopped when it takes long
    outcomes, trees              all that a call does: result, changed arguments, gradients
    differences                  whether two calls did the same, and what the first difference is
    naming                       which slip does the same, or which two
    describe, readable           else what can be said of the difference
    report                       what the learner sees
Beside them: store, lock, tries, progress_table (the progress), panel (buttons), questions and
quizzes; grading, child, own_work (homework); joined (the board of a class); and a module for each
chapter, with its cases.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from metacourse.checks import describe
from metacourse.checks.exercise import N_CASES, Exercise
from metacourse.checks.guard import Stopped, limited
from metacourse.checks.naming import name_slips
from metacourse.checks.outcomes import Done, Failure, Outcome, differ, first_difference, outcome
from metacourse.checks.report import Report
from metacourse.checks.signature import before_running, by_its_own_names, parameters
from metacourse.checks.trees import size
from metacourse.checks.world import in_own_settings, own_world, quiet

SECONDS = 10.0  # for one call
PATIENCE = 1.0  # seconds of this thread's own work for trying every two slips


def diagnose(
    exercise: Exercise,
    function: Callable,
    *,
    seconds: float = SECONDS,
    patience: float = PATIENCE,
    skip: int = 0,
) -> Report:
    """Say whether a function is right, which known slips it has, or where it first differs."""
    cases = draw(exercise, skip=skip)
    if early := before_running(exercise.reference, function, cases[0]):
        return early
    with own_world():
        needed = [outcome(exercise, exercise.reference, case) for case in cases]
    remarks: list[str] = []
    with quiet(remarks):
        got, slow = attempts(exercise, function, cases, seconds)
    with own_world(), warnings.catch_warnings(action="ignore"):
        report = slow or judge(exercise, function, cases, got, needed, patience)
    return replace(report, remarks=(*report.remarks, *remarks))


def draw(exercise: Exercise, *, skip: int = 0) -> list[dict[str, Any]]:
    """The cases: ordinary ones first; the last of these, or else the first edge case, leaves out
    what has a default. Other cases of the same seeds if some random numbers are passed over."""
    with own_world():
        cases = [exercise.cases(seeded(seed, skip)) for seed in range(N_CASES)]
    cases.sort(key=exercise.edge)
    last = max(1, sum(not exercise.edge(case) for case in cases) - 1)
    known = parameters(exercise.reference)
    cases[last] = {n: v for n, v in cases[last].items() if known[n].default is known[n].empty}
    return cases


def seeded(seed: int, skip: int) -> torch.Generator:
    """A generator with this seed, so many numbers later."""
    generator = torch.Generator().manual_seed(seed)
    torch.rand(skip, generator=generator)
    return generator


def attempts(
    exercise: Exercise, function: Callable, cases: list[dict], seconds: float
) -> tuple[list[Done], Report | None]:
    """Call the learner's function on every case, and once more on the first, where chance would
    show: each call in a world with another seed. A report instead if one takes too long.

    From outside to inside: a world, a time limit, `outcome`, `observe`, which may call more than
    once, settings for each of these calls, the function's own names for the arguments.
    """
    called = in_own_settings(by_its_own_names(exercise.reference, function, cases[0]))
    done: list[Done] = []
    longest = 0.0
    for seed, case in enumerate((*cases, cases[0])):
        start = time.perf_counter()
        try:
            with own_world(seed):
                done.append(limited(seconds, lambda case=case: outcome(exercise, called, case)))
        except Stopped:
            return done, describe.stopped(case, seconds, longest)
        longest = max(longest, time.perf_counter() - start)
    return done, None


def judge(
    exercise: Exercise,
    function: Callable,
    cases: list[dict],
    got: list[Done],
    needed: list[Outcome],
    patience: float,
) -> Report:
    """Name the slips; else judge the form of the result, then whether two calls agree, then its
    values."""
    *got, again = got
    wrong = [i for i in range(N_CASES) if differ(got[i], needed[i])]
    by_chance = differ(again, got[0])
    if not wrong and not by_chance:
        return describe.passed(exercise)
    if wrong and (named := name_slips(exercise, cases, got, needed, wrong, patience=patience)):
        return named
    for i in wrong:
        if isinstance(got[i], Failure):
            return describe.raised(exercise, function, cases[i], got[i])
        if form := first_difference(got[i].value, needed[i].value, form=True):
            return describe.differing(exercise, cases[i], got[i], form, form=True)
    if by_chance:
        return describe.chance()
    with_values = [i for i in wrong if first_difference(got[i].value, needed[i].value)]
    shown = min(with_values or wrong, key=lambda i: size(cases[i]))
    return describe.wrong(exercise, cases[shown], got[shown], needed[shown])
