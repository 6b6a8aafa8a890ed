"""The exercises of notebook 09c: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import torch

from metacourse import bayes
from metacourse.bayes import Prior
from metacourse.checks import diagnose
from metacourse.checks.catalogue import find

# Right answers, written differently --------------------------------------------------------------


def gradient_pair_by_pair(score, gait, noise, *, sigma):
    """Uncentred ranks will do: over pairs a constant cancels."""
    walked = score(torch.cat([gait + sigma * noise, gait - sigma * noise]))
    ranks = torch.empty(len(walked)).to(gait)
    ranks[walked.argsort()] = torch.linspace(0, 1, len(walked)).to(gait)
    one, other = ranks.chunk(2)
    return sum((a - b) * e for a, b, e in zip(one, other, noise, strict=True)) / (
        len(walked) * sigma
    )


def gradient_by_counting(score, gait, noise, *, sigma):
    changes = torch.stack([noise, -noise], dim=1).flatten(0, 1)
    metres = torch.stack([score(gait + sigma * change) for change in changes])
    beaten = (metres[:, None] > metres).double().sum(1)
    weights = beaten / (len(metres) - 1) - 0.5
    return weights @ changes / len(changes) / sigma


def prior_by_torch(table, noise):
    return Prior(table.mean(dim=0), torch.cov(table.T), noise)


def prior_body_by_body(table, noise):
    mean = table.sum(0) / len(table)
    cov = sum(torch.outer(row - mean, row - mean) for row in table) / (len(table) - 1)
    return mean, cov, noise


def trial_by_a_gain(prior, tried, seen, *, kappa=1.0):
    """Over what was seen instead of over gaits."""
    among = prior.cov[tried][:, tried] + prior.noise * torch.eye(len(tried))
    gain = torch.linalg.solve(among, prior.cov[tried]).T
    mean = prior.mean + gain @ (seen - prior.mean[tried])
    cov = prior.cov - gain @ prior.cov[tried]
    return int((mean + kappa * cov.diagonal() ** 0.5).argmax())


def trial_after_trial(prior, tried, seen, *, kappa=1.0):
    """The posterior after a walk is the prior of the next."""
    for gait, metres in zip(tried, seen, strict=True):
        one = torch.nn.functional.one_hot(torch.tensor(gait), len(prior.mean)).to(prior.mean)
        prior = Prior(*bayes.posterior(one[None], metres[None], prior), prior.noise)
    return torch.argmax(prior.mean + kappa * torch.sqrt(torch.diagonal(prior.cov)))


ALTERNATIVES = {
    "es_gradient": [gradient_pair_by_pair, gradient_by_counting],
    "performance_prior": [prior_by_torch, prior_body_by_body],
    "next_trial": [trial_by_a_gain, trial_after_trial],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"walker.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_gradient_from_differences_of_metres_is_told():
    def wrong(score, gait, noise, *, sigma):
        metres = score(gait + sigma * noise) - score(gait - sigma * noise)
        return metres @ noise / (2 * len(noise) * sigma)

    assert "one robot that falls" in told("es_gradient", wrong)


def test_a_step_that_goes_down_is_told():
    def wrong(score, gait, noise, *, sigma):
        return -gradient_by_counting(score, gait, noise, sigma=sigma)

    assert "The sign is turned" in told("es_gradient", wrong)


def test_a_covariance_of_bodies_is_told():
    def wrong(table, noise):
        return Prior(table.mean(0), torch.cov(table), noise)

    assert "the covariance of bodies" in told("performance_prior", wrong)


def test_noise_that_is_forgotten_is_told():
    def wrong(prior, tried, seen, *, kappa=1.0):
        return trial_by_a_gain(prior._replace(noise=1e-6), tried, seen, kappa=kappa)

    assert "The noise is forgotten" in told("next_trial", wrong)


def test_what_was_tried_and_never_comes_back_is_told():
    def wrong(prior, tried, seen, *, kappa=1.0):
        left = torch.ones(len(prior.mean)).index_fill(0, torch.tensor(tried).long(), 0).bool()
        belief = bayes.posterior(torch.eye(len(prior.mean)).to(seen)[tried], seen, prior)
        hopes = belief.mean + kappa * belief.cov.diagonal().sqrt()
        return hopes.where(left, -torch.inf).argmax()

    assert "never tried again" in told("next_trial", wrong)


def test_noise_as_a_deviation_is_told():
    def wrong(table, noise):
        return Prior(table.mean(0), torch.cov(table.T), noise.sqrt())

    assert "The noise is a deviation" in told("performance_prior", wrong)


def test_a_first_trial_without_hope_is_told():
    def wrong(prior, tried, seen, *, kappa=1.0):
        if not tried:
            return int(prior.mean.argmax())
        return trial_by_a_gain(prior, tried, seen, kappa=kappa)

    assert "The first trial goes by the mean alone" in told("next_trial", wrong)


def test_the_last_walk_of_each_gait_alone_is_told():
    def wrong(prior, tried, seen, *, kappa=1.0):
        last = dict(zip(tried, seen.tolist(), strict=True))
        metres = torch.tensor([*last.values()]).to(seen)
        return trial_by_a_gain(prior, [*last], metres, kappa=kappa)

    assert "only the last counts" in told("next_trial", wrong)


def test_a_gradient_of_length_one_is_told():
    def wrong(score, gait, noise, *, sigma):
        gradient = gradient_by_counting(score, gait, noise, sigma=sigma)
        return gradient / gradient.norm()

    assert "It is made 1 long" in told("es_gradient", wrong)
