"""Every method on the same tasks of the learner's own test classes; the validation classes choose.

Each part is kept in the cache as soon as it is done, under a key made of the data: what is
interrupted goes on, what is finished is read.
"""

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor
from tqdm import tqdm

from metacourse.experiments.own_methods import Method, Plan, baselines
from metacourse.experiments.own_tasks import (
    Bin,
    Confusion,
    Outcome,
    Tasks,
    answered,
    confused,
    draw_tasks,
    judged,
    reliability,
    shots,
    temperature,
)
from metacourse.experiments.own_training import trained
from metacourse.tasks import cache
from metacourse.tasks.folders import Own


class Row(NamedTuple):
    """What a method brought."""

    method: str
    note: str
    outcomes: dict[int, Outcome]  # by K, on test classes
    validation: float | None  # accuracy with the K of the choice, on validation classes
    is_trained: bool


class Closer(NamedTuple):
    """The chosen method, looked at closely."""

    confusions: dict[tuple[int, int], Confusion]  # by (class asked, class answered)
    temperature: float | None  # None without validation classes
    raw: tuple[list[Bin], float]  # as the method says it
    calibrated: tuple[list[Bin], float] | None


class Study(NamedTuple):
    """All numbers of a report card."""

    own: Own
    plan: Plan
    n_shot: int  # the K of the choice
    rows: list[Row]  # the simplest first
    chosen: Row
    closer: Closer


def study(own: Own, plan: Plan) -> Study:
    """Try all methods. Raises KeyboardInterrupt when it is interrupted: the next call goes on."""
    ks = shots(own.x.shape[1])
    n_shot = 5 if 5 in ks else ks[-1]
    tried = []
    for method, is_trained in methods(own, plan):
        outcomes = {k: measured(method, own, plan, "test", k) for k in _shown(ks, method.name)}
        validation = None
        if own.splits["validation"]:
            right = measured(method, own, plan, "validation", n_shot).right
            validation = right.mean().item()
        tried.append((method, Row(method.name, method.note, outcomes, validation, is_trained)))
    method, chosen = best(tried)
    rows = [row for _, row in tried]
    return Study(own, plan, n_shot, rows, chosen, looked_at(method, own, plan, n_shot))


def methods(own: Own, plan: Plan) -> Iterator[tuple[Method, bool]]:
    yield from ((method, False) for method in baselines(own, plan))
    yield from ((method, True) for method in trained(own, plan))


def best(tried: list[tuple[Method, Row]]) -> tuple[Method, Row]:
    """The best on the validation classes, of equals the simplest; without any the second, which is
    the plainest that knows how columns or pictures are scaled. The test chooses nothing."""
    if tried[0][1].validation is None:
        return tried[1]
    return max(tried, key=lambda one: one[1].validation)


def _shown(ks: list[int], name: str) -> Iterator[int]:
    return tqdm(ks, desc=name, delay=2, leave=False)


def tasks_of(method: Method, own: Own, plan: Plan, part: str, n_shot: int) -> Tasks:
    """The tasks of a part: other ones for validation than for the test."""
    n_tasks = plan.n_slow_tasks if method.is_slow else plan.n_tasks
    seed = 1 if part == "validation" else 0
    sizes = {"n_way": plan.n_way, "n_shot": n_shot, "n_tasks": n_tasks, "seed": seed}
    return draw_tasks(len(own.splits[part]), own.x.shape[1], **sizes)


def logits_of(method: Method, own: Own, plan: Plan, part: str, n_shot: int) -> Tensor:
    tasks = tasks_of(method, own, plan, part, n_shot)
    return answered(method.scores, method.embed(own.part(part)), tasks)


def measured(method: Method, own: Own, plan: Plan, part: str, n_shot: int) -> Outcome:
    """A method's outcome on the tasks of a part, kept."""
    tasks = tasks_of(method, own, plan, part, n_shot)

    def measure() -> cache.Kept:
        outcome = judged(logits_of(method, own, plan, part, n_shot), tasks)
        return {"right": outcome.right, "change": outcome.change}, {"done": True}

    name = f"own-{plan.key}-{_slug(method.name)}-{part}-{n_shot}"
    return Outcome(**cache.kept(name, measure)[0], classes=tasks.classes)


def looked_at(method: Method, own: Own, plan: Plan, n_shot: int) -> Closer:
    """Confusions on test tasks, and whether probabilities can be believed: softmax(logits / T), T
    chosen on validation tasks."""

    def look() -> cache.Kept:
        found = {"test": logits_of(method, own, plan, "test", n_shot)}
        if own.splits["validation"]:
            found["validation"] = logits_of(method, own, plan, "validation", n_shot)
        return found, {"done": True}

    logits = cache.kept(f"own-{plan.key}-{_slug(method.name)}-logits-{n_shot}", look)[0]
    tasks = tasks_of(method, own, plan, "test", n_shot)
    y = tasks.places.y_query
    mistakes = confused(logits["test"], tasks)
    raw = reliability(logits["test"], y, 1.0)
    if "validation" not in logits:
        return Closer(mistakes, None, raw, None)
    y_valid = tasks_of(method, own, plan, "validation", n_shot).places.y_query
    T = temperature(logits["validation"], y_valid)
    return Closer(mistakes, T, raw, reliability(logits["test"], y, T))


def _slug(name: str) -> str:
    return "-".join(word.strip(",").lower() for word in name.split())
