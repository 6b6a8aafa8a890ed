"""An invented population of tastes."""

import pytest
import torch

from metacourse.tasks import tastes
from tests.lstm_problems import seeded
from tests.people import invented


def test_a_person_rates_different_films_each_once_in_half_stars():
    _, ratings, _ = invented()
    assert ratings.person.bincount().tolist() == [25] * 60
    pairs = ratings.person * 1000 + ratings.film
    assert len(pairs.unique()) == len(pairs)
    assert set((2 * ratings.stars).unique().tolist()) <= set(range(1, 11))


def test_spreads_are_those_that_are_named():
    world = tastes.sample_population(4000, 3000, seeded())
    for found, spread in (
        (world.film, tastes.FILMS),
        (world.person, tastes.PEOPLE),
        (world.trait, tastes.TRAITS),
        (world.taste, 1.0),
    ):
        assert found.std().item() == pytest.approx(spread, rel=0.06)


def test_ratings_scatter_around_what_is_meant():
    world, ratings, _ = invented(300, 40, 30)
    meant = tastes.mean_stars(world)[ratings.person, ratings.film]
    inside = (meant > 2) & (meant < 4)
    away = (ratings.stars - meant)[inside]
    assert away.mean().abs() < 0.06
    assert away.std().item() == pytest.approx(tastes.NOISE, rel=0.1)


def test_few_films_have_most_ratings():
    world, ratings, _ = invented(300, 100, 20)
    counts = ratings.film.bincount(minlength=100)
    assert counts[:20].sum() > 2 * counts[-20:].sum()
    assert world.known.sum().item() == pytest.approx(1)


def test_a_film_is_said_to_be_on_the_sides_where_its_traits_are():
    world, _, table = invented()
    for film, trait in zip(tastes.films_of(world), world.trait, strict=True):
        assert ("loud" in film.genres, "old" in film.genres) == (
            bool(trait[0] > 0),
            bool(trait[1] > 0),
        )
    assert torch.equal(table.genres.sum(1), torch.full((40,), 2.0).double())
