"""The kernels of chapter 07 against brute force on grids, finite differences and autograd."""

import math

import pytest
import torch
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct
from torch.func import grad, jacrev, vmap

from metacourse import bayes
from metacourse import linear_regression as lr
from metacourse.bayes import Gaussian, Prior
from metacourse.tasks.lines import sample_normal_lines

EXACT = {"rtol": 1e-9, "atol": 1e-9}


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.fixture
def prior():
    spread = torch.tensor([[0.8, 0.0], [0.5, 0.4]]).double()
    return Prior(torch.tensor([0.3, -0.6]).double(), spread @ spread.T, torch.tensor(0.3).double())


@pytest.fixture
def task():
    """Five points of a line: x (5, 2), y (5,)."""
    return torch.stack([normal(5), torch.ones(5).double()], dim=1), normal(5, seed=1)


def log_joint(theta, x, y, prior):
    """log p(θ) + log p(y | θ), by scipy's densities' formulas written out."""
    away = theta - prior.mean
    size = len(prior.mean)
    constant = (size + len(y)) * math.log(2 * math.pi) + torch.logdet(prior.cov)
    constant = constant + len(y) * prior.noise.log()
    squares = away @ torch.linalg.solve(prior.cov, away)
    return -(squares + (y - x @ theta).square().sum() / prior.noise + constant) / 2


def on_a_grid(x, y, prior, n=601, reach=4.0):
    """Places of the plane (n², 2), the log joint density there, and the area of a place."""
    side = torch.linspace(-reach, reach, n).double()
    places = torch.cartesian_prod(side, side)
    return places, vmap(lambda p: log_joint(p, x, y, prior))(places), (2 * reach / (n - 1)) ** 2


# ---- posterior -----------------------------------------------------------------------------------


def test_the_posterior_is_that_of_a_grid_over_the_plane(task, prior):
    places, logs, _ = on_a_grid(*task, prior)
    weights = torch.softmax(logs, 0)
    mean = weights @ places
    cov = (weights[:, None] * (places - mean)).T @ (places - mean)
    belief = bayes.posterior(*task, prior)
    torch.testing.assert_close(belief.mean, mean, rtol=0, atol=1e-6)
    torch.testing.assert_close(belief.cov, cov, rtol=0, atol=1e-6)


def test_at_its_mean_the_joint_density_is_flat_and_curved_by_minus_the_precision(task, prior):
    belief = bayes.posterior(*task, prior)

    def joint(theta):
        return log_joint(theta, *task, prior)

    torch.testing.assert_close(grad(joint)(belief.mean), torch.zeros(2).double(), **EXACT)
    curvature = jacrev(grad(joint))(belief.mean)
    torch.testing.assert_close(curvature, -torch.linalg.inv(belief.cov), rtol=1e-7, atol=1e-7)


def test_with_a_round_prior_it_is_the_map_estimate_of_chapter_02(task, prior):
    round_prior = prior._replace(cov=0.7 * torch.eye(2).double())
    precision = 2 * prior.noise / (5 * 0.7)
    told = lr.map_estimate(prior.mean, *task, precision=precision)
    torch.testing.assert_close(bayes.posterior(*task, round_prior).mean, told, **EXACT)


def test_the_predictive_is_that_of_scikit_learns_gaussian_process(task, prior):
    """A linear kernel is a prior N(0, I) of the slope and, by its constant, of the intercept."""
    x, y = task
    process = GaussianProcessRegressor(
        DotProduct(sigma_0=1.0, sigma_0_bounds="fixed") * ConstantKernel(1.0, "fixed"),
        alpha=prior.noise.item(),
        optimizer=None,
    ).fit(x[:, :1].numpy(), y.numpy())
    query = torch.linspace(-2, 2, 7).double()
    mean, deviation = process.predict(query[:, None].numpy(), return_std=True)
    flat = Prior(torch.zeros(2).double(), torch.eye(2).double(), prior.noise)
    x_query = torch.stack([query, torch.ones(7).double()], dim=1)
    found = bayes.predictive(bayes.posterior(x, y, flat), x_query, noise=0.0)
    assert found[0].numpy() == pytest.approx(mean, abs=1e-6)
    assert found[1].sqrt().numpy() == pytest.approx(deviation, abs=1e-6)


def test_without_a_point_the_posterior_is_the_prior(prior):
    belief = bayes.posterior(torch.zeros(0, 2).double(), torch.zeros(0).double(), prior)
    torch.testing.assert_close(belief.mean, prior.mean, **EXACT)
    torch.testing.assert_close(belief.cov, prior.cov, **EXACT)


