"""The learners of waves: what they are trained by, and what is measured of them."""

import pytest
import torch

from metacourse.episodes import Episode
from metacourse.experiments import waves
from metacourse.lstm import init_lstm, memory_states
from metacourse.maml import losses_by_step
from metacourse.nets import init_mlp
from metacourse.trained.recipes import load_weights
from metacourse.training import learn


@pytest.fixture
def tasks():
    return waves.held_out_waves("as in training", n_tasks=6)


def test_held_out_waves_are_the_same_for_a_seed_and_others_outside_the_family():
    one, same, other = (
        waves.held_out_waves(family, n_tasks=4)
        for family in ("as in training", "as in training", "both")
    )
    assert torch.equal(one.y_query, same.y_query)
    assert other.y_query.abs().max() > 5 > one.y_query.abs().max()


def test_to_answer_0_leaves_all_of_its_loss(tasks):
    nothing = tasks.y_query.square().mean(dim=(1, 2))
    assert waves.share_of_nothing(nothing, tasks) == pytest.approx(1)
    assert waves.share_of_nothing(nothing / 4, tasks) == pytest.approx(0.25)


def test_a_wave_that_ran_away_counts_as_worse_than_all_others():
    tasks = waves.held_out_waves("as in training", n_tasks=3)
    of_zero = tasks.y_query.square().mean(dim=(1, 2))
    losses = torch.tensor([0.1, 0.3, torch.nan]) * of_zero
    assert waves.share_of_nothing(losses, tasks) == pytest.approx(0.3)


def test_the_median_of_an_even_number_of_tasks_is_between_the_two_in_the_middle():
    tasks = waves.held_out_waves("as in training", n_tasks=2)
    of_zero = tasks.y_query.square().mean(dim=(1, 2))
    assert waves.share_of_nothing(torch.tensor([0.0, 1.0]) * of_zero, tasks) == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["MAML", "Meta-SGD"])
def test_gradient_learners_take_their_steps_from_their_start_with_their_rates(tasks, name):
    params = waves.new_start(seed=1)
    params |= {key: 2 * p for key, p in params.items() if key.startswith("rate.")}
    theta = init_mlp([1, 40, 40, 1], torch.Generator().manual_seed(1))
    rates = [2 * waves.LR_INNER] * waves.TEST_STEPS[name]
    one = Episode(*(part[3] for part in tasks))
    expected = losses_by_step(waves.squared_error, theta, one, rates=rates)[-1]
    torch.testing.assert_close(waves.errors_of(name, params, tasks)[3], expected)


def test_only_meta_sgd_learns_its_rates(generator):
    start = {key: p.requires_grad_() for key, p in waves.new_start().items()}
    for name, learned in ("MAML", False), ("Meta-SGD", True):
        waves.LEARNERS[name][1](start, generator).backward()
        rates = [p for key, p in start.items() if key.startswith("rate.")]
        assert all((p.grad is not None) == learned for p in rates)


def test_a_memory_that_always_says_0_has_the_loss_of_answering_0(tasks):
    zero = {name: torch.zeros_like(p) for name, p in init_lstm(2, 4, 1, torch.Generator()).items()}
    errors = waves.memory_errors(zero, tasks)
    assert errors.shape == (6, 11)
    torch.testing.assert_close(errors[:, 10], tasks.y_query.square().mean(dim=(1, 2)))
    torch.testing.assert_close(waves.errors_of("memory", zero, tasks), errors[:, -1])


def test_a_memory_is_far_worse_outside_its_family_than_in_it():
    shares = {}
    for family in ("as in training", "phases π to 2π"):
        tasks = waves.held_out_waves(family, n_tasks=200)
        losses = waves.errors_of("memory", load_weights("sinusoids"), tasks)
        shares[family] = waves.share_of_nothing(losses, tasks)
    assert shares["as in training"] < 0.02
    assert shares["phases π to 2π"] > 0.5


def test_a_learner_is_trained_with_a_start_and_draws_of_its_seed(monkeypatch):
    monkeypatch.setattr(waves, "N_STEPS", {"quick": 1})
    one, same, other = (waves.trained("MAML", seed=seed) for seed in (1, 1, 2))
    name = "start.layer0.weight"
    assert torch.equal(one[name], same[name])
    assert not torch.equal(one[name], other[name])


def test_a_short_training_brings_the_loss_down(generator):
    result = learn(waves.memory_loss, waves.new_memory(), lr=0.03, n_steps=12)
    assert sum(result.losses[-3:]) < sum(result.losses[:3])
    assert not result.stopped


@pytest.mark.parametrize(("name", "first"), [("memory", 0), ("MAML", 3)])
def test_errors_by_points_are_those_after_so_many_points(tasks, name, first):
    params = waves.LEARNERS[name][0](0)
    found = waves.errors_by_points(name, params, tasks)
    assert list(found) == list(range(first, 11))
    few = tasks._replace(x_support=tasks.x_support[:, :4], y_support=tasks.y_support[:, :4])
    torch.testing.assert_close(found[4], waves.errors_of(name, params, few))
    torch.testing.assert_close(found[10], waves.errors_of(name, params, tasks))


def test_an_error_from_the_state_after_all_points_is_that_of_the_memory(tasks):
    params = waves.new_memory()
    h, c = (part[:, -1] for part in memory_states(params, *tasks[:2]))
    expected = waves.memory_errors(params, tasks)[:, -1].mean().item()
    assert waves.error_with(params, h, c, tasks) == pytest.approx(expected, rel=1e-4)
    assert waves.error_with(params, 0 * h, c, tasks) != pytest.approx(expected, rel=1e-4)
