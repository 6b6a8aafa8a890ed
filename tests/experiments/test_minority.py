"""A prior that was learned from tasks of which few are of another kind."""

import torch

from metacourse import bayes
from metacourse.experiments import minority


def test_a_share_of_the_tasks_is_of_the_few_and_stands_anywhere():
    x, y = minority.to_learn_from(0.05, seed=0)
    assert x.shape == (1000, 5, 2)
    falls = (torch.linalg.pinv(x) @ y[..., None])[:, 0, 0] < 0
    assert 40 <= falls.sum() <= 65
    assert falls[:100].any()
    assert falls[-100:].any()


def test_who_knows_the_line_has_no_error():
    *_, places, heights = minority._lines(1, 50, 3, seed=4)
    theta = (torch.linalg.pinv(places) @ heights[..., None])[..., 0]
    found = minority.errors(lambda *points: theta, 1, 3, n_tasks=50, seed=4)
    assert found.max() < 1e-20


def test_new_tasks_come_mixed_and_their_errors_are_told_by_kind():
    seen = []

    def learner(x, y):
        seen.append((torch.linalg.pinv(x) @ y[..., None])[:, 0, 0] < 0)
        return minority.MEANS[0].expand(len(x), 2)

    many, few = minority.errors_by_kind(learner, 0.1, 10, n_tasks=500, seed=3)
    assert 40 <= seen[0].sum() <= 65
    assert seen[0][:100].any()
    assert many < 0.2
    assert few > 2


def test_what_has_learned_nothing_serves_both_kinds_alike():
    found = minority.by_shots(minority.no_sharing, 0.05, (3,), n_draws=4).mean(0)[:, 0]
    assert (found[0] / found[1] - 1).abs() < 0.2


def test_one_prior_serves_the_many_best_and_the_few_worst():
    found = minority.by_shots(minority.one_prior, 0.05, (1, 3), n_draws=3).mean(0)
    nothing = minority.by_shots(minority.no_sharing, 0.05, (1, 3), n_draws=3).mean(0)
    assert (found[0] < 0.7 * nothing[0]).all()
    assert (found[1] > 1.5 * nothing[1]).all()


def test_by_halves_both_kinds_are_served_alike():
    found = minority.by_shots(minority.one_prior, 0.5, (3,), n_draws=4).mean(0)[:, 0]
    assert (found[0] / found[1] - 1).abs() < 0.2


def test_no_other_width_serves_the_two_kinds_better_where_nothing_is_learned():
    def both(width):
        prior = minority.WIDE._replace(cov=width * minority.WIDE.cov)
        make = lambda x, y: lambda *new: bayes.posterior(*new, prior).mean  # noqa: E731
        return minority.by_shots(make, 0.05, (3,), n_draws=3).mean()

    assert both(1.0) < min(both(0.5), both(2.0))
