"""The exercises of notebook 08b, quizzes and predictions."""

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

from metacourse import transformer
from metacourse.checks.chance import from_one_state, in_order
from metacourse.checks.exercise import Exercise, gets_an_edge, whole_number
from metacourse.episodes import Episode
from metacourse.tasks.functions import sample_prior

CHAPTER = "08b Transformers"
PREDICTIONS = ("floor", "shifted", "cancer")
QUIZZES = ("recall", "self_check")

# ---- a mask --------------------------------------------------------------------------------------


def mask_case(generator: Generator) -> dict:
    return {"n_pairs": 1 if gets_an_edge(generator) else generator.initial_seed() % 4 + 3}


def of_one_pair(case: dict) -> bool:
    return case["n_pairs"] == 1


# ---- a prior -------------------------------------------------------------------------------------


def slopes(x: Tensor, generator: Generator) -> Tensor:
    """A family for the cases: slopes that steepen, above 0, their mean far above their median."""
    turn = 2 * torch.pi * torch.rand(len(x), 1, generator=generator, dtype=x.dtype)
    height = 0.3 + 2.8 * torch.rand(len(x), 1, generator=generator, dtype=x.dtype)
    return 1.2 * (turn.cos() * x[..., 0] + turn.sin() * x[..., 1]).exp() + height


def prior_case(generator: Generator) -> dict:
    n_support = whole_number(30, 34, generator)
    sizes = {"n_support": n_support, "n_query": n_support - whole_number(8, 12, generator)}
    n_tasks = whole_number(50, 60, generator)
    return {"family": slopes, "n_tasks": n_tasks, **sizes, "generator": generator}


def facts_about_prior(sample: Callable, case: dict) -> dict:
    """Facts by which tasks of a prior are known to be well formed, whatever was drawn."""
    calls: list[tuple[Tensor, Tensor]] = []

    def family(x: Tensor, generator: Generator) -> Tensor:
        values = slopes(x, generator)
        calls.append((x.detach().clone(), values.detach().clone()))
        return values

    def draw() -> Episode:
        calls.clear()
        return Episode(*sample(**case | {"family": family}))

    (tasks, asked, others), again, kept = from_one_state(
        case["generator"], lambda: (draw(), joined(calls), draw()), draw
    )
    told = (
        *facts_about_form(tasks, case),
        ("the same generator state gives the same inputs", lambda: same(tasks[::2], again[::2])),
        ("the same generator state gives the same labels", lambda: same(tasks[1::2], again[1::2])),
        ("another state gives other tasks", lambda: not same(tasks, others)),
        ("the state of the global generator is left alone", lambda: kept),
        *facts_about_inputs(tasks, *asked[:2]),
        *facts_about_labels(tasks, asked[2]),
    )
    return in_order(told)


def joined(calls: list) -> tuple[int, Tensor, Tensor]:
    """Of how many functions a family was asked, in one call or task by task; for which inputs, and
    what it said."""
    n_functions = sum(len(x) for x, _ in calls)
    alike = [call for call in calls if call[0].shape[1:] == calls[-1][0].shape[1:]]
    x, values = map(torch.cat, zip(*alike, strict=True)) if alike else (torch.empty(0),) * 2
    return n_functions, x, values


def same(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    return all(map(torch.equal, some, others))


def facts_about_form(tasks: Episode, case: dict) -> tuple:
    support, query = ((case["n_tasks"], case[name]) for name in ("n_support", "n_query"))
    shapes = tuple(tuple(part.shape) for part in tasks)
    return (
        ("x_support and x_query have 2 features", lambda: {s[-1] for s in shapes[::2]} == {2}),
        (
            "the inputs come with their labels",
            lambda: [s[:2] for s in shapes[::2]] == [*shapes[1::2]],
        ),
        ("y_support is (n_tasks, n_support)", lambda: shapes[1] == support),
        ("y_query is (n_tasks, n_query)", lambda: shapes[3] == query),
        ("labels have the dtype int64", lambda: {y.dtype for y in tasks[1::2]} == {torch.int64}),
        ("labels are 0 and 1", lambda: all({*y.unique().tolist()} <= {0, 1} for y in tasks[1::2])),
    )


def facts_about_inputs(tasks: Episode, n_functions: int, asked: Tensor) -> tuple:
    x, _, x_query, _ = tasks
    whole = torch.cat([x, x_query], dim=1)
    return (
        ("tasks have inputs of their own", lambda: (x[0] != x[1]).any()),
        ("queries are no support points", lambda: (x[:, 0] != x_query[:, 0]).any()),
        ("support inputs are around 0", lambda: x.mean().abs() < 0.2),
        ("query inputs are around 0", lambda: x_query.mean().abs() < 0.2),
        ("support inputs have a deviation of 1", lambda: (x.std() - 1).abs() < 0.2),
        ("query inputs have a deviation of 1", lambda: (x_query.std() - 1).abs() < 0.2),
        ("the family is asked once for a task", lambda: n_functions <= len(x)),
        ("the family is asked for all points", lambda: torch.equal(asked, whole)),
    )


def facts_about_labels(tasks: Episode, values: Tensor) -> tuple:
    y = torch.cat([tasks.y_support, tasks.y_query], dim=1).double()
    n_support = tasks.y_support.shape[1]
    values = values if values.shape == y.shape else y  # not asked for all: told before this
    height = values - values.median(dim=1, keepdim=True).values
    up = (y == (height > 0)).double()  # of each label, whether it is that of its side
    size = 8 * height.abs()
    far, near, between = size > 4, (size > 0) & (size < 0.5), (size > 1) & (size < 3)
    in_order_of_f = y.gather(1, values.argsort(dim=1))
    return (
        ("class 1 lies where f is large", lambda: up.mean() > 0.3),
        ("some labels are noisy", lambda: not up.all()),
        ("some labels of queries are noisy", lambda: not up[:, n_support:].all()),
        ("not nearly all labels are 1", lambda: y.mean() < 0.85),
        ("each label is noisy by itself", lambda: (in_order_of_f.diff(dim=1) < 0).any()),
        ("class 1 is about as large as class 0", lambda: y.mean() < 0.6),
        ("class 0 is about as large as class 1", lambda: y.mean() > 0.4),
        ("each task has as much of both classes", lambda: (y.mean(1) - 0.5).abs().mean() < 0.1),
        ("labels follow f", lambda: up.mean() > 0.55),
        ("far from the border most labels are right", lambda: up[far & (size < 8)].mean() > 0.8),
        ("far from the border no label is noisy", lambda: up[far].mean() > 0.97),
        ("at the border labels are noisy", lambda: up[near].mean() < 0.75),
        ("between, with 1 − σ(8 |f − m|)", lambda: 0.78 < up[between].mean() < 0.94),
    )


EXERCISES = {
    "context_mask": Exercise(transformer.context_mask, mask_case, edge=of_one_pair),
    "sample_prior": Exercise(sample_prior, prior_case, observe=facts_about_prior),
}
