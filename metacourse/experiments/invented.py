"""Invented people beside those of MovieLens: who teaches and who is new, a rival for the capstone,
and films to rate (notebook 10a)."""

import textwrap
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse import personal
from metacourse.bayes import Prior
from metacourse.experiments import cold_start as cold
from metacourse.experiments import learned_tastes, rating_learners
from metacourse.experiments.cold_start import Learner, Split, Table
from metacourse.tasks import films, tastes

N_PEOPLE, N_FILMS, N_RATINGS = 750, 300, 25


def parted(table: Table, new: Tensor) -> tuple[Table, Table]:
    """Those who teach, and the new ones, who are named by their rows, in any number."""
    is_new = torch.zeros(len(table.values), dtype=torch.bool)
    is_new[new] = True
    return cold.rows_of(table, ~is_new), cold.rows_of(table, is_new)


def rivals(seed: int) -> tuple[Learner, Table, list[Table]]:
    """Six learned tastes with hardly a ridge, nothing of it tuned; who taught them; and two sets of
    new people, 250 each."""
    generator = torch.Generator().manual_seed(seed)
    world = tastes.sample_population(N_PEOPLE, N_FILMS, generator)
    ratings = tastes.sample_ratings(world, N_RATINGS, generator)
    table = cold.as_table(ratings, tastes.films_of(world))
    teach, *new = (cold.rows_of(table, people) for people in torch.arange(N_PEOPLE).chunk(3))
    means = personal.film_means(teach.values, teach.seen, strength=5.0)
    return rating_learners.tastes(teach, means, (6, 3.0)), teach, new


class Shelf(NamedTuple):
    """Some films with names, what others give them, and what is shared among people."""

    titles: tuple[str, ...]
    means: Tensor  # (F,), stars
    features: Tensor  # (F, D), a 1 and the traits
    prior: Prior  # of how far somebody is above the means, and of the tastes
    poles: tuple[tuple[str, str], ...]  # the ends of each trait


SHELF = {  # stars above 3.5, loud, old
    "Thunder over Mars": (0.1, 0.35, -0.2),
    "Three Letters": (0.4, -0.35, 0.35),
    "The Last Tram": (0.2, -0.3, -0.3),
    "Cannons at Noon": (-0.1, 0.35, 0.35),
    "A Winter in Ghent": (0.3, -0.35, 0.15),
    "Robot Parade": (-0.3, 0.3, -0.35),
    "Salt and Fog": (0.5, -0.2, 0.3),
    "Fast Lane 4": (-0.4, 0.4, -0.15),
}


def shelf() -> Shelf:
    """Eight films that were never made, with the population's true prior."""
    rows = torch.tensor(list(SHELF.values()), dtype=torch.float64)
    features = torch.cat([torch.ones(len(rows), 1, dtype=torch.float64), rows[:, 1:]], dim=1)
    mean = torch.zeros(3, dtype=torch.float64)
    cov = torch.tensor([tastes.PEOPLE, 1.0, 1.0], dtype=torch.float64).square().diag()
    prior = Prior(mean, cov, torch.tensor(tastes.NOISE**2, dtype=torch.float64))
    return Shelf(
        tuple(SHELF),
        tastes.OVERALL + rows[:, 0],
        features,
        prior,
        (("quiet", "loud"), ("new", "old")),
    )


def real_shelf(split: Split) -> Shelf:
    """The eight films of MovieLens that most people know, with two learned tastes; a taste's poles
    are the two of them that lie farthest apart on it."""
    table = cold.joined(split.train, split.validation)
    means = personal.film_means(table.values, table.seen, strength=5.0)
    features, prior = learned_tastes.learn_features(table, means, 2, 100.0)
    known, catalogue = table.seen.sum(0).topk(8).indices, films.load_films()
    numbers = split.films[known].tolist()
    titles = tuple(textwrap.shorten(catalogue[n].title, 18, placeholder="…") for n in numbers)
    ends = [(titles[column.argmin()], titles[column.argmax()]) for column in features[known, 1:].T]
    return Shelf(titles, means[known], features[known], prior, tuple(ends))
