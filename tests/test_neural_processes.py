"""A conditional neural process, in float64."""

import math

import pytest
import torch
from torch.func import grad, vmap

from metacourse.nets import mlp
from metacourse.neural_processes import STD_FLOOR, cnp_loss, cnp_predict, init_cnp


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def params():
    drawn = init_cnp(2, 5, torch.Generator().manual_seed(1))
    return {name: value.double() for name, value in drawn.items()}


@pytest.fixture
def task():
    """Six points of two inputs, and four queries with their labels."""
    return normal(6, 2, seed=3), normal(6, seed=4), normal(4, 2, seed=5), normal(4, seed=6)


def part(params, name):
    return {n.removeprefix(name): value for n, value in params.items() if n.startswith(name)}


def test_each_point_is_read_with_its_label_and_each_query_answered_from_the_mean(params, task):
    x, y, x_query, _ = task
    read = [mlp(part(params, "encoder."), torch.cat([x[i], y[i : i + 1]])) for i in range(6)]
    mean, std = cnp_predict(params, x, y, x_query)
    for j in range(4):
        asked = torch.cat([sum(read) / 6, x_query[j]])
        m, s = mlp(part(params, "decoder."), asked)
        torch.testing.assert_close(mean[j], m)
        torch.testing.assert_close(std[j], math.log(1 + s.exp()) + torch.tensor(STD_FLOOR).double())


def test_the_order_of_the_points_does_not_matter(params, task):
    x, y, x_query, _ = task
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    found = cnp_predict(params, x[order], y[order], x_query)
    torch.testing.assert_close(found, cnp_predict(params, x, y, x_query))


def test_points_told_twice_say_no_more_than_once(params, task):
    """It reads a mean, not a sum: so it cannot count its evidence, as a posterior does."""
    x, y, x_query, _ = task
    twice = cnp_predict(params, torch.cat([x, x]), torch.cat([y, y]), x_query)
    torch.testing.assert_close(twice, cnp_predict(params, x, y, x_query))


def test_a_query_is_answered_alike_whoever_else_asks(params, task):
    x, y, x_query, _ = task
    alone = cnp_predict(params, x, y, x_query[2:3])
    together = cnp_predict(params, x, y, x_query)
    torch.testing.assert_close(alone[0][0], together[0][2])
    torch.testing.assert_close(alone[1][0], together[1][2])


def test_a_batch_of_tasks_is_vmap_of_one(params):
    tasks = normal(3, 6, 2, seed=11), normal(3, 6, seed=12), normal(3, 4, 2, seed=13)
    found = cnp_predict(params, *tasks)
    alone = vmap(lambda *task: cnp_predict(params, *task))(*tasks)
    torch.testing.assert_close(found, alone)


def test_the_loss_is_minus_the_mean_log_likelihood(params, task):
    mean, std = cnp_predict(params, *task[:3])
    expected = -torch.distributions.Normal(mean, std).log_prob(task[3]).mean()
    torch.testing.assert_close(cnp_loss(params, *task), expected)


@pytest.mark.parametrize("name", ["encoder.layer0.weight", "decoder.layer1.bias"])
def test_its_gradient_agrees_with_finite_differences(params, task, name):
    place = (1,) if name.endswith("bias") else (1, 2)
    up, down = ({n: value.clone() for n, value in params.items()} for _ in range(2))
    up[name][place] += 1e-6
    down[name][place] -= 1e-6
    difference = (cnp_loss(up, *task) - cnp_loss(down, *task)) / 2e-6
    found = grad(cnp_loss)(params, *task)[name][place]
    torch.testing.assert_close(found, difference, rtol=1e-6, atol=1e-8)


def test_the_standard_deviation_never_falls_below_its_floor(params, task):
    sure = params | {"decoder.layer2.bias": torch.tensor([0.0, -1e3]).double()}
    _, std = cnp_predict(sure, *task[:3])
    torch.testing.assert_close(std, torch.full((4,), STD_FLOOR).double())


@pytest.mark.parametrize("n_labels", [0, 5])
def test_every_point_has_one_label(params, task, n_labels):
    x, y, x_query, _ = task
    with pytest.raises(ValueError, match="y_support must have one value per point, S ≥ 1"):
        cnp_predict(params, x[:0] if n_labels == 0 else x, y[:n_labels], x_query)


def test_queries_have_as_many_inputs_as_points(params, task):
    x, y, x_query, _ = task
    with pytest.raises(ValueError, match="x_support and x_query must agree in D"):
        cnp_predict(params, x, y, x_query[:, :1])
