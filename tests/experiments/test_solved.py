"""experiments.solved: inner loops that are solved instead of walked."""

from functools import partial

import pytest
import torch
from torch.func import grad, jacrev

from metacourse.episodes import Episode
from metacourse.experiments import solved
from metacourse.experiments.sinusoids import first_weights, mse
from metacourse.nets import flatten, init_mlp, unflatten
from metacourse.tasks.sinusoids import sample_sinusoids


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def tasks():
    return sample_sinusoids(4, n_shot=10, n_query=7, generator=seeded())


@pytest.fixture
def params():
    return {name: value.double() for name, value in solved.head_start().items()}


def doubled(tasks):
    return Episode(*(part.double() for part in tasks))


def test_features_are_the_hidden_units_and_a_one(tasks):
    network = first_weights()
    features = solved.features(network, tasks.x_support[0])
    assert features.shape == (10, 41)
    assert torch.equal(features[:, -1], torch.ones(10))
    answers = features[:, :-1] @ network["layer2.weight"].T + network["layer2.bias"]
    whole = mse(network, tasks.x_support[0], answers)
    torch.testing.assert_close(whole, torch.tensor(0.0), atol=1e-10, rtol=0)


def test_each_task_has_the_head_of_least_penalised_squares(params, tasks):
    x, y, x_query, y_query = (part[2].double() for part in tasks)
    features = solved.features(params, x)
    weight = (10 * params[solved.PENALTY].exp()).sqrt()  # as rows that pull the head to 0
    rows = torch.cat([features, weight * torch.eye(41).double()])
    head = torch.linalg.lstsq(rows, torch.cat([y, torch.zeros(41, 1).double()])).solution
    expected = (solved.features(params, x_query) @ head - y_query).square().mean()
    torch.testing.assert_close(solved.head_losses(params, doubled(tasks))[2], expected)


def test_the_gradient_through_the_solved_head_agrees_with_finite_differences(params, tasks):
    objective = partial(solved.head_objective, tasks=doubled(tasks))
    found = grad(objective)(params)
    for name, place in ((solved.PENALTY, ()), ("layer1.bias", (3,)), ("layer0.weight", (7, 0))):
        up, down = ({n: value.clone() for n, value in params.items()} for _ in range(2))
        up[name][place] += 1e-6
        down[name][place] -= 1e-6
        difference = (objective(up) - objective(down)) / 2e-6
        torch.testing.assert_close(found[name][place], difference, rtol=1e-5, atol=1e-8)


def test_another_networks_body_gets_the_best_of_the_penalties(tasks):
    body = solved.body_of(first_weights())
    chosen = solved.with_best_penalty(first_weights(), tasks)
    assert chosen.keys() - {solved.PENALTY} == body.keys()
    loss = solved.head_losses(chosen, tasks).mean()
    for log_penalty in torch.linspace(-12, 2, 25):
        assert loss <= solved.head_losses(body | {solved.PENALTY: log_penalty}, tasks).mean()


@pytest.fixture
def small():
    """A network of 16 numbers, and a spring that is stiff enough for 50 steps to arrive."""
    return {name: value.double() for name, value in init_mlp([1, 5, 1], seeded(1)).items()}


def test_the_gradient_on_a_spring_is_that_of_implicit_maml(small, tasks, monkeypatch):
    monkeypatch.setattr(solved, "SPRING", 20.0)
    monkeypatch.setattr(solved, "WALK", {"lr_inner": 0.02, "n_steps": 300})
    x, y, x_query, y_query = (part[0].double() for part in tasks)
    losses, gradients = solved.spring_losses(small, doubled(tasks))
    theta = flatten(small)

    def support_loss(phi):
        return mse(unflatten(phi, small), x, y)

    phi = theta
    for _ in range(300):
        phi = phi - 0.02 * (grad(support_loss)(phi) + 20 * (phi - theta))
    query_gradient = grad(lambda phi: mse(unflatten(phi, small), x_query, y_query))(phi)
    curvature = jacrev(grad(support_loss))(phi) + 20 * torch.eye(len(theta)).double()
    torch.testing.assert_close(gradients[0], 20 * torch.linalg.solve(curvature, query_gradient))
    torch.testing.assert_close(losses[0], mse(unflatten(phi, small), x_query, y_query))


def test_the_objective_on_a_spring_has_the_mean_loss_and_the_mean_gradient(small, tasks):
    losses, gradients = solved.spring_losses(small, doubled(tasks))
    objective = partial(solved.spring_objective, tasks=doubled(tasks))
    torch.testing.assert_close(objective(small), losses.mean())
    torch.testing.assert_close(flatten(grad(objective)(small)), gradients.mean(0))
