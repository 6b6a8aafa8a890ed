"""Which slip, or which two slips, do the same as a learner's function on every case."""

import time
from collections.abc import Callable

from metacourse.checks import slips
from metacourse.checks.exercise import Exercise
from metacourse.checks.outcomes import Done, Failure, Outcome, differ, first_difference, outcome
from metacourse.checks.report import Report
from metacourse.checks.trees import parts

Tried = list[tuple[dict, Done]]  # cases, and what the learner's function did on each


def name_slips(
    exercise: Exercise,
    cases: list[dict],
    got: list[Done],
    needed: list[Done],
    wrong: list[int],
    *,
    patience: float,
) -> Report | None:
    """A report on the first slip that does what the learner's function did, or the first two.

    `wrong` are the cases that differ, ordinary ones first; pairs are tried for `patience`
    seconds of this thread's own work, so that another busy program costs nothing.
    """
    order = wrong + [i for i in range(len(cases)) if i not in wrong]
    tried = [(cases[i], got[i]) for i in order]
    named, effects = named_single(exercise, tried)
    if not named:
        likely = pair_filter(got[order[0]], needed[order[0]], effects)
        named = named_pair(exercise, tried, likely, patience)
    if not named:
        return None
    where = slips.changed_lines(exercise.text.program, named.source)
    mistakes = slips.mistakes(exercise.text, named.numbers)
    return Report("failed", named.why, where=where, mistakes=mistakes)


def named_single(exercise: Exercise, tried: Tried) -> tuple[slips.Variant | None, list[Done]]:
    """The first slip that does the same on every case, else None; and what each slip up to there
    does on the first, without gradients."""
    (case, mine), effects = tried[0], []
    for variant in slips.singles(exercise.text):
        function = slips.build(variant.source, exercise.namespace)
        effects.append(outcome(exercise, function, case, graph=False))
        if not differ(without_gradients(mine), effects[-1]) and all(
            does_the_same(exercise, function, *each) for each in tried
        ):
            return variant, effects
    return None, effects


def named_pair(
    exercise: Exercise, tried: Tried, likely: Callable[[int, int], bool], patience: float
) -> slips.Variant | None:
    """The first two likely slips that together do the same on every case, if time allows."""
    until = time.thread_time() + patience
    for variant in slips.pairs(exercise.text, likely):
        if time.thread_time() > until:
            return None
        try:
            function = slips.build(variant.source, exercise.namespace)
        except SyntaxError:  # two that do not fit together
            continue
        if all(does_the_same(exercise, function, *each) for each in tried):
            return variant
    return None


def without_gradients(done: Done) -> Done:
    """What a call did but for the gradients, as `outcome(…, graph=False)` sees it: these cost as
    much as all the rest."""
    return done._replace(gradients=None) if isinstance(done, Outcome) else done


def does_the_same(exercise: Exercise, function: Callable, case: dict, mine: Done) -> bool:
    """Whether a function does on a case what another one did."""
    if differ(without_gradients(mine), outcome(exercise, function, case, graph=False)):
        return False
    return not (exercise.differentiable and differ(mine, outcome(exercise, function, case)))


def pair_filter(mine: Done, needed: Done, effects: list[Done]) -> Callable[[int, int], bool]:
    """Which two slips may together do on one case what the learner's function did.

    Beside a slip that changes nothing on this case the other must do it alone. Else none may raise
    or give a result of another form, unless the learner's function does so: then one does it the
    same way, or both in their own. And neither may change a part of the result that is right.
    """
    silent = [not differ(without_gradients(needed), effect) for effect in effects]
    alone = [not differ(without_gradients(mine), effect) for effect in effects]
    usual = [of_one_kind(needed, effect) for effect in effects]
    alike = [of_one_kind(mine, effect) for effect in effects]
    odd = not of_one_kind(needed, mine)
    wrong, changed = wrong_parts(mine, needed), [wrong_parts(each, needed) for each in effects]

    def likely(i: int, j: int) -> bool:
        if silent[i] or silent[j]:
            return alone[j] if silent[i] else alone[i]
        if odd:
            return alike[i] or alike[j] or not (usual[i] or usual[j])
        return usual[i] and usual[j] and changed[i] <= wrong and changed[j] <= wrong

    return likely


def wrong_parts(done: Done, needed: Done) -> set:
    """The parts of a result, if it has some, that are not as needed."""
    wanted = None if isinstance(done, Failure) else parts(needed.value)
    if not wanted or first_difference(done.value, needed.value, form=True):
        return set()
    values = parts(done.value)
    return {k for k in wanted if k in values and first_difference(values[k], wanted[k])}


def of_one_kind(one: Done, two: Done) -> bool:
    """Whether two calls raised the same type, or gave results of one form and changed the same."""
    if isinstance(one, Failure) or isinstance(two, Failure):
        both = isinstance(one, Failure) and isinstance(two, Failure)
        return both and type(one.error) is type(two.error)
    return one.changed == two.changed and first_difference(two.value, one.value, form=True) is None
