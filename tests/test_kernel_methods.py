"""The kernels of chapter 07 for curves: against scikit-learn, closed forms and brute force."""

import math
from functools import partial

import pytest
import torch
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.neighbors import KNeighborsRegressor
from torch.func import grad, jacrev, vmap

from metacourse.bayes import predictive
from metacourse.kernel_methods import (
    NOISE_FLOOR,
    deep_kernel,
    evidence_loss,
    feature_posterior,
    feature_predict,
    feature_prior,
    features,
    gp_log_evidence,
    gp_posterior,
    init_features,
    kernel_regression,
    nearest_neighbours,
    rbf_kernel,
    squared_distances,
)

EXACT = {"rtol": 1e-9, "atol": 1e-10}
NOISE = 0.05


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def params():
    """A network of three features whose prior has a mean, and the scale of a kernel."""
    drawn = init_features([2, 6, 3], torch.Generator().manual_seed(1))
    numbers = {name: value.double() for name, value in drawn.items()}
    given = {"log sigma": torch.tensor(-1.0), "log scale": torch.tensor(0.4)}
    return numbers | {"mean": normal(3, seed=2)} | {n: v.double() for n, v in given.items()}


@pytest.fixture
def task():
    """Six points of two inputs, and four queries."""
    return normal(6, 2, seed=3), normal(6, seed=4), normal(4, 2, seed=5)


# ---- learned features ----------------------------------------------------------------------------


def test_a_new_prior_has_mean_0_and_a_small_noise_above_its_floor():
    prior = feature_prior(init_features([1, 5, 4], torch.Generator().manual_seed(0)))
    assert torch.equal(prior.mean, torch.zeros(4))
    assert torch.equal(prior.cov, torch.eye(4))
    assert prior.noise == pytest.approx(math.exp(-6) + NOISE_FLOOR)


def test_the_noise_never_falls_below_its_floor(params):
    prior = feature_prior(params | {"log sigma": torch.tensor(-100.0).double()})
    assert prior.noise == NOISE_FLOOR


def test_without_points_a_curve_is_that_of_the_mean_and_the_band_that_of_the_prior(params, task):
    x_query = task[2]
    mean, variance = feature_predict(params, x_query[:0], x_query[:0, 0], x_query)
    phi = features(params, x_query)
    torch.testing.assert_close(mean, phi @ params["mean"], **EXACT)
    expected = phi.square().sum(1) + feature_prior(params).noise
    torch.testing.assert_close(variance, expected, **EXACT)


def test_the_posterior_is_where_the_penalised_error_has_no_slope(params, task):
    x, y, _ = task
    belief, prior, phi = feature_posterior(params, x, y), feature_prior(params), features(params, x)

    def objective(theta):
        misfit = (phi @ theta - y).square().sum() / prior.noise
        return (misfit + (theta - prior.mean).square().sum()) / 2

    slope = grad(objective)(belief.mean)
    torch.testing.assert_close(slope, torch.zeros(3).double(), atol=1e-9, rtol=0)
    curvature = jacrev(grad(objective))(belief.mean)
    torch.testing.assert_close(belief.cov @ curvature, torch.eye(3).double(), **EXACT)


def test_learned_features_are_a_gaussian_process_with_a_linear_kernel(params, task):
    x, y, x_query = task
    prior = feature_prior(params)

    def kernel(a, b):
        return features(params, a) @ features(params, b).mT

    away = y - features(params, x) @ prior.mean
    mean, variance = gp_posterior(kernel, x, away, x_query, noise=prior.noise)
    found = feature_predict(params, x, y, x_query)
    torch.testing.assert_close(mean + features(params, x_query) @ prior.mean, found[0], **EXACT)
    torch.testing.assert_close(variance, found[1], **EXACT)


def test_any_prior_covariance_can_be_had_from_the_last_layer(params, task):
    """θ ~ N(m, Σ) with Σ = AAᵀ on φ is θ ~ N(A⁻¹m, I) on Aᵀφ."""
    x, y, _ = task
    a = normal(3, 3, seed=6)
    last = "layer1.weight", "layer1.bias"
    turned = params | {name: a.mT @ params[name] for name in last}
    turned["mean"] = torch.linalg.solve(a, params["mean"])
    phi, noise = features(params, x), feature_prior(params).noise
    spread = phi @ a @ a.mT @ phi.mT + noise * torch.eye(6).double()
    normal_ = torch.distributions.MultivariateNormal(phi @ params["mean"], spread)
    torch.testing.assert_close(evidence_loss(turned, x, y), -normal_.log_prob(y) / 6, **EXACT)