def test_points_one_after_the_other_are_points_at_once(task, prior):
    belief = Gaussian(prior.mean, prior.cov)
    for x, y in zip(*task, strict=True):
        belief = bayes.posterior(x[None], y[None], Prior(*belief, prior.noise))
    at_once = bayes.posterior(*task, prior)
    torch.testing.assert_close(belief.mean, at_once.mean, **EXACT)
    torch.testing.assert_close(belief.cov, at_once.cov, **EXACT)


def test_how_sure_it_is_does_not_depend_on_the_labels(task, prior):
    x, y = task
    torch.testing.assert_close(
        bayes.posterior(x, y, prior).cov, bayes.posterior(x, 9 * y + 4, prior).cov
    )


def test_a_batch_of_tasks_is_each_task_by_itself(prior):
    x, y = normal(4, 3, 2, seed=2), normal(4, 3, seed=3)
    batch = bayes.posterior(x, y, prior)
    one = vmap(lambda x, y: bayes.posterior(x, y, prior))(x, y)
    for found, needed in zip(batch, one, strict=True):
        torch.testing.assert_close(found, needed, **EXACT)
    torch.testing.assert_close(
        bayes.log_evidence(x, y, prior),
        torch.stack([bayes.log_evidence(*each, prior) for each in zip(x, y, strict=True)]),
    )


def test_its_gradients_are_those_of_finite_differences(task, prior):
    def all_of(x, y, mean, factor, noise):
        made = Prior(mean, factor @ factor.T, noise)
        return *bayes.posterior(x, y, made), bayes.log_evidence(x, y, made)

    inputs = (*task, prior.mean, torch.linalg.cholesky(prior.cov), prior.noise)
    leaves = [part.clone().requires_grad_() for part in inputs]
    assert torch.autograd.gradcheck(all_of, leaves)


@pytest.mark.parametrize("noise", [1e-2, 1e-4])
def test_float32_is_as_exact_as_its_digits_allow(noise):
    prior = Prior(torch.zeros(2), torch.eye(2) / 3, torch.tensor(noise))
    how = {"mean": prior.mean, "cov": prior.cov, "noise": noise**0.5, "n_shot": 10}
    tasks = sample_normal_lines(200, **how, generator=torch.Generator().manual_seed(0))
    exact = bayes.posterior(
        *(part.double() for part in tasks[:2]), Prior(*map(torch.Tensor.double, prior))
    )
    found = bayes.posterior(*tasks[:2], prior)
    # of the deviation that is left, a hundredth
    away = (found.mean - exact.mean).abs() / exact.cov.diagonal(dim1=1, dim2=2).sqrt()
    assert away.max() < 0.05


# ---- evidence ------------------------------------------------------------------------------------


def test_the_evidence_is_the_density_that_scipy_gives(task, prior):
    x, y = task
    spread = x @ prior.cov @ x.T + prior.noise * torch.eye(5)
    needed = stats.multivariate_normal(x @ prior.mean, spread).logpdf(y)
    assert bayes.log_evidence(x, y, prior).item() == pytest.approx(needed)


def test_the_evidence_is_the_joint_density_summed_over_the_plane(task, prior):
    _, logs, area = on_a_grid(*task, prior)
    summed = torch.logsumexp(logs, 0) + math.log(area)
    torch.testing.assert_close(bayes.log_evidence(*task, prior), summed, rtol=0, atol=1e-6)


def test_by_bayes_rule_evidence_is_joint_over_posterior_at_every_place(task, prior):
    belief, place = bayes.posterior(*task, prior), torch.tensor([0.2, -0.4]).double()
    posterior = stats.multivariate_normal(belief.mean, belief.cov).logpdf(place)
    told = log_joint(place, *task, prior) - posterior
    torch.testing.assert_close(bayes.log_evidence(*task, prior), told, **EXACT)


# ---- learning the prior --------------------------------------------------------------------------


@pytest.fixture
def tasks(prior):
    how = {"mean": prior.mean, "cov": prior.cov, "noise": prior.noise.sqrt().item(), "n_shot": 3}
    return sample_normal_lines(400, **how, generator=torch.Generator().manual_seed(0))[:2]


def test_no_step_of_em_lowers_the_evidence(tasks):
    prior = Prior(torch.zeros(2).double(), 4 * torch.eye(2).double(), torch.tensor(2.0).double())
    found = []
    for _ in range(30):
        found.append(bayes.log_evidence(*tasks, prior).mean())
        prior = bayes.em_step(*tasks, prior)
    assert (torch.stack(found).diff() > 0).all()


