"""experiments.many_penalties: one penalty, or one for each of 65 features."""

import pytest
import torch

from metacourse.experiments import many_penalties


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_every_column_has_mean_0_and_deviation_1():
    x, y = many_penalties.people()
    assert x.shape == (442, 65)
    for columns in (x, y):
        torch.testing.assert_close(columns.mean(0), torch.zeros_like(columns[0]))
        torch.testing.assert_close(columns.std(0), torch.ones_like(columns[0]))


def test_nobody_is_in_two_parts_of_a_split():
    of = many_penalties.split(3, 100)
    assert [len(y) for _, y in of] == [120, 100, 222]
    rows = torch.cat([x for x, _ in of])
    assert len(rows.unique(dim=0)) == 442


def test_another_seed_is_another_split():
    first, second = (many_penalties.split(seed, 30).train[1] for seed in (0, 1))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("n_validation", [0, 1, 321])
def test_every_part_has_two_people(n_validation):
    with pytest.raises(ValueError, match="n_validation must be 2 to 320"):
        many_penalties.split(0, n_validation)


def test_the_penalty_of_the_grid_is_the_best_of_thirty():
    of = many_penalties.split(0, 100)
    best = many_penalties.error(many_penalties.on_a_grid(of), of)
    others = torch.logspace(-3, 1, 30, dtype=torch.float64)
    assert best == min(many_penalties.error(penalty, of) for penalty in others)


def test_one_penalty_by_descent_is_about_the_best_of_the_grid():
    of = many_penalties.split(0, 100)
    learned = many_penalties.by_descent(of, many_penalties.ALL, n_steps=150)
    assert len(learned.unique()) == 1
    by_grid = many_penalties.error(many_penalties.on_a_grid(of), of)
    assert many_penalties.error(learned, of) <= by_grid + 1e-3


def test_65_penalties_fit_the_validation_people_better_than_one():
    of = many_penalties.split(0, 30)
    one, all_65 = (
        many_penalties.by_descent(of, groups, n_steps=60)
        for groups in (many_penalties.ALL, many_penalties.EACH)
    )
    assert len(all_65.unique()) > 60
    assert many_penalties.error(all_65, of) < many_penalties.error(one, of) - 0.05


def test_the_best_of_some_draws_is_kept():
    of = many_penalties.split(0, 30)
    chosen = many_penalties.at_random(of, seeded(1), n_trials=20)
    u = torch.rand(65, 20, generator=seeded(1))  # as `random_search` draws
    tried = many_penalties.LOW * (many_penalties.HIGH / many_penalties.LOW) ** u.T.double()
    errors = torch.stack([many_penalties.error(penalties, of) for penalties in tried])
    torch.testing.assert_close(chosen, tried[errors.argmin()], rtol=1e-5, atol=0)


def test_features_of_a_group_share_a_penalty():
    of = many_penalties.split(0, 30)
    measured, products = many_penalties.by_descent(of, many_penalties.KINDS, n_steps=20).split(
        [10, 55]
    )
    assert len(measured.unique()) == len(products.unique()) == 1
    assert measured[0] != products[0]


def test_a_pull_keeps_the_logarithms_together():
    of = many_penalties.split(0, 30)
    free, pulled = (many_penalties.by_descent(of, n_steps=60, pull=pull) for pull in (0.0, 0.1))
    assert pulled.log().std() < 0.5 * free.log().std()


def test_descent_begins_at_the_best_single_penalty():
    of = many_penalties.split(0, 30)
    begun = many_penalties.by_descent(of, n_steps=0)
    torch.testing.assert_close(begun, many_penalties.on_a_grid(of).expand(65))


def test_draws_stay_between_their_ends():
    of = many_penalties.split(0, 30)
    chosen = many_penalties.at_random(of, seeded(2), n_trials=5, ends=(0.1, 0.2))
    assert chosen.min() >= 0.0999
    assert chosen.max() <= 0.2001
