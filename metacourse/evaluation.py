"""How well a learner does on tasks it has never seen, and how sure of it we are."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from metacourse.episodes import Episode, sample_episodes
from metacourse.places import reason, replacing

TASKS_AT_ONCE = 100


class Interval(NamedTuple):
    """A mean and how far its 95 % confidence interval reaches to either side.

    Where all tasks gave the same there is no spread to judge by, and it is not 0: it says so.
    """

    mean: float
    half_width: float

    def __str__(self) -> str:
        spread = f"± {self.half_width:.1%}" if self.half_width else "in every task"
        return f"{self.mean:.1%} {spread}"


class Result(NamedTuple):
    """A method's accuracy on one of the data sets on which the course compares its methods."""

    method: str
    family: str  # what it does inside a task: compares, adapts, remembers
    chapter: str  # that teaches it: "01" … "05"
    accuracy: Interval
    data: str = "print"  # or "redrawn print", "handwriting", "digits"


def save_results(path: Path, results: Iterable[Result]) -> None:
    """Write results to a JSON file, accuracies rounded to a tenth of a percent.

    Where that cannot be done, a line says so.
    """
    rows = [
        {
            "method": result.method,
            "family": result.family,
            "chapter": result.chapter,
            "data": result.data,
            "accuracy": round(result.accuracy.mean, 3),
            "half_width": round(result.accuracy.half_width, 3),
        }
        for result in results
    ]
    text = json.dumps(rows, indent=2, ensure_ascii=False)
    try:
        with replacing(path) as unfinished:
            unfinished.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        print(f"The results cannot be kept in {path} ({reason(error)}); the rest works.")


def load_results(path: Path) -> list[Result]:
    """Read the results that `save_results` wrote; none if there is no such file.

    Where it cannot be read or understood, a line says so, and there are none.
    """
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8"))
        return [
            Result(accuracy=Interval(row.pop("accuracy"), row.pop("half_width")), **row)
            for row in rows
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, AttributeError, LookupError) as error:
        print(f"The results in {path} cannot be read ({error}); the rest works.")
        return []


def confidence_interval(values: Tensor) -> Interval:
    """The 95 % confidence interval of a mean over tasks: mean ± t s / √n.

    values (n,): one number per task, n ≥ 2; s is their standard deviation with n − 1 in the
    denominator, t the quantile of Student's distribution with n − 1 degrees of freedom: 1.96 for
    many tasks, 2.09 for 20, 2.20 for 12 (Student 1908). Over tasks and not over queries, because
    the queries of a task stand or fall together. Raises ValueError for another shape and for fewer
    than two tasks.
    """
    from scipy.special import stdtrit  # takes longer to import than all the rest

    if values.dim() != 1:
        raise ValueError(f"values: one number per task, (n,), got shape {tuple(values.shape)}")
    if len(values) < 2:
        raise ValueError(f"values: an interval needs 2 tasks or more, got {len(values)}")
    values = values.cpu().double()  # not every device has float64
    t = float(stdtrit(len(values) - 1, 0.975))
    return Interval(values.mean().item(), t * values.std().item() / len(values) ** 0.5)


def half_width_over_classes(change: Tensor, classes: Tensor) -> float | None:
    """How far the 95 % interval of a mean accuracy reaches if it is to hold for *other classes*.

    t N s / √C: an accuracy is a mean over sets of N out of C classes, a U-statistic (Hoeffding
    1948). s is the standard deviation over classes of d_c, the mean over the tasks with class c of
    what c changes in them; t the quantile of Student's distribution with C − 1 degrees of freedom.
    The interval over tasks speaks of more tasks of the same classes; it shrinks with their number.
    change (B, N): the accuracy of a task less that of the same task without its nth class; classes
    (B, N): which these are. None for fewer than three classes, which say nothing of others.
    """
    from scipy.special import stdtrit

    _, place = classes.cpu().flatten().unique(return_inverse=True)
    change, n_classes = change.cpu().double().flatten(), int(place.max()) + 1
    if n_classes < 3:
        return None
    totals = torch.zeros(n_classes, dtype=torch.float64).index_add(0, place, change)
    spread = (totals / place.bincount()).std().item()
    return float(stdtrit(n_classes - 1, 0.975)) * classes.shape[1] * spread / n_classes**0.5


def evaluate(
    predict: Callable[[Tensor, Tensor, Tensor], Tensor],
    images_by_class: Tensor,
    *,
    n_way: int,
    n_shot: int,
    n_query: int = 15,
    n_tasks: int = 600,
    seed: int = 0,
) -> Tensor:
    """The accuracy of a learner on each of many tasks, always the same ones for a seed: (n_tasks,).

    predict(x_support, y_support, x_query) → labels (B, N·Q) gets a batch of tasks:
    (B, N·K, …), (B, N·K), (B, N·Q, …). Where the embedding of an image does not depend on the task,
    embed all images once and hand in the embeddings (classes, images, D) as images_by_class.
    Take the classes from the meta-test split, and 600 tasks or more.
    Raises ValueError for no task at all and for labels of another shape.
    """
    if n_tasks < 1:
        raise ValueError(f"n_tasks must be 1 or more, got {n_tasks}")
    accuracies = []
    for episodes in _batches(images_by_class, n_way, n_shot, n_query, n_tasks, seed):
        labels = predict(episodes.x_support, episodes.y_support, episodes.x_query)
        if labels.shape != episodes.y_query.shape:
            shapes = tuple(labels.shape), tuple(episodes.y_query.shape)
            raise ValueError(f"predict gave labels {shapes[0]} for queries {shapes[1]}")
        right = (labels == episodes.y_query).cpu()  # not every device has float64
        accuracies.append(right.double().mean(dim=1))
    return torch.cat(accuracies)


def each_task(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable:
    """What `evaluate` asks for, of an answer to one task that steps through a network for images.

    answer(x_support, y_support, x_query) → labels, (S, …), (S,), (Q, …) → (Q,). A GPU answers all
    tasks at once by `vmap`; on a CPU, where a convolution with other weights for each task is slow,
    one after the other takes a third of the time. No gradients are kept.
    """

    @torch.no_grad()
    def answers(*tasks: Tensor) -> Tensor:
        if tasks[0].is_cuda:
            return vmap(answer)(*tasks)
        return torch.stack([answer(*task) for task in zip(*tasks, strict=True)])

    return answers


def _batches(images_by_class, n_way, n_shot, n_query, n_tasks, seed) -> Iterator[Episode]:
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, n_tasks, TASKS_AT_ONCE):
        yield sample_episodes(
            images_by_class,
            n_way=n_way,
            n_shot=n_shot,
            n_query=n_query,
            n_tasks=min(TASKS_AT_ONCE, n_tasks - start),
            generator=generator,
        )