def test_where_em_comes_to_rest_the_evidence_is_flat(tasks):
    some = [part[:100] for part in tasks]
    learned = bayes.empirical_bayes(*some, n_steps=1000)

    def evidence(mean, cov, noise):
        return bayes.log_evidence(*some, Prior(mean, cov, noise)).mean()

    for slope in grad(evidence, argnums=(0, 1, 2))(*learned):
        torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-6)


def test_from_many_tasks_it_learns_the_prior_that_they_were_drawn_from(prior):
    how = {"mean": prior.mean, "cov": prior.cov, "noise": prior.noise.sqrt().item(), "n_shot": 3}
    tasks = sample_normal_lines(4000, **how, generator=torch.Generator().manual_seed(1))
    learned = bayes.empirical_bayes(*tasks[:2], n_steps=60)
    for found, needed in zip(learned, prior, strict=True):
        torch.testing.assert_close(found, needed, rtol=0, atol=0.05)


def test_one_step_is_a_mean_over_what_is_believed_of_each_task(tasks, prior):
    """By samples: θ of each task is drawn from its posterior, and the M step taken as if known."""
    x, y = (part[:3] for part in tasks)
    belief = bayes.posterior(x, y, prior)
    draws = normal(200_000, 3, 2, seed=5)
    thetas = belief.mean + torch.einsum("bij,nbj->nbi", torch.linalg.cholesky(belief.cov), draws)
    away = thetas - belief.mean.mean(0)
    errors = y - torch.einsum("bsd,nbd->nbs", x, thetas)
    step = bayes.em_step(x, y, prior)
    cov = torch.einsum("nbi,nbj->ij", away, away) / (3 * len(draws))
    torch.testing.assert_close(step.cov, cov, rtol=0.02, atol=0.01)
    torch.testing.assert_close(step.noise, errors.square().mean(), rtol=0.02, atol=0)


# ---- bands ---------------------------------------------------------------------------------------


def test_two_deviations_hold_95_percent_of_normal_labels():
    n = 200_000
    mean, variance = normal(n, seed=6), 0.5 + normal(n, seed=7).square()
    y = mean + variance.sqrt() * normal(n, seed=8)
    for level in (0.2, 0.5, 0.95):
        held = bayes.coverage(mean, variance, y, level=level).item()
        assert held == pytest.approx(level, abs=0.005)  # five deviations of a share of 200,000


def test_a_label_at_the_edge_of_the_band_is_inside():
    edge = torch.tensor([stats.norm.ppf(0.975)]).double()
    one, nothing = torch.ones(1).double(), torch.zeros(1).double()
    assert bayes.coverage(nothing, one, edge - 1e-9, level=0.95) == 1
    assert bayes.coverage(nothing, one, edge + 1e-9, level=0.95) == 0


# ---- what cannot be right ------------------------------------------------------------------------


def test_a_covariance_with_a_negative_direction_is_refused(task, prior):
    with pytest.raises(ValueError, match="direction of no variance"):
        bayes.posterior(*task, prior._replace(cov=torch.diag(torch.tensor([1.0, -1.0]).double())))


@pytest.mark.parametrize("function", [bayes.posterior, bayes.log_evidence])
def test_shapes_that_do_not_fit_are_named(function, task, prior):
    x, y = task
    with pytest.raises(ValueError, match="x and prior must agree in D"):
        function(x[:, :1], y, prior)
    with pytest.raises(ValueError, match="one value per point"):
        function(x, y[:-1], prior)


def test_em_needs_a_task_axis_and_a_step(task, prior):
    with pytest.raises(ValueError, match="task axis"):
        bayes.em_step(*task, prior)
    with pytest.raises(ValueError, match="n_steps must be 1 or more"):
        bayes.empirical_bayes(task[0][None], task[1][None], n_steps=0)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        bayes.coverage(torch.zeros(1), torch.ones(1), torch.zeros(1), level=level)


def test_the_prior_learned_on_a_gpu_is_the_same(cuda, tasks):
    needed = bayes.empirical_bayes(*tasks)
    found = bayes.empirical_bayes(*(part.to(cuda) for part in tasks))
    assert found.cov.device.type == "cuda"
    for mine, theirs in zip(found, needed, strict=True):
        torch.testing.assert_close(mine.cpu(), theirs, rtol=1e-8, atol=1e-8)
