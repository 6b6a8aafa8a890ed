"""Tasks of two classes, and what is fitted to each of them."""

import pytest
import torch

from metacourse.experiments import two_classes
from metacourse.experiments.two_classes import DATA, RIVALS, accuracy, by_fitting, surprise, tasks
from metacourse.tasks.functions import linear_functions
from metacourse.trained.recipes import load_weights
from metacourse.transformer import init_transformer


@pytest.mark.parametrize("name", DATA)
def test_a_task_has_both_classes_and_other_points_as_queries(name):
    found = tasks(name, 20, 3, seed=0)
    assert len(found) == 3
    for x, y, x_query, y_query in found:
        assert x.shape == (20, 2)
        assert y.unique().tolist() == [0, 1]
        assert len(x_query) == len(y_query) >= 30
        assert x.dtype == torch.float32
        assert y.dtype == torch.int64


@pytest.mark.parametrize("name", ["moons", "wine"])
def test_inputs_are_standardised_by_the_points_that_are_told(name):
    (task,) = tasks(name, 20, 1, seed=0)
    torch.testing.assert_close(task.x_support.mean(0), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        task.x_support.std(0, correction=0), torch.ones(2), atol=1e-3, rtol=0
    )


def test_the_seed_decides_the_tasks():
    first, again, other = (tasks("iris", 20, 1, seed=seed)[0] for seed in (0, 0, 1))
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first.x_support, other.x_support)


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_separates_what_is_far_apart(name):
    x = torch.cat([torch.randn(6, 2) - 8, torch.randn(6, 2) + 8])
    y = torch.arange(12) // 6
    task = two_classes.Episode(x, y, x + 0.1, y)
    assert accuracy(by_fitting(RIVALS[name], task), task) == 1


@pytest.mark.parametrize("name", RIVALS)
def test_one_point_of_a_class_is_enough_for_an_answer(name):
    x = torch.randn(10, 2, generator=torch.Generator().manual_seed(0))
    y = torch.tensor([1] + [0] * 9)
    chances = by_fitting(RIVALS[name], two_classes.Episode(x, y, x, y))
    assert ((chances >= 0) & (chances <= 1)).all()


def test_accuracy_and_surprise_of_known_chances():
    task = two_classes.Episode(None, None, None, torch.tensor([1, 0, 1, 1]))
    chances = torch.tensor([0.9, 0.2, 0.4, 1.0])
    assert accuracy(chances, task) == 0.75
    said = torch.tensor([0.9, 0.8, 0.4, 0.999]).log()
    assert surprise(chances, task) == pytest.approx(-said.mean().item(), rel=1e-5)


def test_a_network_gains_nothing_over_itself():
    params = init_transformer(2, 2, 16, 1, torch.Generator().manual_seed(0))
    assert two_classes.gain(params, params, "moons", seed=0) == (0.0, 0.0)


def test_a_network_that_knows_the_task_gains_over_one_that_knows_nothing():
    known = load_weights("prior_fitted")
    nothing = known | {"head": torch.zeros_like(known["head"])}
    mean, half_width = two_classes.gain(known, nothing, "moons", seed=0)
    assert mean > half_width > 0


def test_a_short_training_on_lines_knows_lines_better_than_its_start():
    networks = [two_classes.trained_on(linear_functions, n_steps=n) for n in (1, 60)]
    mean, half_width = two_classes.gain(*networks[::-1], "lines", seed=0)
    assert mean > half_width
