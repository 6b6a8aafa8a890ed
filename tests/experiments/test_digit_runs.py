"""The learned optimiser and its rivals on networks for digits."""

import pytest
import torch

from metacourse.experiments import digit_runs as runs
from metacourse.nets import flatten, init_mlp, mlp
from metacourse.tasks.digits import split_digits
from metacourse.trained.learned_optimisers import (
    DIGIT_NETWORK,
    digit_loss,
    learned_run,
    sample_digit_tasks,
)
from metacourse.trained.recipes import load_weights


@pytest.fixture
def tasks(generator):
    return sample_digit_tasks(2, split="test", generator=generator)


@pytest.fixture(scope="module")
def student():
    return load_weights("optimiser")


def test_everybody_trains_the_same_networks_the_learned_one_first(student, tasks):
    found = runs.digit_runs(student, tasks, n_steps=3)
    assert list(found) == ["learned", "SGD", "momentum", "RMSprop", "Adam"]
    for points, losses in found.values():
        assert points.shape == (2, 4, 1510)
        torch.testing.assert_close(points[:, 0], tasks.start)
        torch.testing.assert_close(losses, torch.stack([at(tasks, points, k) for k in range(4)], 1))


def at(tasks, points, step):
    data = zip(points[:, step], tasks.images, tasks.labels, strict=True)
    return torch.stack([digit_loss(*task) for task in data])


def test_half_the_scale_is_half_the_step(student, tasks):
    whole, half = (
        learned_run(runs.with_steps(student, scale), tasks, n_steps=1)[0] for scale in (1.0, 0.5)
    )
    torch.testing.assert_close(half[:, 1] - half[:, 0], (whole[:, 1] - whole[:, 0]) / 2)


@pytest.mark.parametrize("label", runs.OTHER_NETWORKS)
def test_other_networks_have_as_many_weights_as_their_tasks_start_with(label, generator):
    sizes, loss_fn = runs.OTHER_NETWORKS[label]
    tasks = sample_digit_tasks(1, split="test", sizes=sizes, generator=generator)
    loss = loss_fn(tasks.start[0], tasks.images[0], tasks.labels[0])
    assert 1.5 < loss < 3.5  # that of guessing is ln 10


def test_tuning_finds_the_best_of_what_it_tries(student, tasks, monkeypatch):
    monkeypatch.setattr(runs, "SCALES", (1e-3, 1.0))
    how = {"n_steps": 5, "loss_fn": digit_loss}
    assert runs.tuned_scale(student, tasks, **how) == 1.0
    rates = runs.tuned_rates(tasks, **how)
    assert list(rates) == ["SGD", "momentum", "RMSprop", "Adam"]
    assert all(1e-3 <= rate <= 10 for rate in rates.values())


def test_digits_that_a_network_was_trained_on_do_not_count(tasks):
    theta = torch.zeros(2, 1510)
    found = runs.held_out_accuracy(theta, tasks)
    images, labels = split_digits("test").flatten(0, 1), torch.arange(10).repeat_interleave(37)
    for number in range(2):
        own = (images[:, None] == tasks.images[number]).all(-1).any(-1)
        assert own.sum() >= 128
        assert found[number] == pytest.approx((labels[~own] == 0).double().mean())


def test_the_accuracy_is_that_of_the_network(tasks, generator):
    network = init_mlp([64, 20, 10], generator)
    theta = flatten(network).repeat(2, 1)
    images = split_digits("test").flatten(0, 1)
    own = (images[:, None] == tasks.images[0]).all(-1).any(-1)
    labels = torch.arange(10).repeat_interleave(37)
    expected = (mlp(network, images).argmax(-1) == labels)[~own].double().mean()
    assert runs.held_out_accuracy(theta, tasks)[0] == pytest.approx(expected.item())
    assert set(network) == set(DIGIT_NETWORK)


def test_a_sigmoid_network_has_outputs_of_its_two_layers(generator):
    network = init_mlp([3, 4, 2], generator)
    x = torch.rand(5, 3, generator=generator)
    hidden = torch.sigmoid(x @ network["layer0.weight"].T + network["layer0.bias"])
    expected = hidden @ network["layer1.weight"].T + network["layer1.bias"]
    torch.testing.assert_close(runs.sigmoid_network(network, x), expected)
