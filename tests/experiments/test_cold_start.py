"""Somebody new: who teaches, who is new, what is told of them."""

import pytest
import torch

from metacourse.experiments import cold_start as cold
from metacourse.tasks.films import Film, Ratings
from tests.people import invented, split_of


def test_rows_become_a_matrix_with_genres():
    ratings = Ratings(
        torch.tensor([0, 1, 1]), torch.tensor([1, 0, 1]), torch.tensor([3.5, 1, 2]).double()
    )
    table = cold.as_table(ratings, [Film("a", ("x",)), Film("b", ("x", "y"))])
    assert table.values.tolist() == [[0, 3.5], [1, 2]]
    assert table.seen.tolist() == [[0, 1], [1, 1]]
    assert table.genres.tolist() == [[1, 0], [1, 1]]


@pytest.fixture(scope="module")
def parts():
    _, _, table = invented(400, 60, 25)
    return table, list(cold.splits(table, seed=0))


def test_a_new_person_teaches_nobody(parts):
    table, splits = parts
    assert len(splits) == cold.N_JUDGED
    for split in splits:
        rows = torch.cat([split.train.values, split.validation.values])
        columns = table.values[split.people][:, split.films]
        assert torch.equal(split.test.values, columns)
        assert len(rows) == 320
        assert not any((rows == person).all(1).any() for person in columns)


def test_nobody_is_new_twice_in_a_seed_and_others_in_another(parts):
    table, splits = parts
    people = torch.cat([split.people for split in splits])
    assert len(people.unique()) == len(people)
    assert not torch.equal(next(cold.splits(table, seed=1)).people, splits[0].people)


def test_films_take_part_by_those_who_teach_and_new_people_have_twenty_of_them(parts):
    _, splits = parts
    for split in splits:
        others = torch.cat([split.train.seen, split.validation.seen])
        assert others.sum(0).min() >= cold.KNOWN
        assert split.test.seen.sum(1).min() >= 20


def test_what_is_told_and_what_is_to_be_foretold_are_twenty_ratings_of_a_person():
    _, _, table = invented()
    tasks = cold.as_tasks(table, seed=0)
    both = torch.cat(tasks, dim=1)
    assert both.shape == (60, 20)
    assert table.seen.gather(1, both).min() == 1
    assert all(len(row.unique()) == 20 for row in both)
    assert torch.equal(cold.as_tasks(table, seed=0).query, tasks.query)


def test_a_learner_is_told_the_first_ratings_and_nothing_else():
    _, _, table = invented()
    tasks, told = cold.as_tasks(table, seed=0), []

    def learner(values, seen):
        told.append((values, seen))
        return torch.full_like(values, 3.0)

    errors = cold.squared_errors(learner, table, tasks, 5)
    values, seen = told[0]
    assert seen.sum(1).tolist() == [5] * 60
    assert torch.equal(values, table.values * seen)
    assert seen.gather(1, tasks.query).sum() == 0
    away = table.values.gather(1, tasks.query) - 3
    torch.testing.assert_close(errors, away.square().mean(1))


def test_tables_are_joined_one_below_the_other():
    split = split_of(invented()[2])
    both = cold.joined(split.train, split.validation)
    assert torch.equal(both.values, torch.cat([split.train.values, split.validation.values]))
    assert len(both.seen) == 40
