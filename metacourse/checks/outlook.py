"""The exercises of notebook 11b, quizzes and predictions."""

from collections.abc import Callable

import torch
from torch import Generator

from metacourse import outlook
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number

CHAPTER = "11b The way on"
PREDICTIONS = ("minority", "one_point")
QUIZZES = ("recall", "self_check")
ANSWERS = "red", "green", "blue"


def rules_case(generator: Generator) -> dict:
    """Rules over three questions and an answer to each; the last rule asks nothing. In one case of
    six it is the only one that holds; in the others later ones, with fewer and more conditions,
    hold as well."""
    situation = {name: _one_of(ANSWERS, generator) for name in ("a", "b", "c")}
    others = [tuple(x for x in ANSWERS if x != situation[name]) for name in situation]
    fails = {"a": (situation["a"],), "b": others[1]}
    holds = {"b": (others[1][0], situation["b"]), "c": (situation["c"], others[2][0])}
    nearly = {"c": (situation["c"],), "a": others[0]}
    again = {"a": (situation["a"],)}
    narrow = {name: (answer,) for name, answer in situation.items()}
    if gets_an_edge(generator):
        return {"rules": [fails, nearly, {"b": others[1]}, {}], "situation": situation}
    first = [fails, nearly][: whole_number(0, 2, generator)]
    return {"rules": [*first, holds, again, narrow, {}], "situation": situation}


def none_but_the_last(case: dict) -> bool:
    return len(case["rules"]) == 4 and "b" in case["rules"][2] and "c" not in case["rules"][2]


def groups_case(generator: Generator) -> dict:
    """Values of two to four groups, three or more each, mixed; in one case of six one group has
    two."""
    n_groups = whole_number(2, 4, generator)
    sizes = [whole_number(3, 6, generator) for _ in range(n_groups)]
    if gets_an_edge(generator):
        sizes[0] = 2
    group = torch.arange(n_groups).repeat_interleave(torch.tensor(sizes))
    order = torch.randperm(len(group), generator=generator)
    values = normal(generator, len(group)) + 2 * group
    return {"values": values[order], "group": group[order], "n_groups": n_groups}


def of_two(case: dict) -> bool:
    return bool((case["group"].bincount() == 2).any())


def tasks_case(generator: Generator) -> dict:
    """Five or six tasks of three or four points in four or five dimensions; rank 1 to 3, and in one
    case of six one point a task."""
    n_tasks, n_features = (whole_number(low, low + 1, generator) for low in (5, 4))
    n_points = 1 if gets_an_edge(generator) else whole_number(3, 4, generator)
    x = 0.5 + normal(generator, n_tasks, n_points, n_features)
    y = x[..., 0] + normal(generator, n_tasks, n_points)
    return {"x": x, "y": y, "rank": whole_number(1, 3, generator)}


def of_one_point(case: dict) -> bool:
    return case["x"].shape[1] == 1


def facts_about_subspace(function: Callable, case: dict) -> dict:
    """A basis may be turned: subspaces are compared, by the matrices that project on them."""
    found = function(**case)
    needed = case["x"].shape[-1], case["rank"]
    if isinstance(found, torch.Tensor) and found.shape == needed[::-1]:
        return {"a basis (D, rank), not its rows": found.mT @ found}
    if not isinstance(found, torch.Tensor) or found.shape != needed:
        return {"a basis (D, rank)": found}
    return {"its columns, with each other": found.mT @ found, "its projection": found @ found.mT}


def _one_of(options: tuple, generator: Generator) -> str:
    return options[whole_number(0, len(options) - 1, generator)]


EXERCISES = {
    "first_match": Exercise(outlook.first_match, rules_case, edge=none_but_the_last),
    "by_group": Exercise(outlook.by_group, groups_case, edge=of_two),
    "shared_subspace": Exercise(
        outlook.shared_subspace, tasks_case, observe=facts_about_subspace, edge=of_one_point
    ),
}
