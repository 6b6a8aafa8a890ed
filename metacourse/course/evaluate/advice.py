"""What the numbers of a report card say, and what to try next: rules, in the order of weight.

A difference counts where its interval over classes, and the one over tasks, lie on one side of 0.
"""

from collections.abc import Iterator

from metacourse.experiments.own_methods import Plan
from metacourse.experiments.own_people import PeopleStudy
from metacourse.experiments.own_study import Study
from metacourse.experiments.own_tasks import Outcome
from metacourse.tasks.balance import FEWEST_TO_SPLIT

FEW_CLASSES = 50  # to meta-train on: the encoder that ships saw some hundred letters
FOCUS = 0.25  # of all confusions: two classes that hold so many are worth a look
CALIBRATED = 0.05  # of the calibration error


def chance(plan: Plan) -> float:
    return 1 / plan.n_way


def differs(difference: Outcome, by: float = 0.0) -> int:
    """1 where a mean is above `by` for sure, −1 where it is below, else 0."""
    over_tasks, over_classes = difference.over_tasks(), difference.over_classes()
    away = over_tasks.mean - by
    reach = max(over_tasks.half_width, over_classes or 0.0)
    return (away > reach) - (away < -reach)


def points(difference: Outcome) -> str:
    """A difference in percentage points, with the wider of its two intervals."""
    over = difference.over_tasks()
    reach = max(over.half_width, difference.over_classes() or 0.0)
    return f"{signed(100 * over.mean, '.1f')} ± {100 * reach:.1f} points"


def signed(value: float, form: str) -> str:
    """A number with its sign, a minus as wide as the plus."""
    text = f"{value:+{form}}"
    return f"−{text[1:]}" if text.startswith("-") else text


def summary(study: Study) -> str:
    """The first sentence: what was reached, and whether that is more than chance."""
    outcome = study.chosen.outcomes[study.n_shot]
    tasks = f"{study.plan.n_way} ways, {study.n_shot} example{'s' * (study.n_shot > 1)} of each"
    found = f"{study.chosen.method}: {outcome.over_tasks().mean:.1%} right ({tasks})"
    if differs(outcome, chance(study.plan)) > 0:
        return f"{found}; guessing gives {chance(study.plan):.0%}."
    reach = max(outcome.over_tasks().half_width, outcome.over_classes() or 0.0)
    return (
        f"Nothing is better than chance: {found}, ± {reach:.1%}; guessing gives "
        f"{chance(study.plan):.0%}."
    )


def advice(study: Study) -> Iterator[str]:
    """What to try next, a sentence or two each."""
    if study.own.leaks:
        yield (
            f"{len(study.own.leaks)} examples stand in two classes. Say which is right, take the "
            "other away, and evaluate again."
        )
    if differs(study.chosen.outcomes[study.n_shot], chance(study.plan)) <= 0:
        yield (
            "Look at the examples of two classes side by side: if you cannot tell them apart, no "
            "method will. If you can, what tells them apart is lost in what the network is shown, "
            "above under the first heading."
        )
        return
    yield from of_baselines(study)
    yield from of_training(study)
    yield from of_amounts(study)
    yield from of_confusions(study)


def of_baselines(study: Study) -> Iterator[str]:
    simplest, chosen = study.rows[0], study.chosen
    if chosen is simplest:
        yield f"The simplest method was chosen: {simplest.method}. Start from there."
        return
    difference = chosen.outcomes[study.n_shot].less(simplest.outcomes[study.n_shot])
    if differs(difference) <= 0:
        yield (
            f"The simplest method may do as well: {chosen.method} against {simplest.method}, "
            f"{points(difference)}. Use the simplest until you have more test classes."
        )


