"""experiments.auxiliary: weights of the losses of other tasks."""

from functools import partial

import pytest
import torch
from torch.func import grad

from metacourse import linear_regression as lr
from metacourse.experiments import auxiliary
from metacourse.hyperparameters import ridge, weighted_joint


@pytest.fixture
def drawn():
    return auxiliary.family(torch.Generator().manual_seed(4))


def test_a_family_has_few_points_of_what_is_meant_and_many_of_the_others(drawn):
    sizes = [len(y) for _, y in (drawn.train, drawn.validation, drawn.test)]
    assert sizes == [8, 8, 1000]
    assert [len(y) for _, y in drawn.others] == [100] * 3


def test_the_others_are_more_and_more_foreign():
    distances = []
    for seed in range(30):
        of = auxiliary.family(torch.Generator().manual_seed(seed))
        meant = torch.linalg.lstsq(
            *(part[..., None] if part.ndim == 1 else part for part in of.test)
        )
        for x, y in of.others:
            away = torch.linalg.lstsq(x, y[:, None])[0] - meant[0]
            distances.append(away.square().sum())
    close, half, unrelated = torch.stack(distances).view(30, 3).mean(0)
    assert close < 1.5 < half < unrelated  # about 0.7, 10 and 30


def test_a_fit_is_where_the_joint_loss_has_no_slope(drawn):
    weights = torch.tensor([0.5, 2.0, 0.1]).double()
    losses = [partial(_loss, points=points) for points in (drawn.train, *drawn.others)]

    def objective(theta):
        return weighted_joint(theta, losses, weights) + auxiliary.SHRINKAGE * theta.square().sum()

    slope = grad(objective)(auxiliary.fit(drawn.train, drawn.others, weights))
    torch.testing.assert_close(slope, torch.zeros(10).double(), atol=1e-10, rtol=0)


def _loss(theta, points):
    return lr.loss(theta, *points)


def test_with_weights_of_0_the_others_have_no_say(drawn):
    alone = auxiliary.fit(drawn.train, [], torch.zeros(0))
    torch.testing.assert_close(
        auxiliary.fit(drawn.train, drawn.others, torch.zeros(3).double()), alone
    )


def test_learned_weights_are_better_on_the_validation_points_than_where_they_began(drawn):
    begun = torch.full((3,), -1.0).double().exp()
    learned = auxiliary.learned_weights([drawn[:2]], drawn.others)
    before, after = (
        lr.loss(auxiliary.fit(drawn.train, drawn.others, weights), *drawn.validation)
        for weights in (begun, learned)
    )
    assert after < before
    assert learned[0] > learned[2]


def test_one_weight_is_the_same_for_all_and_the_best_that_was_tried(drawn):
    chosen = auxiliary.one_weight(drawn)
    assert len(chosen.unique()) == 1
    assert chosen[0] in auxiliary.WEIGHTS


def test_pooled_points_are_one_task(drawn):
    x, y = auxiliary.together(drawn.train, drawn.validation)
    assert x.shape == (16, 10)
    assert torch.equal(y[8:], drawn.validation[1])


def test_every_way_is_judged_on_the_same_test_points(drawn):
    found = auxiliary.losses_on_test(drawn, torch.ones(3).double())
    assert len(found) == 13
    alone = auxiliary.fit(drawn.train, [], torch.zeros(0))
    torch.testing.assert_close(found["the meant points alone"], lr.loss(alone, *drawn.test))


def test_every_point_is_judged_in_one_fold_and_fitted_in_the_others(drawn):
    both = auxiliary.together(drawn.train, drawn.validation)
    parts = auxiliary.folds(both)
    assert [(len(fitted[1]), len(judge[1])) for fitted, judge in parts] == [(12, 4)] * 4
    judged = torch.cat([judge[1] for _, judge in parts])
    assert torch.equal(judged.sort().values, both[1].sort().values)
    for fitted, judge in parts:
        assert not (fitted[1][:, None] == judge[1]).any()


def test_weights_are_learned_on_the_mean_over_folds(drawn):
    parts = auxiliary.folds(auxiliary.together(drawn.train, drawn.validation))

    def mean_loss(weights):
        losses = [lr.loss(auxiliary.fit(f, drawn.others, weights), *j) for f, j in parts]
        return torch.stack(losses).mean()

    begun = torch.full((3,), -1.0).double().exp()
    assert mean_loss(auxiliary.learned_weights(parts, drawn.others)) < mean_loss(begun)


def test_the_best_penalty_has_the_least_loss_over_the_folds(drawn):
    parts = auxiliary.folds(auxiliary.together(drawn.train, drawn.validation))
    chosen = auxiliary.best_penalty(parts)

    def loss(penalty):
        return sum(lr.loss(ridge(*fitted, penalty), *judge) for fitted, judge in parts)

    for penalty in torch.logspace(-4, 1, 25, dtype=torch.float64):
        assert loss(chosen) <= loss(penalty)


def test_the_nearest_task_is_corrected_by_ridge_on_what_it_leaves(drawn):
    x, y = auxiliary.together(drawn.train, drawn.validation)
    fits = [auxiliary.fit(each, [], torch.zeros(0)) for each in drawn.others]
    nearest = fits[torch.stack([lr.loss(theta, x, y) for theta in fits]).argmin()]
    left = y - x @ nearest
    penalty = auxiliary.best_penalty(auxiliary.folds((x, left)))
    expected = nearest + ridge(x, left, penalty)
    torch.testing.assert_close(auxiliary.corrected((x, y), drawn.others), expected)
