"""Starts of the robot, chosen and judged."""

import pytest
import torch

from metacourse import reinforcement as rl
from metacourse.experiments import navigation as nav
from metacourse.experiments import wrong_trajectories as wrong
from tests.lstm_problems import assert_same, seeded

THETA = torch.tensor([[-0.5, 0.1, 0.2], [0.0, -0.6, -0.1]]).double()
GOALS = torch.tensor([[0.3, -0.4], [-0.2, 0.1]]).double()


def luck(n=6, seed=0):
    return nav.sample_noise(len(GOALS), n, seeded(seed))


def test_goals_fill_a_square_of_one_metre():
    goals = nav.sample_goals(2000, seeded())
    assert goals.abs().max() < 0.5
    assert goals.abs().amax(0).min() > 0.49


def test_the_goals_of_the_test_are_not_those_that_rates_are_chosen_on():
    assert not torch.isin(nav.unseen_goals(), nav.validation_goals()).any()


@pytest.mark.parametrize("motors", [rl.MOTORS, nav.ALIKE])
def test_who_jumps_is_at_the_goal_after_a_move_but_for_the_noise(motors):
    theta = nav.jump_to(GOALS, motors=motors)
    still = torch.zeros(2, 1, rl.N_MOVES, 2).double()
    states = rl.rollout(theta, GOALS, still, motors=motors).states
    assert_same(states[:, 0, 1], GOALS)
    assert rl.return_gradient(theta, GOALS, motors=motors).abs().max() < 1e-12


def test_a_walk_begins_at_the_origin_and_ends_where_the_last_reward_is_given():
    walk = nav.walks(THETA, GOALS, luck())
    rewards = rl.rollout(THETA, GOALS, luck()).rewards
    assert walk.shape == (2, 6, rl.N_MOVES + 1, 2)
    assert walk[..., 0, :].abs().max() == 0
    distance = (walk[..., -1, :] - GOALS[:, None]).square().sum(-1)
    assert_same(rewards[..., -1], -distance / rl.N_MOVES)


@pytest.mark.parametrize(("rate", "n_steps"), [(0.3, 1), (0.0, 0)])
def test_a_short_training_raises_what_it_is_for(rate, n_steps):
    goals, how = nav.validation_goals(), {"lr_inner": rate, "n_steps": n_steps}
    before, after = (
        nav.after_steps(theta, goals, **how).mean()
        for theta in (nav.small_start(), nav.trained_start(rate, n_outer=60))
    )
    assert after > before + 0.05


def test_training_by_trajectories_raises_the_return_that_it_sees():
    theta, seen = nav.trained_by_trajectories(0.1, 5, n_outer=60)
    assert theta.shape == (2, 3)
    assert len(seen) == 60
    assert sum(seen[-10:]) > sum(seen[:10])


def test_a_start_for_a_rate_keeps_it_and_one_for_none_tries_them_all():
    def after(theta, goals, *, lr_inner):
        return (theta.sum() - (lr_inner - 0.3) ** 2).expand(2)

    one, two = torch.tensor(1.0), torch.tensor(2.0)
    assert nav.best_of({0: one}, after) == (one, 0.3)
    assert nav.best_of({0.1: one, 0.5: two}, after) == (two, 0.5)


def test_what_runs_away_is_not_chosen():
    def after(theta, goals, *, lr_inner):
        return torch.tensor([-1.0, torch.nan if lr_inner > 0.3 else -lr_inner])

    assert nav.best_of({0: THETA}, after).lr_inner == min(nav.RATES)


def test_few_trajectories_make_the_best_step_a_short_one():
    theta, goals = nav.jump_to(torch.zeros(2).double()), nav.unseen_goals()
    careful = nav.after_its_best_step(theta, goals, n=2, rates=5.0).mean()
    assert careful > nav.after_sampled_step(theta, goals, lr_inner=0.5, n=2).mean()
    assert careful > rl.expected_return(theta, goals).mean()


def test_a_return_paid_at_the_end_is_the_same_return_for_every_action():
    rewards = torch.tensor([[1.0, 2.0, 4.0]])
    paid = nav.paid_at_the_end(rewards)
    assert paid.sum() == rewards.sum()
    assert rl.reward_to_go(paid).tolist() == [[7, 7, 7]]


def test_with_both_it_is_reinforce_and_all_kinds_agree_in_the_mean():
    assert_same(nav.estimate(THETA, GOALS, luck()), rl.reinforce(THETA, GOALS, luck()))
    exact = rl.return_gradient(THETA, GOALS)
    for credit in nav.CREDITS:
        many = nav.estimate(THETA, GOALS, luck(40_000), credit)
        assert nav.degrees(many, exact).max() < 10


def test_reward_to_go_and_a_baseline_each_turn_an_estimate_to_the_exact_gradient():
    goals = nav.validation_goals()
    found = {credit: nav.angles(THETA, goals, 20, credit).median() for credit in nav.CREDITS}
    assert found["both"] < min(found["baseline"], found["reward to go"])
    assert found["neither"] > max(found["baseline"], found["reward to go"])


def test_angles_are_degrees():
    exact = torch.tensor([[1.0, 0, 0], [0, 0, 0]])
    turned = torch.tensor([[0.0, 0, 0], [0, 2, 0]])
    assert nav.degrees(exact, exact).item() == pytest.approx(0, abs=0.05)
    assert nav.degrees(turned, exact).item() == pytest.approx(90)


# wrong on purpose --------------------------------------------------------------------------------


def test_the_objective_with_the_full_step_is_the_kernel():
    theta = THETA.clone().requires_grad_()
    found = wrong.objective_with(theta, GOALS, luck(), luck(seed=1), lr_inner=0.1)
    expected = rl.maml_rl_objective(theta, GOALS, luck(), luck(seed=1), lr_inner=0.1)
    assert_same(found.detach(), expected.detach())
    (gradient,) = torch.autograd.grad(found, theta)
    assert_same(gradient, torch.autograd.grad(expected, theta)[0])


@pytest.mark.parametrize("name", list(wrong.OBJECTIVES)[1:])
def test_every_mistake_has_another_gradient(name):
    theta = THETA.clone().requires_grad_()
    gradients = [
        torch.autograd.grad(
            wrong.OBJECTIVES[each](theta, GOALS, luck(), luck(seed=1), lr_inner=0.1), theta
        )[0]
        for each in ("right", name)
    ]
    assert not torch.allclose(*gradients, rtol=1e-3)


@pytest.mark.parametrize("step", [wrong.without_the_choice, wrong.fixed_step])
def test_a_step_that_forgets_something_has_the_same_numbers(step):
    theta = THETA.expand(2, 2, 3)
    seen = rl.rollout(theta, GOALS, luck())
    assert_same(step(theta, seen), wrong.full_step(theta, seen))


def test_a_step_without_a_baseline_is_plain_reinforce():
    theta = THETA.expand(2, 2, 3)
    seen = rl.rollout(theta, GOALS, luck())
    expected = rl.policy_gradient(rl.scores(theta, *seen[:2]), seen.rewards)
    assert_same(wrong.no_baseline_step(theta, seen), expected)