def of_training(study: Study) -> Iterator[str]:
    trained = [row for row in study.rows if row.is_trained]
    simple = [row for row in study.rows if not row.is_trained]
    if not trained:
        n = len(study.own.classes)
        yield (
            f"Nothing was trained across classes: that needs {FEWEST_TO_SPLIT} classes, there are "
            f"{n}. Only what needs no training was tried."
        )
        return
    best, other = (max(rows, key=lambda row: row.validation) for rows in (trained, simple))
    difference = best.outcomes[study.n_shot].less(other.outcomes[study.n_shot])
    verdict = {1: "paid", 0: "has shown no gain", -1: "did worse"}[differs(difference)]
    more = " More seconds may bring more (--seconds)." if verdict == "paid" else ""
    yield (
        f"Training on your classes {verdict}: {best.method} against {other.method}, "
        f"{points(difference)}.{more}"
    )
    n_train = len(study.own.splits["train"])
    if differs(difference) <= 0 and n_train < FEW_CLASSES:
        yield (
            f"Across {n_train} classes there is little to learn. More classes, even with few "
            "examples each, help training more than more examples of the same ones."
        )


def of_amounts(study: Study) -> Iterator[str]:
    """Whether more examples, or more test classes, would tell more."""
    outcomes = study.chosen.outcomes
    fewer, most = list(outcomes)[-2:] if len(outcomes) > 1 else (None, None)
    if fewer and differs(outcomes[most].less(outcomes[fewer])) > 0:
        gain = points(outcomes[most].less(outcomes[fewer]))
        yield f"More examples of a class still help: from {fewer} to {most}, {gain}."
    over_classes = outcomes[study.n_shot].over_classes()
    if over_classes is None or over_classes > 0.05:
        n = len(study.own.splits["test"])
        reach = "" if over_classes is None else f", ± {over_classes:.1%}"
        yield (
            f"{n} test classes say little about new ones{reach}: for half of that interval four "
            "times as many are needed. More tasks of the same classes do not help."
        )


def of_confusions(study: Study) -> Iterator[str]:
    mistakes = study.closer.confusions
    total = sum(found.share for found in mistakes.values())
    if len(study.own.splits["test"]) < 4 or not total:
        return
    a, b = max(mistakes, key=lambda pair: mistakes[pair].share)
    both = sum(mistakes[pair].share for pair in ((a, b), (b, a)) if pair in mistakes)
    if both / total > FOCUS:
        names = [study.own.classes[study.own.splits["test"][c]] for c in (a, b)]
        yield f"{names[0]} and {names[1]} make up {both / total:.0%} of the confusions: look there."


def trust(study: Study) -> str:
    """Whether the probabilities can be believed, in a sentence."""
    closer = study.closer
    if closer.calibrated is None:
        return (
            f"As the method gives them, probabilities are off by {closer.raw[1]:.1%} on average. "
            "They could be put right on validation classes; here are none."
        )
    before, after = closer.raw[1], closer.calibrated[1]
    how = "" if after < before else "; on these classes it did not help"
    said = "can be believed" if after < CALIBRATED else "should not be believed"
    return (
        f"With the temperature {closer.temperature:.3g}, chosen on validation classes, "
        f"probabilities are off by {after:.1%} on average ({before:.1%} without it{how}): they "
        f"{said}."
    )


def people_summary(study: PeopleStudy) -> str:
    error = study.chosen.errors[study.n_shot].mean().item()
    return (
        f"The {study.chosen.learner}: off by {error:.3g} on average after {study.n_shot} "
        f"point{'s' * (study.n_shot > 1)} of a new person, in the unit of {study.people.what[1]}."
    )


def people_advice(study: PeopleStudy) -> Iterator[str]:
    """What the numbers say of people."""
    k, rows = study.n_shot, {row.learner: row for row in study.rows}
    pairs = (
        ("own mean, shrunk by a learned prior", "own mean so far"),
        ("line with a learned prior", "own mean so far"),
        ("line with a learned prior", "line of everybody, moved by a shrunk mean"),
    )
    for name, rival in pairs:
        difference = study.against(rows[name], rows[rival], k)
        sure = abs(difference.mean) > difference.half_width
        verdict = ("better" if difference.mean < 0 else "worse") if sure else "not told apart"
        shown = f"{signed(difference.mean, '.2g')} ± {difference.half_width:.2g}"
        yield f"The {name} against the {rival}: {verdict} (error {shown}, paired)."
    crowd = rows["mean of everybody"]
    if study.chosen is crowd:
        yield "The mean of everybody was chosen: first points say nothing of later ones."
    yield (
        f"The 95 % band of the line with a learned prior holds {study.coverage:.0%} of the later "
        "points."
    )
