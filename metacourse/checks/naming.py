"""Which slip, or which two slips, do the same as a learner's function on every case."""

import time
from collections.abc import Callable

from metacourse.checks import slips
from metacourse.checks.catalogue import Exercise
from metacourse.checks.outcomes import Failure, Outcome, differ, found, outcome
from metacourse.checks.report import Report
from metacourse.checks.trees import parts

Done = Outcome | Failure


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
    text, effects = exercise.text, []

    def is_named(variant: slips.Variant) -> bool:
        """Whether a wrong program does the same; the effect on the first case is kept."""
        try:
            function = slips.build(variant.source, exercise.names)
        except SyntaxError:  # two slips that do not fit together
            return False
        effects.append(outcome(exercise, function, cases[order[0]], graph=False))
        return not differ(quick(got[order[0]]), effects[-1]) and all(
            does_the_same(exercise, function, cases[i], got[i]) for i in order
        )

    named = next(filter(is_named, slips.singles(text)), None)
    if not named:
        likely = likely_pairs(got[order[0]], needed[order[0]], list(effects))
        until = time.thread_time() + patience
        for variant in slips.pairs(text, likely):
            if time.thread_time() > until:
                return None
            if is_named(variant):
                named = variant
                break
    if not named:
        return None
    return Report("failed", named.why, where=slips.changed_lines(text.program, named.source))


def quick(done: Done) -> Done:
    """What a call did, without the gradients, which cost as much as all the rest."""
    return done._replace(gradients=None) if isinstance(done, Outcome) else done


def does_the_same(exercise: Exercise, function: Callable, case: dict, mine: Done) -> bool:
    """Whether a function does on a case what another one did."""
    return not differ(quick(mine), outcome(exercise, function, case, graph=False)) and not (
        exercise.differentiable and differ(mine, outcome(exercise, function, case))
    )


def likely_pairs(mine: Done, needed: Done, effects: list[Done]) -> Callable[[int, int], bool]:
    """Which two slips may together do on one case what the learner's function did.

    Beside a slip that changes nothing on this case the other must do it alone. Else none may raise
    or give a result of another form, unless the learner's function does so: then one does it the
    same way, or both in their own. And neither may change a part of the result that is right.
    """
    silent = [not differ(quick(needed), effect) for effect in effects]
    alone = [not differ(quick(mine), effect) for effect in effects]
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
    names = None if isinstance(done, Failure) else parts(needed.value)
    if not names or found(done.value, needed.value, form=True):
        return set()
    values = parts(done.value)
    return {name for name in names if name in values and found(values[name], names[name])}


def of_one_kind(one: Done, two: Done) -> bool:
    """Whether two calls raised the same type, or gave results of one form and changed the same."""
    if isinstance(one, Failure) or isinstance(two, Failure):
        both = isinstance(one, Failure) and isinstance(two, Failure)
        return both and type(one.error) is type(two.error)
    return one.changed == two.changed and found(two.value, one.value, form=True) is None
