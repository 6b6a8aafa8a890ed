"""Simple baselines on the learner's own classes; what is trained on them is in `own_training`.

Pictures are compared by their pixels, then by a network that ships, chosen by the validation
classes; vectors as they are, then scaled.
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from metacourse.experiments.baselines import linear_probe, simple_shot
from metacourse.experiments.own_tasks import Scores, answered, draw_tasks, judged
from metacourse.nets import Params, convnet, device_of
from metacourse.siamese import prototypes, prototypical_logits
from metacourse.tasks import cache
from metacourse.tasks.folders import Own
from metacourse.trained.embeddings import EMBEDDINGS, load_embedding

RECIPE = 2  # raise it when numbers change: what older versions kept is then left alone
N_TASKS, N_SLOW_TASKS = 600, 100
N_JUDGED = 300  # pictures of validation classes that a training looks at, again and again
MOST_STEPS = 20_000


class Method(NamedTuple):
    """A way to answer tasks."""

    name: str
    embed: Callable[[Tensor], Tensor]  # (classes, examples, …) → (classes, examples, D)
    scores: Scores
    is_slow: bool = False  # it trains a network in every task, and solves fewer
    note: str = ""  # how it came about


class Plan(NamedTuple):
    """How large tasks are, and what a training may cost."""

    n_way: int
    seconds: float  # each training
    steps: int
    n_tasks: int  # of the test, and again of validation
    n_slow_tasks: int
    key: str  # of the data and this plan: what is kept of a run is found by it


def check_seconds(seconds: float) -> None:
    """Raises ValueError unless these are seconds that a training can be given: 0 or more."""
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"seconds must be 0 or more, got {seconds}")


def plan(own: Own, *, seconds: float, steps: int = MOST_STEPS) -> Plan:
    """Plan tasks of five classes, or fewer where there are not so many; a class more is in the
    test, so that tasks differ. Raises ValueError unless the seconds are 0 or more."""
    check_seconds(seconds)
    sizes = [len(of_part) for of_part in own.splits.values() if of_part]
    n_way = max(2, min(5, len(own.splits["test"]) - 1, *sizes))
    told = f"{RECIPE} {own.kind} {own.splits} {seconds} {steps} {N_TASKS} {N_SLOW_TASKS}".encode()
    key = hashlib.sha256(told + own.x.contiguous().numpy().tobytes()).hexdigest()[:16]
    return Plan(n_way, seconds, steps, N_TASKS, N_SLOW_TASKS, key)


def accuracy(method: Method, x: Tensor, *, n_way: int, n_shot: int, n_tasks: int) -> float:
    """The mean accuracy on tasks of a part: x (classes, examples, …)."""
    tasks = draw_tasks(*x.shape[:2], n_way=n_way, n_shot=n_shot, n_tasks=n_tasks)
    return judged(answered(method.scores, method.embed(x), tasks), tasks).right.mean().item()


# ---- baselines -----------------------------------------------------------------------------------


def nearest_mean(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
    """Score queries by the nearest mean of a class, −‖z − c_n‖²: (B, Q, D) → (B, Q, N)."""
    n_way = int(y_support.max()) + 1
    return prototypical_logits(z_query, prototypes(z_support, y_support, n_way))


def n_ways(scores: Callable, mean: Tensor) -> Scores:
    """One of the simple baselines, which want the mean and the number of ways."""

    def of_tasks(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
        return scores(z_support, y_support, z_query, mean, int(y_support.max()) + 1)

    return of_tasks


def scaled_by_support(scores: Scores) -> Scores:
    """The same with every column less its mean, by its deviation, over the task's support set: for
    where there are no classes to learn them from."""

    def of_tasks(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        mean, deviation = x_support.mean(1, keepdim=True), x_support.std(1, keepdim=True)
        deviation = torch.where(deviation > 0, deviation, 1)
        return scores((x_support - mean) / deviation, y_support, (x_query - mean) / deviation)

    return of_tasks


def baselines(own: Own, plan: Plan) -> list[Method]:
    """Methods that train nothing across classes but means; a network that ships is chosen by the
    validation classes where there are some."""
    if own.kind == "pictures":
        pixels = Method("Pixels, nearest mean", lambda x: x.flatten(2) / 255, nearest_mean)
        return [pixels, *_on("Shipped network", shipped(own, plan), own)]
    raw = Method("Columns as they are, nearest mean", lambda x: x.float(), nearest_mean)
    if own.splits["train"]:
        return [raw, *_on("Scaled columns", scaler(own), own)]
    scaled = scaled_by_support(nearest_mean)
    return [raw, Method("Columns scaled by the task, nearest mean", lambda x: x.float(), scaled)]


def _on(what: str, embed: Callable[[Tensor], Tensor], own: Own) -> Iterator[Method]:
    """Three simple classifiers on one embedding; centred, where training classes tell the mean."""
    mean = embed(own.part("test")[:1])[0, 0] * 0
    if own.splits["train"]:
        mean = embed(own.part("train")).flatten(0, 1).mean(0)
    centred = "centred and normalised" if own.splits["train"] else "normalised"
    yield Method(f"{what}, nearest mean", embed, nearest_mean)
    yield Method(f"{what}, {centred}", embed, n_ways(simple_shot, mean))
    yield Method(f"{what}, linear probe", embed, n_ways(linear_probe, mean))


def scaler(own: Own) -> Callable[[Tensor], Tensor]:
    """Every column less its mean, by its deviation, over the training classes."""
    seen = own.part("train").flatten(0, 1)
    mean, deviation = seen.mean(0), seen.std(0)
    deviation = torch.where(deviation > 0, deviation, 1)
    return lambda x: ((x - mean) / deviation).float()


def shipped(own: Own, plan: Plan) -> Callable[[Tensor], Tensor]:
    return partial(embedded, convnet, load_embedding(chosen_embedding(own, plan)))


def chosen_embedding(own: Own, plan: Plan) -> str:
    """The network that ships which is best on one-shot tasks of validation classes; without these
    the one for handwriting, which saw most."""
    if not own.splits["validation"]:
        return "handwriting"

    def judge() -> cache.Kept:
        x = some(own.part("validation"), plan.n_way)
        found = {}
        for name in tqdm(EMBEDDINGS, desc="Networks that ship", delay=2, leave=False):
            method = Method("", partial(embedded, convnet, load_embedding(name)), nearest_mean)
            found[name] = accuracy(method, x, n_way=plan.n_way, n_shot=1, n_tasks=300)
        return {}, {"name": max(found, key=found.__getitem__)}

    return cache.kept(f"own-{plan.key}-embedding", judge)[1]["name"]


@torch.no_grad()
def embedded(
    embed: Callable[[Params, Tensor], Tensor], params: Params, x: Tensor, at_once: int = 200
) -> Tensor:
    """Embed all examples: x (classes, examples, …) → (classes, examples, D), where params are."""
    parts = x.flatten(0, 1).to(device_of(params)).split(at_once)
    return torch.cat([embed(params, part) for part in parts]).unflatten(0, x.shape[:2])


def some(x: Tensor, n_way: int) -> Tensor:
    """A part small enough to be looked at again and again: its first classes and examples."""
    n_classes = min(len(x), max(n_way, 20))
    return x[:n_classes, : max(6, N_JUDGED // n_classes)]
