"""experiments.replay: sinusoids in the order of their phases, and plans of which to train on."""

import pytest
import torch
from torch.func import grad

from metacourse.episodes import Episode
from metacourse.experiments import replay
from metacourse.experiments.sinusoids import maml_objective

N_ROUNDS, N_STREAMS = 6, 3


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def tasks():
    return replay.in_order(N_STREAMS, seeded(), n_rounds=N_ROUNDS)


@pytest.fixture(scope="module")
def params():
    return replay.starts(N_STREAMS)


def test_the_phases_of_a_stream_go_from_0_to_pi(tasks):
    """y = A sin(x + φ) = A (sin x cos φ + cos x sin φ), fitted to each task."""
    x, y = (torch.cat([part, more], dim=2).double() for part, more in (tasks[::2], tasks[1::2]))
    weights = torch.linalg.lstsq(torch.cat([x.sin(), x.cos()], dim=3), y).solution[..., 0]
    slices = torch.atan2(weights[..., 1], weights[..., 0]) / torch.pi * N_ROUNDS
    assert torch.equal(slices.floor().long(), torch.arange(N_ROUNDS).expand(N_STREAMS, -1))


@pytest.mark.parametrize("name", replay.plans(1))
def test_every_plan_has_ten_steps_a_task_of_one_task_each(name):
    assert replay.plans(2)[name].shape == (2, 10 * replay.N_ROUNDS)


def test_without_replay_a_task_never_comes_again():
    plan = replay.current_only(n_rounds=3)
    assert plan.tolist() == [0] * 10 + [1] * 10 + [2] * 10


@pytest.mark.parametrize("size", [2, 100])
def test_with_replay_every_second_step_goes_back_to_a_task_of_the_past(size):
    plan = replay.with_replay(size, seeded(), n_rounds=50).view(50, 10)
    t = torch.arange(50)[:, None]
    assert (plan[:, 0::2] == t).all()
    assert (plan[1:, 1::2] < t[1:]).all()
    assert (plan >= 0).all()
    assert max(len(set(row[1::2].tolist())) for row in plan) == min(size, 5)


def test_shuffled_steps_are_the_same_ones():
    shuffled, plan = replay.shuffled(seeded(), n_rounds=4), replay.current_only(n_rounds=4)
    assert torch.equal(shuffled.sort().values, plan)
    assert not torch.equal(shuffled, plan)


def test_a_step_is_adams_down_mamls_objective_on_the_planned_task(tasks, params):
    plan = torch.full((N_STREAMS, 1), 4)
    trained = replay.train(maml_objective, params, tasks, plan, lr_outer=0.01)
    one = {name: value[1] for name, value in params.items()}
    slope = grad(maml_objective)(one, Episode(*(part[1, 4:5] for part in tasks)))
    for name, before in one.items():  # the first step of Adam has the length of its rate
        expected = before - 0.01 * slope[name] / (slope[name].abs() + 1e-8)
        torch.testing.assert_close(trained[name][1], expected, atol=1e-6, rtol=1e-4)


def test_streams_do_not_touch_each_other(tasks, params):
    plan = replay.current_only(n_rounds=2).expand(N_STREAMS, -1)
    how = {"lr_outer": 0.003}
    together = replay.train(maml_objective, params, tasks, plan, **how)
    first = {name: value[:1] for name, value in params.items()}
    alone = replay.train(maml_objective, first, Episode(*(p[:1] for p in tasks)), plan[:1], **how)
    for name, value in alone.items():
        torch.testing.assert_close(together[name][:1], value, atol=1e-5, rtol=1e-4)


def test_training_leaves_the_start_as_it_was(tasks, params):
    before = {name: value.clone() for name, value in params.items()}
    plan = torch.zeros(N_STREAMS, 2, dtype=torch.int64)
    replay.train(replay.joint_objective, params, tasks, plan, lr_outer=0.01)
    assert all(torch.equal(params[name], value) for name, value in before.items())


def test_errors_are_a_mean_over_new_tasks_for_each_stream(params):
    errors = replay.errors(params, replay.PARTS["the first fifth"], n_tasks=5)
    assert errors.shape == (N_STREAMS,)
    assert not errors.isnan().any()
