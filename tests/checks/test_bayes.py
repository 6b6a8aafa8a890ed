"""The exercises of chapter 07: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import math

import numpy as np
import torch
from scipy import stats

from metacourse import bayes
from metacourse.bayes import Gaussian, Prior
from metacourse.checks import diagnose
from metacourse.checks.catalogue import find

# Right answers, written differently --------------------------------------------------------------


def posterior_from_the_mean(x, y, prior):
    """What is left of the labels after the prior's mean pulls it away from there."""
    cov = torch.linalg.inv(torch.linalg.inv(prior.cov) + x.T @ x / prior.noise)
    return prior.mean + cov @ x.T @ (y - x @ prior.mean) / prior.noise, cov


def posterior_by_a_gain(x, y, prior):
    """Over labels instead of weights: a matrix (S, S) is solved, and Σ needs no inverse."""
    spread = x @ prior.cov @ x.T + prior.noise * torch.eye(len(x))
    gain = torch.linalg.solve(spread, x @ prior.cov).T
    mean = prior.mean + gain @ (y - x @ prior.mean)
    return Gaussian(mean, prior.cov - gain @ x @ prior.cov)


def posterior_point_by_point(x, y, prior):
    precision, towards = prior.cov.inverse(), prior.cov.inverse() @ prior.mean
    for point, label in zip(x, y, strict=True):
        precision = precision + torch.outer(point, point) / prior.noise
        towards = towards + point * label / prior.noise
    return torch.linalg.solve(precision, towards), torch.linalg.inv(precision)


def evidence_by_torch(x, y, prior):
    spread = x @ prior.cov @ x.T + prior.noise * torch.eye(len(x))
    return torch.distributions.MultivariateNormal(x @ prior.mean, spread).log_prob(y)


def evidence_label_by_label(x, y, prior):
    """Each label given those before it."""
    belief, total = Gaussian(prior.mean, prior.cov), 0
    for n in range(len(y)):
        mean, variance = bayes.predictive(belief, x[n : n + 1], noise=prior.noise)
        total = (
            total - ((y[n] - mean[0]) ** 2 / variance[0] + (2 * math.pi * variance[0]).log()) / 2
        )
        belief = bayes.posterior(x[: n + 1], y[: n + 1], prior)
    return total


def em_task_by_task(x, y, prior):
    beliefs = [bayes.posterior(*task, prior) for task in zip(x, y, strict=True)]
    mean = torch.stack([b.mean for b in beliefs]).mean(0)
    covs = [torch.outer(b.mean - mean, b.mean - mean) + b.cov for b in beliefs]
    noises = [
        (label - point @ b.mean) ** 2 + point @ b.cov @ point
        for points, labels, b in zip(x, y, beliefs, strict=True)
        for point, label in zip(points, labels, strict=True)
    ]
    return Prior(mean, sum(covs) / len(covs), sum(noises) / len(noises))


def em_by_second_moments(x, y, prior):
    belief = bayes.posterior(x, y, prior)
    second = torch.einsum("bi,bj->bij", belief.mean, belief.mean) + belief.cov
    mean = belief.mean.mean(0)
    answers = torch.einsum("bsd,bd->bs", x, belief.mean)
    noise = y**2 - 2 * y * answers + torch.einsum("bsi,bij,bsj->bs", x, second, x)
    return mean, second.mean(0) - torch.outer(mean, mean), noise.mean()


def coverage_by_scipy(mean, variance, y, *, level=0.95):
    low, high = stats.norm.interval(level, loc=mean.numpy(), scale=variance.sqrt().numpy())
    return float(np.mean((low <= y.numpy()) & (y.numpy() <= high)))


def coverage_by_the_distribution(mean, variance, y, *, level=0.95):
    below = torch.special.ndtr((y - mean) / variance.sqrt())
    return ((below - 0.5).abs() <= level / 2).double().mean()


ALTERNATIVES = {
    "posterior": [posterior_from_the_mean, posterior_by_a_gain, posterior_point_by_point],
    "log_evidence": [evidence_by_torch, evidence_label_by_label],
    "em_step": [em_task_by_task, em_by_second_moments],
    "coverage": [coverage_by_scipy, coverage_by_the_distribution],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"bayes.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_covariances_that_are_added_are_told():
    def added(x, y, prior):
        cov = torch.linalg.inv(prior.cov + x.T @ x / prior.noise)
        return cov @ (prior.cov.inverse() @ prior.mean + x.T @ y / prior.noise), cov

    assert "Precisions add" in told("posterior", added)


def test_least_squares_is_told():
    def unbelieving(x, y, prior):
        cov = torch.linalg.inv(prior.cov.inverse() + x.T @ x / prior.noise)
        return torch.linalg.lstsq(x, y[:, None]).solution[:, 0], cov

    assert "The prior pulls it" in told("posterior", unbelieving)


def test_labels_that_are_judged_one_by_one_are_told():
    def one_by_one(x, y, prior):
        variances = (x @ prior.cov * x).sum(-1) + prior.noise
        return torch.distributions.Normal(x @ prior.mean, variances.sqrt()).log_prob(y).sum()

    assert "vary together" in told("log_evidence", one_by_one)


def test_what_a_task_leaves_open_is_missed():
    def collapsing(x, y, prior):
        means, covs = bayes.posterior(x, y, prior)
        errors = y - torch.einsum("bsd,bd->bs", x, means)
        noise = (errors**2 + torch.einsum("bsi,bij,bsj->bs", x, covs, x)).mean()
        return means.mean(0), torch.cov(means.T, correction=0), noise

    assert "the prior collapses" in told("em_step", collapsing)


def test_a_band_of_variances_is_told():
    def wide(mean, variance, y, *, level=0.95):
        z = stats.norm.ppf((1 + level) / 2)
        return ((y > mean - z * variance) & (y < mean + z * variance)).double().mean()

    assert "the root" in told("coverage", wide)
