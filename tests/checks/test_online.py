"""The exercises of notebook 07d: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import torch

from metacourse import linear_regression as linreg
from metacourse import online
from metacourse.checks import diagnose
from metacourse.checks.catalogue import find
from metacourse.episodes import Episode

# Right answers, written differently --------------------------------------------------------------


def leader_by_the_kernel(episodes, *, lr_inner, n_steps=1):
    return online.follow_the_meta_leader(episodes, lr_inner=lr_inner, n_steps=n_steps)


def leader_by_least_squares(episodes, *, lr_inner, n_steps=1):
    """Rows are added as tasks become past."""
    inputs, labels, starts = [], [], []
    for task in zip(*episodes, strict=True):
        if inputs:
            x, y = torch.cat(inputs), torch.cat(labels)
            starts.append(torch.linalg.lstsq(x, y[:, None]).solution[:, 0])
        else:
            starts.append(0 * task[0][0])
        one = Episode(*(part[None] for part in task))
        x, y = linreg.maml_regression(one, lr_inner=lr_inner, n_steps=n_steps)
        inputs.append(x)
        labels.append(y)
    return torch.stack(starts)


def leader_by_normal_equations(episodes, *, lr_inner, n_steps=1):
    """Two sums are kept, and no task."""
    n_features = episodes.x_support.shape[-1]
    gram = torch.zeros(n_features, n_features, dtype=torch.float64)
    towards = torch.zeros(n_features, dtype=torch.float64)
    starts = []
    for x_s, y_s, x_q, y_q in zip(*episodes, strict=True):
        starts.append(torch.linalg.pinv(gram) @ towards)
        shrunk = linreg.contraction(x_s, lr_inner=lr_inner, n_steps=n_steps)
        offset = linreg.adapt(0 * towards, x_s, y_s, lr_inner=lr_inner, n_steps=n_steps)
        x, y = x_q @ shrunk, y_q - x_q @ offset
        gram, towards = gram + x.T @ x, towards + x.T @ y
    return torch.stack(starts)


def online_by_autograd(episodes, *, lr_inner, n_steps=1, lr_outer):
    theta = torch.zeros(episodes.x_support.shape[-1], dtype=torch.float64)
    starts = torch.zeros(len(episodes.x_support), len(theta), dtype=torch.float64)
    for t in range(len(starts)):
        starts[t] = theta
        task = Episode(*(part[t] for part in episodes))
        here = theta.clone().requires_grad_()
        loss = linreg.adapted_loss(here, task, lr_inner=lr_inner, n_steps=n_steps)
        theta = theta - lr_outer * torch.autograd.grad(loss, here)[0]
    return starts


def online_by_steps_that_are_kept(episodes, *, lr_inner, n_steps=1, lr_outer):
    """The list holds the next start already, and the last one is dropped."""
    starts = [episodes.x_support[0, 0] * 0]
    for t in range(len(episodes.x_support)):
        x_s, y_s, x_q, y_q = (part[t] for part in episodes)
        shrunk = linreg.contraction(x_s, lr_inner=lr_inner, n_steps=n_steps)
        adapted = linreg.adapt(starts[t], x_s, y_s, lr_inner=lr_inner, n_steps=n_steps)
        starts.append(starts[t] - lr_outer * shrunk.T @ linreg.gradient(adapted, x_q, y_q))
    return torch.stack(starts[:-1])


ALTERNATIVES = {
    "follow_the_meta_leader": [
        leader_by_the_kernel,
        leader_by_least_squares,
        leader_by_normal_equations,
    ],
    "online_maml": [online_by_autograd, online_by_steps_that_are_kept],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"online.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_start_that_knows_its_own_task_is_told():
    def leaking(episodes, *, lr_inner, n_steps=1):
        starts = torch.zeros_like(episodes.x_support[:, 0])
        for t in range(1, len(starts)):
            known = Episode(*(part[: t + 1] for part in episodes))
            starts[t] = linreg.maml_optimum(known, lr_inner=lr_inner, n_steps=n_steps)
        return starts

    assert "on which it is about to be judged" in told("follow_the_meta_leader", leaking)


def test_a_start_that_knows_the_whole_stream_is_told():
    def in_hindsight(episodes, *, lr_inner, n_steps=1):
        best = linreg.maml_optimum(episodes, lr_inner=lr_inner, n_steps=n_steps)
        return best.repeat(len(episodes.x_support), 1)

    assert "Nobody has it before the end" in told("follow_the_meta_leader", in_hindsight)


def test_a_mean_of_optima_is_told():
    def averaged(episodes, *, lr_inner, n_steps=1):
        optima = linreg.matvec(torch.linalg.pinv(episodes.x_query), episodes.y_query)
        counts = torch.arange(1, len(optima), dtype=torch.float64)
        means = optima[:-1].cumsum(0) / counts[:, None]
        return torch.cat([torch.zeros_like(optima[:1]), means])

    assert "mean of the tasks' own optima" in told("follow_the_meta_leader", averaged)


def test_a_start_that_is_noted_too_late_is_told():
    def late(episodes, *, lr_inner, n_steps=1, lr_outer):
        theta, starts = torch.zeros_like(episodes.x_support[0, 0]), []
        for parts in zip(*episodes, strict=True):
            how = {"lr_inner": lr_inner, "n_steps": n_steps}
            theta = theta - lr_outer * linreg.meta_gradient(theta, Episode(*parts), **how)
            starts.append(theta)
        return torch.stack(starts)

    assert "Note it first" in told("online_maml", late)


def test_one_tensor_that_is_changed_in_place_is_told():
    def in_place(episodes, *, lr_inner, n_steps=1, lr_outer):
        theta, starts = torch.zeros_like(episodes.x_support[0, 0]), []
        for parts in zip(*episodes, strict=True):
            starts.append(theta)
            how = {"lr_inner": lr_inner, "n_steps": n_steps}
            theta -= lr_outer * linreg.meta_gradient(theta, Episode(*parts), **how)
        return torch.stack(starts)

    assert "every entry of the list is this same tensor" in told("online_maml", in_place)
