"""The exercises of notebook 07c: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import torch
from torch.nn import functional as F

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find

# Right answers, written differently --------------------------------------------------------------


def gp_by_cholesky(kernel, x_support, y_support, x_query, *, noise):
    """Rasmussen & Williams 2006, Alg. 2.1."""
    among = kernel(x_support, x_support) + noise * torch.eye(len(y_support))
    factor = torch.linalg.cholesky(among)
    alpha = torch.cholesky_solve(y_support[:, None], factor)[:, 0]
    towards = kernel(x_support, x_query)
    halves = torch.linalg.solve_triangular(factor, towards, upper=False)
    before = torch.diagonal(kernel(x_query, x_query))
    return alpha @ towards, before - halves.square().sum(0) + noise


def gp_by_conditioning_the_joint_normal(kernel, x_support, y_support, x_query, *, noise):
    """All labels, seen and asked, as one normal vector."""
    n = len(x_support)
    x = torch.cat([x_support, x_query])
    joint = kernel(x, x) + noise * torch.eye(len(x))
    inverse = torch.linalg.inv(joint[:n, :n])
    left = joint[n:, n:] - joint[n:, :n] @ inverse @ joint[:n, n:]
    return joint[n:, :n] @ inverse @ y_support, left.diag()


def gp_query_by_query(kernel, x_support, y_support, x_query, *, noise):
    inverse = torch.linalg.inv(kernel(x_support, x_support) + noise * torch.eye(len(x_support)))
    means, variances = [], []
    for x in x_query:
        towards = kernel(x_support, x[None])[:, 0]
        means.append(towards @ inverse @ y_support)
        variances.append(kernel(x[None], x[None])[0, 0] - towards @ inverse @ towards + noise)
    return torch.stack(means), torch.stack(variances)


def cnp_query_by_query(encode, decode, x_support, y_support, x_query):
    rows = [
        encode(torch.cat([x, y[None]])[None]) for x, y in zip(x_support, y_support, strict=True)
    ]
    read = sum(rows)[0] / len(rows)
    told = torch.cat([decode(torch.cat([read, x])[None]) for x in x_query])
    return told[:, 0], torch.log1p(told[:, 1].exp()) + 0.01


def cnp_with_hstack(encode, decode, x_support, y_support, x_query):
    read = encode(torch.hstack([x_support, y_support.unsqueeze(1)])).mean(dim=0, keepdim=True)
    out = decode(torch.hstack([read.repeat(x_query.shape[0], 1), x_query]))
    return out[..., 0], 0.01 + F.softplus(out[..., 1])


ALTERNATIVES = {
    "gp_posterior": [
        gp_by_cholesky,
        gp_by_conditioning_the_joint_normal,
        gp_query_by_query,
    ],
    "cnp_predict": [cnp_query_by_query, cnp_with_hstack],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"kernel_methods.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_curve_that_is_told_for_a_label_lacks_its_noise():
    def of_the_curve(kernel, x_support, y_support, x_query, *, noise):
        mean, variance = gp_by_cholesky(kernel, x_support, y_support, x_query, noise=noise)
        return mean, variance - noise

    assert "noise of the label asked for is missing" in told("gp_posterior", of_the_curve)


def test_noise_on_every_entry_is_told():
    def on_every_entry(kernel, x_support, y_support, x_query, *, noise):
        inverse = torch.linalg.inv(kernel(x_support, x_support) + noise)
        towards = kernel(x_support, x_query)
        left = kernel(x_query, x_query).diag() - (towards * (inverse @ towards)).sum(0) + noise
        return towards.T @ inverse @ y_support, left

    assert "added to every entry" in told("gp_posterior", on_every_entry)


def test_points_that_are_summed_are_told():
    def summed(encode, decode, x_support, y_support, x_query):
        read = encode(torch.column_stack([x_support, y_support])).sum(0)
        mean, spread = decode(torch.column_stack([read.expand(len(x_query), -1), x_query])).T
        return mean, F.softplus(spread) + 0.01

    assert "take the mean" in told("cnp_predict", summed)


def test_a_deviation_that_may_be_negative_is_told():
    def raw(encode, decode, x_support, y_support, x_query):
        read = encode(torch.column_stack([x_support, y_support])).mean(0)
        out = decode(torch.column_stack([read.expand(len(x_query), -1), x_query]))
        return out[:, 0], out[:, 1]

    assert "may be negative" in told("cnp_predict", raw)