def test_the_evidence_is_that_of_each_point_after_those_before_it(params, task):
    x, y, _ = task
    told = torch.zeros(()).double()
    for n in range(len(x)):
        mean, variance = feature_predict(params, x[:n], y[:n], x[n : n + 1])
        told += torch.distributions.Normal(mean, variance.sqrt()).log_prob(y[n : n + 1]).sum()
    torch.testing.assert_close(evidence_loss(params, x, y), -told / len(x), **EXACT)


def test_the_evidence_loss_of_many_tasks_is_the_mean_of_each(params):
    x, y = normal(3, 5, 2, seed=7), normal(3, 5, seed=8)
    alone = torch.stack([evidence_loss(params, *task) for task in zip(x, y, strict=True)])
    torch.testing.assert_close(evidence_loss(params, x, y), alone.mean(), **EXACT)


@pytest.mark.parametrize(
    ("name", "place"), [("layer0.weight", (2, 1)), ("mean", (1,)), ("log sigma", ())]
)
def test_the_gradient_of_the_evidence_agrees_with_finite_differences(params, task, name, place):
    x, y, _ = task
    slope = grad(evidence_loss)(params, x, y)[name][place]
    up, down = ({n: value.clone() for n, value in params.items()} for _ in range(2))
    up[name][place] += 1e-6
    down[name][place] -= 1e-6
    difference = (evidence_loss(up, x, y) - evidence_loss(down, x, y)) / 2e-6
    torch.testing.assert_close(slope, difference, rtol=1e-6, atol=1e-8)


# ---- kernels -------------------------------------------------------------------------------------


def test_an_rbf_kernel_is_the_scale_where_points_are_one_and_falls_with_the_distance():
    x = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    found = rbf_kernel(x, x, length=5.0, scale=2.0)
    apart = 2 * math.exp(-0.5)  # five units, one length
    torch.testing.assert_close(found, torch.tensor([[2.0, apart], [apart, 2.0]]))


def test_a_deep_kernel_is_an_rbf_kernel_on_features(params, task):
    x, _, x_query = task
    found = deep_kernel(params, x, x_query)
    assert found.shape == (6, 4)
    expected = math.exp(0.4) * torch.exp(
        -(features(params, x)[1] - features(params, x_query)[2]).square().sum() / 2
    )
    torch.testing.assert_close(found[1, 2], expected)


def test_a_wide_rbf_kernel_is_a_constant_and_a_linear_kernel():
    """s exp(−‖a − b‖²/2ℓ²) → s − s(‖a‖² + ‖b‖²)/2ℓ² + (s/ℓ²) aᵀb, for s = ℓ² large."""
    a, b = normal(5, 2, seed=9), normal(4, 2, seed=10)
    length = 1e3
    wide = rbf_kernel(a, b, length=length, scale=length**2) - length**2
    norms = (a.square().sum(1)[:, None] + b.square().sum(1)) / 2
    torch.testing.assert_close(wide + norms, a @ b.mT, atol=1e-4, rtol=0)


def scikit_learns(task):
    x, y, _ = task
    kernel = ConstantKernel(1.7, "fixed") * RBF(0.8, "fixed")
    return GaussianProcessRegressor(kernel, alpha=NOISE, optimizer=None).fit(x, y)


kernel = partial(rbf_kernel, length=0.8, scale=1.7)


def test_mean_and_variance_are_those_of_scikit_learn(task):
    mean, std = scikit_learns(task).predict(task[2].numpy(), return_std=True)
    found = gp_posterior(kernel, *task, noise=NOISE)
    torch.testing.assert_close(found[0], torch.from_numpy(mean), **EXACT)
    torch.testing.assert_close(found[1], torch.from_numpy(std**2 + NOISE), **EXACT)


def test_so_is_the_evidence(task):
    expected = scikit_learns(task).log_marginal_likelihood_value_
    found = gp_log_evidence(kernel, *task[:2], noise=NOISE)
    assert found == pytest.approx(expected, rel=1e-9)


def test_they_are_those_of_the_joint_normal_of_points_and_queries_conditioned(task):
    x, y, x_query = task
    everything = torch.cat([x, x_query])
    joint = kernel(everything, everything) + NOISE * torch.eye(10).double()
    gain = joint[6:, :6] @ torch.linalg.inv(joint[:6, :6])
    mean, variance = gp_posterior(kernel, *task, noise=NOISE)
    torch.testing.assert_close(mean, gain @ y, **EXACT)
    left = (joint[6:, 6:] - gain @ joint[:6, 6:]).diagonal()
    torch.testing.assert_close(variance, left, **EXACT)


def test_without_noise_the_mean_passes_through_the_points(task):
    x, y, _ = task
    mean, variance = gp_posterior(kernel, x, y, x, noise=1e-10)
    torch.testing.assert_close(mean, y, atol=1e-6, rtol=0)
    assert variance.max() < 1e-8


