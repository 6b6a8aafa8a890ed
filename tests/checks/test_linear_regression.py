"""Chapter 02's exercises: right answers written differently (for test_all_exercises), wrong ones
as learners write them."""

import pytest
import torch

from metacourse import linear_regression as linreg
from metacourse.checks import diagnose
from metacourse.checks import linear_regression as chapter
from metacourse.checks.catalogue import find


def gradient_by_autograd(theta, x, y):
    theta = theta.detach().requires_grad_()
    return torch.autograd.grad(((x @ theta - y) ** 2).mean(), theta)[0]


def gradient_point_by_point(theta, x, y):
    total = torch.zeros_like(theta)
    for point, label in zip(x, y, strict=True):
        total = total + 2 * (point @ theta - label) * point
    return total / len(x)


def adapt_by_autograd(theta, x, y, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        loss = ((x @ theta - y) ** 2).mean()
        theta = theta - lr_inner * torch.autograd.grad(loss, theta, create_graph=True)[0]
    return theta


def adapt_recursively(theta, x, y, *, lr_inner, n_steps=1):
    if n_steps == 0:
        return theta
    before = adapt_recursively(theta, x, y, lr_inner=lr_inner, n_steps=n_steps - 1)
    return before - lr_inner * 2 / len(y) * x.T @ (x @ before - y)


def meta_gradient_by_autograd(theta, episode, *, lr_inner, n_steps=1):
    def objective(theta):
        adapted = linreg.adapt(theta, *episode[:2], lr_inner=lr_inner, n_steps=n_steps)
        return linreg.loss(adapted, *episode[2:])

    return torch.func.grad(objective)(theta)


def meta_gradient_factor_by_factor(theta, episode, *, lr_inner, n_steps=1):
    adapted = linreg.adapt(theta, *episode[:2], lr_inner=lr_inner, n_steps=n_steps)
    gradient = linreg.gradient(adapted, episode.x_query, episode.y_query)
    for _ in range(n_steps):
        gradient = gradient - lr_inner * linreg.hessian(episode.x_support) @ gradient
    return gradient


def optimum_by_normal_equations(episodes, *, lr_inner, n_steps=1):
    left, right = 0, 0
    for x_support, y_support, x_query, y_query in zip(*episodes, strict=True):
        identity = torch.eye(x_support.shape[1], dtype=x_support.dtype)
        a = torch.linalg.matrix_power(identity - lr_inner * linreg.hessian(x_support), n_steps)
        b = linreg.adapt(0 * identity[0], x_support, y_support, lr_inner=lr_inner, n_steps=n_steps)
        left = left + a.T @ x_query.T @ x_query @ a
        right = right + a.T @ x_query.T @ (y_query - x_query @ b)
    return torch.linalg.solve(left, right)


def optimum_by_normal_equations_of_the_batch(episodes, *, lr_inner, n_steps=1):
    x_support, y_support, x_query, y_query = episodes
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    inputs = x_query @ linreg.contraction(x_support, **steps)
    b = linreg.adapt(torch.zeros_like(x_support[0, 0]), x_support, y_support, **steps)
    labels = y_query - torch.einsum("bqd,bd->bq", x_query, b)
    left = torch.einsum("bqd,bqe->de", inputs, inputs)
    return torch.linalg.solve(left, torch.einsum("bqd,bq->d", inputs, labels))


def maml_of_the_batch(theta, episodes, *, lr_inner, n_steps=1, lr_outer, n_outer):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    for _ in range(n_outer):
        theta = theta - lr_outer * linreg.meta_gradient(theta, episodes, **steps).mean(0)
    return theta


def maml_by_autograd(theta, episodes, *, lr_inner, n_steps=1, lr_outer, n_outer):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    theta = theta.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([theta], lr=lr_outer)
    for _ in range(n_outer):
        optimizer.zero_grad()
        losses = [linreg.adapted_loss(theta, t, **steps) for t in zip(*episodes, strict=True)]
        torch.stack(losses).mean().backward()
        optimizer.step()
    return theta.detach()


def maml_as_least_squares(theta, episodes, *, lr_inner, n_steps=1, lr_outer, n_outer):
    x, y = linreg.maml_regression(episodes, lr_inner=lr_inner, n_steps=n_steps)
    for _ in range(n_outer):
        theta = theta - lr_outer * linreg.gradient(theta, x, y)
    return theta


def resting_place_task_by_task(episodes, *, lr_inner, n_steps=1):
    left, right = 0, 0
    for x_support, y_support, x_query, y_query in zip(*episodes, strict=True):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        b = linreg.adapt(torch.zeros_like(x_support[0]), x_support, y_support, **steps)
        left = left + x_query.T @ x_query @ linreg.contraction(x_support, **steps)
        right = right + x_query.T @ (y_query - x_query @ b)
    return torch.linalg.solve(left, right)


def resting_place_by_a_newton_step(episodes, *, lr_inner, n_steps=1):
    def mean_gradient(theta):
        adapted = linreg.adapt(theta, *episodes[:2], lr_inner=lr_inner, n_steps=n_steps)
        return linreg.gradient(adapted, *episodes[2:]).mean(0)

    zeros = torch.zeros_like(episodes.x_support[0, 0])
    slopes = torch.func.jacrev(mean_gradient)(zeros)
    return -torch.linalg.solve(slopes, mean_gradient(zeros))


ALTERNATIVES = {
    "maml": (maml_of_the_batch, maml_by_autograd, maml_as_least_squares),
    "first_order_optimum": (resting_place_task_by_task, resting_place_by_a_newton_step),
    "gradient": (gradient_by_autograd, gradient_point_by_point),
    "adapt": (adapt_by_autograd, adapt_recursively),
    "meta_gradient": (meta_gradient_by_autograd, meta_gradient_factor_by_factor),
    "maml_optimum": (optimum_by_normal_equations, optimum_by_normal_equations_of_the_batch),
}


def adapt_without_create_graph(theta, x, y, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        loss = ((x @ theta - y) ** 2).mean()
        (gradient,) = torch.autograd.grad(loss, theta)
        theta = theta - lr_inner * gradient
    return theta


def adapt_through_data(theta, x, y, *, lr_inner, n_steps=1):
    adapted = theta.clone()
    for _ in range(n_steps):
        adapted.data = adapted.data - lr_inner * linreg.gradient(adapted, x, y).data
    return adapted.detach()


def adapt_a_copy(theta, x, y, *, lr_inner, n_steps=1):
    adapted = theta.detach().clone().requires_grad_()
    for _ in range(n_steps):
        (gradient,) = torch.autograd.grad(linreg.loss(adapted, x, y), adapted, create_graph=True)
        adapted = adapted - lr_inner * gradient
    return adapted


def meta_gradient_without_create_graph(theta, episode, *, lr_inner, n_steps=1):
    start = theta.detach().requires_grad_()
    adapted = adapt_without_create_graph(start, *episode[:2], lr_inner=lr_inner, n_steps=n_steps)
    return torch.autograd.grad(linreg.loss(adapted, *episode[2:]), start)[0]


@torch.no_grad()
def adapt_without_a_graph(theta, x, y, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        theta = theta - lr_inner * linreg.gradient(theta, x, y)
    return theta


def adapt_by_backward(theta, x, y, *, lr_inner, n_steps=1):
    theta = theta.detach().clone().requires_grad_()
    for _ in range(n_steps):
        linreg.loss(theta, x, y).backward()
        with torch.no_grad():
            theta -= lr_inner * theta.grad
    return theta


def optimum_of_the_first_task(episodes, *, lr_inner, n_steps=1):
    for x_support, y_support, x_query, y_query in zip(*episodes, strict=True):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        b = linreg.adapt(torch.zeros_like(x_support[0]), x_support, y_support, **steps)
        inputs = x_query @ linreg.contraction(x_support, **steps)
        return torch.linalg.pinv(inputs) @ (y_query - x_query @ b)


def optimum_with_half_the_normal_equations(episodes, *, lr_inner, n_steps=1):
    x_support, y_support, x_query, y_query = episodes
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    b = linreg.adapt(torch.zeros_like(x_support[0, 0]), x_support, y_support, **steps)
    left = x_query.mT @ x_query @ linreg.contraction(x_support, **steps)
    right = linreg.matvec(x_query.mT, y_query - linreg.predict(b, x_query))
    return torch.linalg.solve(left.mean(0), right.mean(0))


def maml_with_the_graph_cut(theta, episodes, *, lr_inner, n_steps=1, lr_outer, n_outer):
    theta = theta.detach().clone().requires_grad_()
    for _ in range(n_outer):
        losses = []
        for x_support, y_support, x_query, y_query in zip(*episodes, strict=True):
            adapted = adapt_without_create_graph(
                theta, x_support, y_support, lr_inner=lr_inner, n_steps=n_steps
            )
            losses.append(linreg.loss(adapted, x_query, y_query))
        (gradient,) = torch.autograd.grad(torch.stack(losses).mean(), theta)
        theta = (theta - lr_outer * gradient).detach().requires_grad_()
    return theta.detach()


def maml_task_after_task(theta, episodes, *, lr_inner, n_steps=1, lr_outer, n_outer):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    for _ in range(n_outer):
        for task in zip(*episodes, strict=True):
            theta = theta - lr_outer * linreg.meta_gradient(theta, task, **steps)
    return theta


def maml_of_the_losses_before(theta, episodes, *, lr_inner, n_steps=1, lr_outer, n_outer):
    for _ in range(n_outer):
        theta = theta - lr_outer * linreg.gradient(theta, *episodes[2:]).mean(0)
    return theta


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("adapt", adapt_without_create_graph, "first-order MAML"),
        ("adapt", adapt_without_a_graph, "no gradient flows back through a step"),
        ("adapt", adapt_by_backward, "unless it is set to zero"),
        ("maml", maml_with_the_graph_cut, "This is first-order MAML"),
        ("maml", maml_task_after_task, "an outer step after every task"),
        ("maml", maml_of_the_losses_before, "This is joint training"),
        ("first_order_optimum", linreg.maml_optimum, "the optimum of exact MAML"),
        ("maml_optimum", optimum_of_the_first_task, "Only the first task counts"),
        ("maml_optimum", optimum_with_half_the_normal_equations, "first-order MAML comes to rest"),
        ("gradient", lambda theta, x, y: x.T @ (y - x @ theta) / len(x), "Two things at once"),
        ("gradient", lambda theta, x, y: (2 * (x @ theta - y) * x.T).mean(), "This is one number"),
        ("adapt", adapt_through_data, "no gradient flows back"),
        ("meta_gradient", meta_gradient_without_create_graph, "This is first-order MAML"),
        ("gradient", lambda theta, x, y: x.T @ (x @ theta - y), "are both missing"),
        ("adapt", adapt_a_copy, "no gradient flows back"),
    ],
)
def test_wrong_answers_as_learners_write_them_are_told_by_name(name, wrong, said):
    report = diagnose(find("EXERCISES", f"linear_regression.{name}"), wrong)
    assert report.state == "failed"
    assert said in str(report)


@pytest.mark.parametrize("name", ["adapt", "meta_gradient", "maml_optimum", "maml"])
def test_the_cases_have_no_step_one_step_and_several(name):
    cases = [chapter.EXERCISES[name].cases(torch.Generator().manual_seed(i)) for i in range(6)]
    n_steps = [case["n_steps"] for case in cases]
    assert 0 in n_steps
    assert sum(n > 1 for n in n_steps) >= 2


def test_a_gradient_that_is_wrong_in_no_known_way_gets_its_numbers_shown():
    exercise = find("EXERCISES", "linear_regression.gradient")
    report = diagnose(exercise, lambda theta, x, y: x.T @ (x @ theta - y) * 3)
    assert {"yours", "needed"} <= {name for name, _ in report.facts}
