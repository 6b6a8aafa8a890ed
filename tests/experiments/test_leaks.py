"""Two ways to measure too little."""

import pytest
import torch

from metacourse import personal
from metacourse.experiments import leaks
from tests.people import invented


@pytest.fixture(scope="module")
def table():
    return invented(150, 300, 20)[2]


def test_answers_in_the_means_take_off_most_where_few_have_rated(table):
    new = torch.arange(150) < 30
    found = leaks.with_and_without(table, new)
    gains = [(honest - told).mean().item() for told, honest in found.values()]
    assert [*found] == [*leaks.GROUPS]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 0


def test_without_leak_the_error_is_that_of_the_others_means(table):
    new = torch.arange(150) < 30
    means = personal.film_means(table.values[~new], table.seen[~new], strength=leaks.STRENGTH)
    here = table.seen[0] * (table.seen[~new].sum(0) > 20)
    expected = ((table.values[0] - means).square() * here).sum() / here.sum()
    assert leaks.with_and_without(table, new)["more than 20"][1][0].item() == pytest.approx(
        expected.item()
    )


def test_hidden_rows_are_ratings_and_about_a_share_of_them(table):
    hidden = leaks.random_rows(table, 0.2, seed=0)
    assert not (hidden & (table.seen == 0)).any()
    assert hidden.sum() / table.seen.sum() == pytest.approx(0.2, abs=0.03)


def test_a_hidden_rating_does_not_foretell_itself(table):
    hidden = leaks.random_rows(table, 0.2, seed=0)
    for own in (True, False):
        now = leaks.by_row(table, hidden, own=own)
        moved = table._replace(values=torch.where(hidden, table.values + 1, table.values))
        later = leaks.by_row(moved, hidden, own=own)
        residual = (later - now - 1) / 2  # (r + 1 − a)² − (r − a)² = 2 (r − a) + 1
        assert residual.abs().max() < 4
        assert (later != now).all()
