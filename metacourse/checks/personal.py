"""The exercises of notebook 10a, quizzes and predictions."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Generator, Tensor

from metacourse import personal
from metacourse.checks.chance import UNTOLD, from_one_state
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number
from metacourse.personal import LEAST, MOST  # noqa: F401  (for the programs)

CHAPTER = "10a One person, one task"
PREDICTIONS = ("first_rating", "learned_tastes", "clinics")
QUIZZES = ("recall", "self_check")
N_DRAWS = 60  # of a split


def rows_case(generator: Generator) -> dict:
    """Six to nine people whose names have gaps, with one to seven rows each, mixed; in one case of
    six all but one person are tested."""
    n = whole_number(6, 9, generator)
    names = torch.randperm(30, generator=generator)[:n]
    person = names.repeat_interleave(torch.randint(1, 8, (n,), generator=generator))
    person = person[torch.randperm(len(person), generator=generator)]
    n_test = n - 1 if gets_an_edge(generator) else whole_number(2, n - 2, generator)
    return {"person": person, "n_test": n_test, "generator": generator}


def all_but_one(case: dict) -> bool:
    return case["n_test"] == len(case["person"].unique()) - 1


def facts_about_split(split: Callable, case: dict) -> dict:
    """What holds of a split whatever was drawn."""
    person, n_test, generator = case["person"], case["n_test"], case["generator"]
    draw = partial(split, person, n_test=n_test, generator=generator)
    test, again, kept = from_one_state(generator, draw, draw)
    if not (isinstance(test, Tensor) and test.dtype == torch.bool and test.shape == person.shape):
        return {"the mask": test}
    masks = [test, *(draw() for _ in range(N_DRAWS))]
    tested = [{*person[mask].tolist()} for mask in masks]
    both = [{*person[~mask].tolist()} & names for mask, names in zip(masks, tested, strict=True)]
    more = {len(names) - n_test for names in tested}
    return {
        "some person has rows in both parts": any(both),
        "as many people are tested in one draw as in another": len(more) == 1,
        "so many people more than n_test": more.pop() if len(more) == 1 else UNTOLD,
        "the same state of the generator gives the same split": torch.equal(test, again),
        "nothing is drawn but from the generator": kept,
        "another draw tests others": any(names != tested[0] for names in tested),
        "everybody is tested in some draw": set().union(*tested) == {*person.tolist()},
    }


def mean_case(generator: Generator) -> dict:
    """Three to six values of two or three people, and the prior over their means; in one case of
    six nothing is told."""
    n = 0 if gets_an_edge(generator) else whole_number(3, 6, generator)
    spread, noise = (0.2 + torch.rand(2, generator=generator, dtype=torch.float64)).tolist()
    mean = 1 + normal(generator).item() / 2
    values = 2 + normal(generator, whole_number(2, 3, generator), n)
    return {"values": values, "mean": mean, "spread": spread, "noise": noise}


def of_nothing(case: dict) -> bool:
    return case["values"].shape[-1] == 0


def _columns(values: Tensor, seen: Tensor) -> Tensor:
    """Means of the columns over what is seen."""
    return (values * seen).sum(0) / seen.sum(0).clamp(min=1)


def _last_row(values: Tensor) -> Tensor:
    return 2 * values[-1]


def _spread(values: Tensor) -> Tensor:
    """What does not move when all values move together, as distances from the mean do not."""
    return values - values.mean()


def audit_case(generator: Generator) -> dict:
    """A table, some of it hidden, and a program that counts something hidden in, or one that does
    not; in one case of six an honest one, of a table in which a whole row is hidden."""
    values = 0.5 * torch.randint(1, 11, (4, 5), generator=generator).double()
    hidden = torch.rand(4, 5, generator=generator) < 0.4
    hidden[1, 1], hidden[-1, 0] = False, True
    hidden[2] |= gets_an_edge(generator)
    honest = partial(_columns, seen=(~hidden).double())
    leaky = partial(_columns, seen=torch.ones_like(values))
    answer = (leaky, _last_row, _spread, honest)[generator.initial_seed() % 4]
    return {
        "answer": honest if gets_an_edge(generator) else answer,
        "values": values,
        "hidden": hidden,
    }


def of_a_hidden_row(case: dict) -> bool:
    return bool(case["hidden"][2].all())


EXERCISES = {
    "split_by_person": Exercise(
        personal.split_by_person, rows_case, observe=facts_about_split, edge=all_but_one
    ),
    "shrunk_mean": Exercise(personal.shrunk_mean, mean_case, edge=of_nothing),
    "leak_audit": Exercise(personal.leak_audit, audit_case, edge=of_a_hidden_row),
}
