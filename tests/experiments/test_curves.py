"""experiments.curves: learners of sinusoids that say how sure they are."""

from functools import partial

import pytest
import torch
from torch.func import grad

from metacourse.experiments import curves
from metacourse.kernel_methods import deep_kernel, feature_prior, features
from metacourse.neural_processes import cnp_loss
from metacourse.tasks.sinusoids import sample_sinusoids


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def tasks():
    return sample_sinusoids(4, n_shot=5, n_query=7, generator=seeded())


@pytest.fixture
def grid():
    return torch.linspace(-5, 5, 200, dtype=torch.float64)[:, None]


def test_a_whole_task_is_its_support_and_then_its_queries(tasks):
    x, y = curves.whole(tasks)
    assert (x.shape, y.shape, x.dtype) == ((4, 12, 1), (4, 12), torch.float64)
    assert torch.equal(x[:, :5].float(), tasks.x_support)
    assert torch.equal(y[:, 5:].float(), tasks.y_query[..., 0])


@pytest.mark.parametrize("name", curves.LEARNERS)
def test_a_learner_answers_every_query_with_a_mean_and_a_variance(tasks, name):
    learner = curves.LEARNERS[name]
    mean, variance = curves.answers(partial(learner.predict, learner.start(0)), tasks)
    assert mean.shape == variance.shape == (4, 7)
    assert variance.min() > 0
    assert not mean.requires_grad


@pytest.mark.parametrize("name", curves.LEARNERS)
def test_a_learner_starts_alike_from_the_same_seed_and_differs_with_another(name):
    start = curves.LEARNERS[name].start
    once, again, other = start(1), start(1), start(2)
    assert all(torch.equal(once[n], again[n]) for n in once)
    assert any(not torch.equal(once[n], other[n]) for n in once)


@pytest.mark.parametrize("name", curves.LEARNERS)
def test_a_short_training_lowers_the_loss_of_new_tasks(name):
    learner, new = curves.LEARNERS[name], sample_sinusoids(50, n_shot=20, generator=seeded(9))
    by_step = curves.trained(name, n_steps=60, keep_at=[0])
    first, last = (learner.loss(by_step[n], *curves.whole(new), seeded(1)) for n in (0, 60))
    assert last < first


@pytest.mark.parametrize("name", ["deep RBF kernel", "neural process"])
def test_the_gradient_of_a_loss_agrees_with_finite_differences(tasks, name):
    learner, data = curves.LEARNERS[name], curves.whole(tasks)
    params = learner.start(3)

    def loss(params):
        return learner.loss(params, *data, seeded(1))

    key = next(n for n in params if n.endswith("layer1.weight"))
    up, down = ({n: value.clone() for n, value in params.items()} for _ in range(2))
    up[key][2, 3] += 1e-6
    down[key][2, 3] -= 1e-6
    found = grad(loss)(params)[key][2, 3]
    torch.testing.assert_close(found, (loss(up) - loss(down)) / 2e-6, rtol=1e-5, atol=1e-8)


def test_params_are_kept_at_the_steps_asked_for_and_at_the_end():
    by_step = curves.trained("learned features", n_steps=10, keep_at=(0, 5))
    assert [*by_step] == [0, 5, 10]
    start = curves.feature_start(3)
    assert all(torch.equal(by_step[0][name], start[name]) for name in start)
    assert not torch.equal(by_step[5]["mean"], by_step[10]["mean"])


def test_a_training_that_is_kept_along_the_way_ends_where_it_would_have_ended():
    kept = curves.trained("learned features", n_steps=10, keep_at=(0, 5))[10]
    alone = curves.trained("learned features", n_steps=10)[10]
    assert all(torch.equal(kept[name], alone[name]) for name in alone)


def test_the_evidence_of_a_deep_kernel_is_that_of_a_normal_around_the_mean_curve(tasks):
    params = curves.deep_start(0) | {"mean": torch.ones(8).double()}
    x, y = curves.whole(tasks)
    told = []
    for each, labels in zip(x, y, strict=True):
        noise = feature_prior(params).noise * torch.eye(12).double()
        cov = deep_kernel(params, each, each) + noise
        normal = torch.distributions.MultivariateNormal(features(params, each).sum(1), cov)
        told.append(-normal.log_prob(labels) / 12)
    found = curves.deep_loss(params, x, y, seeded())
    torch.testing.assert_close(found, torch.stack(told).mean())


def test_a_deep_kernel_without_points_near_answers_the_mean_curve(tasks):
    params = curves.deep_start(0) | {"log scale": torch.tensor(-30.0).double()}
    params["mean"] = torch.ones(8).double()
    mean, _ = curves.answers(partial(curves.deep_predict, params), tasks)
    torch.testing.assert_close(mean, curves.mean_curve(params, tasks.x_query.double()))


def test_nearly_linear_means_far_closer_features_and_a_far_larger_scale(grid):
    usual, shrunk = curves.deep_start(0), curves.LEARNERS["the same, begun nearly linear"].start(0)
    torch.testing.assert_close(features(shrunk, grid), 0.1 * features(usual, grid))
    assert shrunk["log scale"] == 9


def test_a_neural_process_reads_one_to_ten_points_and_is_asked_the_others(tasks, monkeypatch):
    seen = []

    def watched(params, *task):
        seen.append((task[0].shape[1], task[2].shape[1]))
        return cnp_loss(params, *task)

    monkeypatch.setattr(curves, "cnp_loss", watched)
    generator, params = seeded(), curves.process_start(0)
    for _ in range(60):
        curves.process_loss(params, *curves.whole(tasks), generator)
    assert {k for k, _ in seen} == set(range(1, 11))
    assert all(k + n == 12 for k, n in seen)


def test_errors_and_coverage_are_those_of_each_task(tasks):
    labels = tasks.y_query[..., 0].double()
    answer = labels + torch.tensor([0.0, 1.0, 2.0, 3.0])[:, None], torch.ones(4, 7).double()
    torch.testing.assert_close(curves.errors(answer, tasks), torch.tensor([0, 1, 4, 9.0]).double())
    assert curves.coverage(answer, tasks).tolist() == [1, 1, 0, 0]


def test_features_that_are_mixtures_of_sin_and_cos_are_explained_both_ways(grid):
    mix = torch.randn(2, 5, generator=seeded()).double()
    phi = torch.cat([grid.sin(), grid.cos()], dim=1) @ mix + 3
    assert curves.explained(phi, grid) == pytest.approx((1, 1), abs=1e-9)


def test_features_may_explain_sin_and_cos_and_be_much_else(grid):
    phi = torch.cat([grid.sin(), grid.cos(), 10 * (3 * grid).sin()], dim=1)
    of_waves, of_features = curves.explained(phi, grid)
    assert of_waves == pytest.approx(1)
    assert of_features < 0.05


def test_main_features_are_orthogonal_of_unit_mean_square_and_span_what_varies(grid):
    phi = (
        torch.cat([grid.sin(), grid.cos()], dim=1) @ torch.tensor([[1.0, 2, 3], [0, 1, 1]]).double()
    )
    main, spread = curves.main_features(phi)
    torch.testing.assert_close(main.mT @ main / 200, torch.eye(3).double(), atol=1e-9, rtol=0)
    assert spread[0] == 1
    assert spread[2] < 1e-12
    left = (phi - phi.mean(0)) - main[:, :2] @ (main[:, :2].mT @ (phi - phi.mean(0))) / 200
    assert left.abs().max() < 1e-12