def test_far_from_all_points_the_mean_is_0_and_the_variance_that_of_the_prior(task):
    x, y, _ = task
    far = torch.full((1, 2), 100.0).double()
    mean, variance = gp_posterior(kernel, x, y, far, noise=NOISE)
    assert mean == 0
    assert variance == pytest.approx(1.7 + NOISE)


def test_a_kernel_is_differentiated_by_way_of_the_evidence(params, task):
    x, y, _ = task

    def evidence(log_scale):
        k = partial(deep_kernel, params | {"log scale": log_scale})
        return gp_log_evidence(k, x, y, noise=NOISE)

    at = params["log scale"]
    difference = (evidence(at + 1e-6) - evidence(at - 1e-6)) / 2e-6
    torch.testing.assert_close(grad(evidence)(at), difference, rtol=1e-6, atol=1e-8)


# ---- averages of labels --------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 3, 6])
def test_nearest_neighbours_are_those_of_scikit_learn(task, k):
    x, y, x_query = task
    theirs = KNeighborsRegressor(k).fit(x, y).predict(x_query)
    found = nearest_neighbours(*task, k=k)
    torch.testing.assert_close(found, torch.from_numpy(theirs), **EXACT)


def test_kernel_regression_is_a_mean_weighted_by_the_kernel(task):
    x, y, x_query = task
    weights = rbf_kernel(x_query, x, length=0.8)
    expected = (weights * y).sum(1) / weights.sum(1)
    torch.testing.assert_close(kernel_regression(*task, length=0.8), expected, **EXACT)


def test_a_narrow_kernel_answers_as_the_nearest_point_does_and_a_wide_one_the_mean(task):
    _, y, x_query = task
    narrow = kernel_regression(*task, length=1e-3)
    torch.testing.assert_close(narrow, nearest_neighbours(*task, k=1), **EXACT)
    wide = kernel_regression(*task, length=1e6)
    torch.testing.assert_close(wide, y.mean().expand(len(x_query)), **EXACT)


# ---- all -----------------------------------------------------------------------------------------


def learners(params):
    return {
        "features": partial(feature_predict, params),
        "rbf": partial(gp_posterior, kernel, noise=NOISE),
        "deep": partial(gp_posterior, partial(deep_kernel, params), noise=NOISE),
        "neighbours": partial(nearest_neighbours, k=2),
        "regression": partial(kernel_regression, length=0.8),
    }


@pytest.mark.parametrize("name", learners({}))
def test_a_batch_of_tasks_is_vmap_of_one(params, name):
    tasks = normal(3, 6, 2, seed=11), normal(3, 6, seed=12), normal(3, 4, 2, seed=13)
    learner = learners(params)[name]
    torch.testing.assert_close(learner(*tasks), vmap(learner)(*tasks), **EXACT)


@pytest.mark.parametrize("name", learners({}))
def test_the_order_of_the_points_does_not_matter(params, task, name):
    x, y, x_query = task
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    learner = learners(params)[name]
    torch.testing.assert_close(learner(x[order], y[order], x_query), learner(*task), **EXACT)


@pytest.mark.parametrize("name", learners({}))
def test_every_point_has_one_label(params, task, name):
    x, y, x_query = task
    with pytest.raises(ValueError, match=r"one value per point.*got \(5,\)"):
        learners(params)[name](x, y[1:], x_query)


@pytest.mark.parametrize("name", ["rbf", "neighbours", "regression"])
def test_queries_have_as_many_inputs_as_points(params, task, name):
    x, y, x_query = task
    with pytest.raises(ValueError, match="must agree in D"):
        learners(params)[name](x, y, x_query[:, :1])


@pytest.mark.parametrize("name", ["rbf", "neighbours", "regression"])
def test_they_need_a_point(params, task, name):
    x, y, x_query = task
    with pytest.raises(ValueError, match="S ≥ 1"):
        learners(params)[name](x[:0], y[:0], x_query)


@pytest.mark.parametrize("k", [0, 7])
def test_there_are_at_most_as_many_neighbours_as_points(task, k):
    with pytest.raises(ValueError, match=f"k must be 1 to S = 6, got {k}"):
        nearest_neighbours(*task, k=k)


def test_distances_need_points_of_the_same_space(task):
    with pytest.raises(ValueError, match=r"a is \(2,\) and needs \(…, S, D\)"):
        squared_distances(task[0][0], task[2])


def test_the_band_is_that_of_predictive(params, task):
    x, y, x_query = task
    belief = feature_posterior(params, x, y)
    noise = feature_prior(params).noise
    expected = predictive(belief, features(params, x_query), noise=noise)
    torch.testing.assert_close(feature_predict(params, *task), expected)
