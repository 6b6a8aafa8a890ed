"""Tasks from the learner's own classes, and what a method's answers to them are worth.

Shapes: B tasks, N ways, K shots, Q queries of a class, N·Q of a task.
"""

import math
from collections import Counter
from collections.abc import Callable
from itertools import permutations
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse.episodes import Episode, sample_episodes
from metacourse.evaluation import Interval, confidence_interval, half_width_over_classes

Scores = Callable[[Tensor, Tensor, Tensor], Tensor]  # x_support, y_support, x_query → (B, N·Q, N)
SHOTS = 1, 5, 10
N_QUERY = 10  # at most
AT_ONCE = 100
TEMPERATURES = torch.logspace(-3, 6, 181, dtype=torch.float64)  # to choose from: twenty a decade


class Tasks(NamedTuple):
    """Tasks that every method solves, the same for all."""

    places: Episode  # places of the examples in the list of all, class after class
    classes: Tensor  # (B, N): which class each label stands for


class Outcome(NamedTuple):
    """What a method's answers were worth."""

    right: Tensor  # (B,) the share of right answers in each task
    change: Tensor  # (B, N) that share, less the one in the same task without its nth class
    classes: Tensor  # (B, N)

    def over_tasks(self) -> Interval:
        return confidence_interval(self.right)

    def over_classes(self) -> float | None:
        """Half of the interval for other classes, which holds the one for other tasks."""
        found = half_width_over_classes(self.change, self.classes)
        return None if found is None else max(found, self.over_tasks().half_width)

    def less(self, other: "Outcome") -> "Outcome":
        """The difference of two methods on the tasks that both have solved."""
        n = min(len(self.right), len(other.right))
        parts = zip(self[:2], other[:2], strict=True)
        return Outcome(*(a[:n] - b[:n] for a, b in parts), self.classes[:n])


def shots(n_each: int) -> list[int]:
    """The K that classes of so many examples allow, with a query or more."""
    return [k for k in SHOTS if k < n_each]


def draw_tasks(
    n_classes: int, n_each: int, *, n_way: int, n_shot: int, n_tasks: int, seed: int = 0
) -> Tasks:
    """Draw tasks, always the same ones for a seed: of the same classes for every K, and the first
    are the same however many hundreds there are."""
    places = torch.arange(n_classes * n_each).view(n_classes, n_each)
    sizes = {"n_way": n_way, "n_shot": n_shot, "n_query": min(N_QUERY, n_each - n_shot)}
    batches = []
    for n in range(0, n_tasks, AT_ONCE):
        generator = torch.Generator().manual_seed(1_000_000 * seed + n)
        n_here = min(AT_ONCE, n_tasks - n)
        batches.append(sample_episodes(places, **sizes, n_tasks=n_here, generator=generator))
    drawn = Episode(*(torch.cat(parts) for parts in zip(*batches, strict=True)))
    classes = torch.zeros(n_tasks, n_way, dtype=torch.long)
    return Tasks(drawn, classes.scatter_(1, drawn.y_support, drawn.x_support // n_each))


@torch.no_grad()
def answered(scores: Scores, z: Tensor, tasks: Tasks) -> Tensor:
    """What a method says to each query: z (classes, examples, …) → logits (B, N·Q, N), on the
    CPU."""
    flat, logits = z.flatten(0, 1), []
    for support, y, query, _ in zip(*(part.split(AT_ONCE) for part in tasks.places), strict=True):
        logits.append(scores(flat[support], y.to(z.device), flat[query]).cpu())
    return torch.cat(logits)


def judged(logits: Tensor, tasks: Tasks) -> Outcome:
    """Count right answers, in the tasks and in the tasks without each of their classes."""
    y = tasks.places.y_query
    right = (logits.argmax(-1) == y).double().mean(1)
    without = []
    for n in range(logits.shape[-1]):
        others = y != n
        labels = logits.index_fill(-1, torch.tensor(n), -math.inf).argmax(-1)
        without.append(((labels == y) & others).sum(1).double() / others.sum(1))
    return Outcome(right, right[:, None] - torch.stack(without, 1), tasks.classes)


class Confusion(NamedTuple):
    """One class taken for another."""

    n: int  # questions for the one in tasks that had both
    wrong: int  # of them answered with the other
    example: int  # the place of one that was, in the list of all

    @property
    def share(self) -> float:
        return self.wrong / self.n


def confused(logits: Tensor, tasks: Tasks) -> dict[tuple[int, int], Confusion]:
    """The mistakes, by (class asked, class answered)."""
    places, y = tasks.places.x_query, tasks.places.y_query
    n_ways = tasks.classes.shape[1]
    asked, answers = tasks.classes.gather(1, y), tasks.classes.gather(1, logits.argmax(-1))
    met: Counter[tuple[int, int]] = Counter()
    for classes in tasks.classes.tolist():
        met.update(dict.fromkeys(permutations(classes, 2), y.shape[1] // n_ways))
    examples: dict[tuple[int, int], list[int]] = {}
    for task, query in (asked != answers).nonzero().tolist():
        pair = int(asked[task, query]), int(answers[task, query])
        examples.setdefault(pair, []).append(int(places[task, query]))
    return {pair: Confusion(met[pair], len(of), of[0]) for pair, of in examples.items()}


def temperature(logits: Tensor, y: Tensor) -> float:
    """The T with the least cross-entropy of softmax(logits / T), of 181 from 0.001 to a million
    (Guo et al. 2017). Shapes: logits (B, N·Q, N), y (B, N·Q)."""
    flat = logits.double().flatten(0, 1)
    losses = [F.cross_entropy(flat / T, y.flatten()) for T in TEMPERATURES]
    return TEMPERATURES[torch.stack(losses).nan_to_num(math.inf).argmin()].item()


class Bin(NamedTuple):
    """Answers given with a confidence from `low` on, up to the next bin."""

    low: float
    n: int
    confidence: float  # on average
    right: float  # the share


def reliability(logits: Tensor, y: Tensor, T: float, n_bins: int = 10) -> tuple[list[Bin], float]:
    """Whether answers given with 80 % are right in 80 %: the bins that hold answers, and the
    expected calibration error, Σ n |confidence − right| / Σ n (Naeini et al. 2015)."""
    p, labels = (logits.double() / T).softmax(-1).flatten(0, 1).max(-1)
    right = (labels == y.flatten()).double()
    place = (p * n_bins).long().clamp(max=n_bins - 1)
    bins = []
    for n in place.unique().tolist():
        of_bin = place == n
        means = p[of_bin].mean().item(), right[of_bin].mean().item()
        bins.append(Bin(n / n_bins, int(of_bin.sum()), *means))
    return bins, sum(b.n * abs(b.confidence - b.right) for b in bins) / len(p)
