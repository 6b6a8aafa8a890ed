"""Policy gradients and MAML-RL against closed forms, finite differences and many trials."""

import pytest
import torch
from torch.autograd import gradcheck
from torch.func import grad, jacrev, vmap

from metacourse import reinforcement as rl
from tests.lstm_problems import assert_same, randn, seeded

GOAL = torch.tensor([0.3, -0.4]).double()
ALIKE = 1.0, 1.0
STRENGTH = torch.tensor(rl.MOTORS, dtype=torch.float64)


def some_theta(*axes, seed=0):
    """A policy that goes back more or less, so that it does not run away."""
    back = torch.tensor([[-0.5, 0.0, 0.0], [0.0, -0.5, 0.0]]).double()
    return back + 0.2 * randn(*axes, 2, 3, seed=seed)


def jump(goal, motors=rl.MOTORS):
    """From anywhere to the goal in one move."""
    towards = torch.cat([-torch.eye(2).double(), goal[:, None]], dim=1)
    return towards / torch.tensor(motors, dtype=torch.float64)[:, None]


def noise(*axes, n=4, seed=1):
    return randn(*axes, n, rl.N_MOVES, 2, seed=seed)


def within(found, expected, *, errors=4):
    """Whether a mean over the first axis is as near as so many standard errors."""
    standard_error = found.std(0) / len(found) ** 0.5
    return bool(((found.mean(0) - expected).abs() <= errors * standard_error).all())


# exact -------------------------------------------------------------------------------------------


def test_the_expected_return_is_the_mean_of_a_million_sampled_ones():
    theta, goal = some_theta().float(), GOAL.float()
    parts = []
    for seed in range(4):
        shape = 250_000, rl.N_MOVES, 2
        luck = torch.randn(shape, generator=seeded(seed))
        parts.append(rl.rollout(theta, goal, luck).rewards.sum(-1))
    assert within(torch.cat(parts).double(), rl.expected_return(theta.double(), GOAL))


def test_who_stays_is_as_far_as_the_goal_and_spreads_with_every_move():
    spread = rl.STD**2 * sum(d**2 for d in rl.MOTORS) * (rl.N_MOVES + 1) / 2
    expected = -GOAL.square().sum() - spread
    assert_same(rl.expected_return(torch.zeros(2, 3).double(), GOAL), expected)


def test_who_jumps_to_the_goal_has_only_the_noise_of_one_move_and_cannot_do_better():
    expected = -(rl.STD**2) * sum(d**2 for d in rl.MOTORS)
    assert rl.expected_return(jump(GOAL), GOAL).item() == pytest.approx(expected, rel=1e-12)
    assert rl.return_gradient(jump(GOAL), GOAL).abs().max() < 1e-12


def test_its_gradient_passes_finite_differences():
    theta, step = some_theta(), 1e-6
    found = rl.return_gradient(theta, GOAL)
    for row, column in [(0, 0), (0, 2), (1, 1), (1, 2)]:
        nudge = torch.zeros(2, 3).double()
        nudge[row, column] = step
        up, down = (rl.expected_return(theta + way * nudge, GOAL) for way in (1, -1))
        assert found[row, column].item() == pytest.approx(((up - down) / (2 * step)).item(), 1e-6)


def test_it_is_what_autograd_says():
    theta = some_theta().requires_grad_()
    (expected,) = torch.autograd.grad(rl.expected_return(theta, GOAL), theta)
    assert_same(rl.return_gradient(theta.detach(), GOAL), expected)


def test_with_motors_alike_one_step_of_rate_a_half_from_the_best_joint_start_is_perfect():
    start = jump(torch.zeros(2).double(), ALIKE)
    adapted = rl.adapt(start, GOAL, lr_inner=0.5, motors=ALIKE)
    torch.testing.assert_close(adapted, jump(GOAL, ALIKE), rtol=0, atol=1e-12)


def test_with_a_weak_motor_that_step_leaves_most_of_the_way_in_its_direction():
    start = jump(torch.zeros(2).double())
    arrived = rl.adapt(start, GOAL, lr_inner=0.5)[:, 2] * STRENGTH
    torch.testing.assert_close(arrived / GOAL, torch.tensor([1.0, 0.3**2]).double())


def test_with_a_rate_for_each_motor_the_inverse_of_its_curvature_it_is_perfect_again():
    start = jump(torch.zeros(2).double())
    adapted = rl.adapt(start, GOAL, lr_inner=0.5 / STRENGTH[:, None] ** 2)
    torch.testing.assert_close(adapted, jump(GOAL), rtol=0, atol=1e-12)


def test_steps_are_taken_one_after_the_other_uphill():
    theta = some_theta()
    by_hand = theta
    for _ in range(3):
        by_hand = by_hand + 0.05 * rl.return_gradient(by_hand, GOAL)
    assert_same(rl.adapt(theta, GOAL, lr_inner=0.05, n_steps=3), by_hand)
    returns = [
        rl.expected_return(rl.adapt(theta, GOAL, lr_inner=0.01, n_steps=k), GOAL) for k in range(4)
    ]
    assert returns == sorted(returns)


@pytest.mark.parametrize("n_steps", [1, 2])
def test_the_meta_gradient_goes_through_the_steps(n_steps):
    goals = 0.5 * randn(3, 2)

    def value(theta):
        return rl.maml_rl_return(theta, goals, lr_inner=0.1, n_steps=n_steps)

    assert gradcheck(value, [some_theta().requires_grad_()])


# sampled -----------------------------------------------------------------------------------------


def test_each_move_is_the_action_by_the_strength_of_the_motors():
    states, actions, rewards = rl.rollout(some_theta(), GOAL, noise())
    moves = actions * STRENGTH
    assert torch.equal(states[:, 0], torch.zeros(4, 2).double())
    assert_same(states[:, 1:], (states + moves)[:, :-1])
    assert_same(rewards, -(states + moves - GOAL).square().sum(-1) / rl.N_MOVES)


def test_actions_are_what_the_policy_says_and_noise():
    theta, luck = some_theta(), noise()
    states, actions, _ = rl.rollout(theta, GOAL, luck)
    for place, action, chance in zip(states[0], actions[0], luck[0], strict=True):
        said = theta[:, :2] @ place + theta[:, 2]
        assert_same(action, said + rl.STD * chance)


def test_what_happened_has_no_gradient():
    trajectories = rl.rollout(some_theta().requires_grad_(), GOAL, noise())
    assert not any(part.requires_grad for part in trajectories)


def test_log_probabilities_are_those_of_torch():
    theta = some_theta()
    states, actions, _ = rl.rollout(theta, GOAL, noise())
    normal = torch.distributions.Normal(states @ theta[:, :2].T + theta[:, 2], rl.STD)
    assert_same(rl.log_prob(theta, states, actions), normal.log_prob(actions).sum(-1))


def test_scores_are_the_gradients_of_log_probabilities():
    theta = some_theta()
    states, actions, _ = rl.rollout(theta, GOAL, noise(n=2))
    found = rl.scores(theta, states, actions)
    other = some_theta(seed=5)
    for i, t in [(0, 0), (0, 3), (1, 9)]:
        expected = grad(lambda each, i=i, t=t: rl.log_prob(each, states, actions)[i, t])(theta)
        assert_same(found[i, t], expected)
    assert not torch.allclose(rl.scores(other, states, actions), found)


def test_the_reward_to_go_is_what_still_comes():
    assert rl.reward_to_go(torch.tensor([1.0, 2.0, 4.0])).tolist() == [7, 6, 4]


def test_the_baseline_of_a_trajectory_is_the_mean_of_the_others():
    rewards = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 6.0]])  # to go: 3 2, 3 0, 6 6
    expected = [[4.5, 3], [4.5, 4], [3, 1]]
    assert rl.mean_of_the_others(rewards).tolist() == expected


def test_by_hand_an_action_answers_for_what_comes_after_it():
    scores = torch.tensor([[[[1.0]], [[10.0]]], [[[3.0]], [[-1.0]]]])  # two trajectories of two
    rewards = torch.tensor([[1.0, 2.0], [0.0, 4.0]])
    assert rl.policy_gradient(scores, rewards).item() == (1 * 3 + 10 * 2 + 3 * 4 - 1 * 4) / 2
    assert rl.policy_gradient(scores, rewards, 1.0).item() == (1 * 2 + 10 + 3 * 3 - 1 * 3) / 2


def estimates(n, n_estimates, seed=1):
    theta = some_theta()
    found = rl.reinforce(theta, GOAL, noise(n_estimates, n=n, seed=seed))
    return found, rl.return_gradient(theta, GOAL)


@pytest.mark.parametrize("n", [2, 5])
def test_reinforce_is_unbiased(n):
    found, exact = estimates(n, 20_000)
    assert within(found, exact)


def test_without_a_baseline_it_is_unbiased_and_noisier():
    theta = some_theta()
    states, actions, rewards = rl.rollout(theta, GOAL, noise(20_000, n=2))
    plain = rl.policy_gradient(rl.scores(theta, states, actions), rewards)
    found, exact = estimates(2, 20_000)
    assert within(plain, exact)
    assert (plain.var(0) > found.var(0)).all()


def test_its_variance_falls_as_one_over_the_number_of_trajectories():
    few, many = (estimates(n, 4000)[0].var(0).sum() for n in (10, 40))
    assert (few / many).item() == pytest.approx(4, rel=0.2)


# MAML-RL, sampled --------------------------------------------------------------------------------

GOALS = torch.tensor([[0.3, -0.4], [-0.2, 0.1], [0.5, 0.5]]).double()


def objective(theta, before, after, lr_inner=0.05):
    return rl.maml_rl_objective(theta, GOALS, before, after, lr_inner=lr_inner)


def test_its_value_is_the_return_of_new_trajectories_after_the_step():
    theta, before, after = some_theta(), noise(3, n=5), noise(3, n=7, seed=2)
    adapted = theta + 0.05 * rl.reinforce(theta, GOALS, before)
    expected = rl.rollout(adapted, GOALS, after).rewards.sum(-1).mean()
    assert_same(objective(theta, before, after), expected)


def test_its_gradient_is_that_of_the_new_trajectories_where_the_step_is_a_fixed_one():
    theta, before, after = some_theta(), noise(3, n=5), noise(3, n=7, seed=2)
    found = grad(lambda each: objective(each, before, after, lr_inner=0.0))(theta)
    assert_same(found, rl.reinforce(theta, GOALS, after).mean(0))


def test_the_surrogate_has_the_value_of_the_return_and_the_gradient_of_reinforce():
    theta = some_theta()
    seen = rl.rollout(theta, GOALS, noise(3))
    found = [grad(lambda each, i=i: rl.surrogate(each, seen)[i])(theta) for i in range(3)]
    assert_same(torch.stack(found), rl.reinforce(theta, GOALS, noise(3)))
    assert_same(rl.surrogate(theta, seen), seen.rewards.sum(-1).mean(-1))


def test_its_second_derivatives_are_unbiased_too():
    theta, n_estimates = some_theta(), 4000
    seen = rl.rollout(theta, GOAL, noise(n_estimates, n=5))
    exact = jacrev(lambda each: rl.return_gradient(each, GOAL))(theta)

    def curvature(*of_one):
        seen = rl.Trajectories(*of_one)
        return jacrev(grad(lambda each: rl.surrogate(each, seen)))(theta)

    assert within(vmap(curvature, chunk_size=500)(*seen), exact, errors=5)


def test_with_many_trajectories_its_gradient_is_the_exact_one():
    theta = torch.tensor([[-0.2, 0.05, 0.1], [0.0, -0.2, -0.1]]).double()
    exact = grad(lambda each: rl.maml_rl_return(each, GOALS, lr_inner=0.1))(theta)
    luck = noise(3, n=20_000), noise(3, n=20_000, seed=2)
    found = grad(lambda each: objective(each, *luck, lr_inner=0.1))(theta)
    assert ((found - exact).norm() / exact.norm()).item() < 0.1


# batches, devices, shapes ------------------------------------------------------------------------


def test_a_batch_is_a_loop_and_vmap():
    thetas, luck = some_theta(3), noise(3)
    for function, parts in (
        (rl.expected_return, (thetas, GOALS)),
        (rl.return_gradient, (thetas, GOALS)),
        (rl.reinforce, (thetas, GOALS, luck)),
        (
            lambda theta, *seen: rl.surrogate(theta, rl.Trajectories(*seen)),
            (thetas, *rl.rollout(thetas, GOALS, luck)),
        ),
    ):
        together = function(*parts)
        assert_same(together, torch.stack([*map(function, *parts)]))
        assert_same(together, vmap(function)(*parts))


def test_one_policy_is_tried_on_many_goals():
    theta, luck = some_theta(), noise(3)
    assert_same(
        rl.expected_return(theta, GOALS),
        torch.stack([rl.expected_return(theta, goal) for goal in GOALS]),
    )
    assert_same(
        rl.reinforce(theta, GOALS, luck),
        torch.stack([rl.reinforce(theta, *each) for each in zip(GOALS, luck, strict=True)]),
    )


def test_on_the_cuda_device_the_numbers_are_the_same(cuda):
    parts = some_theta(), GOALS, noise(3), noise(3, seed=2)
    there = rl.maml_rl_objective(*(part.to(cuda) for part in parts), lr_inner=0.05)
    assert_same(there.cpu(), rl.maml_rl_objective(*parts, lr_inner=0.05))
    exact = rl.maml_rl_return(*(part.to(cuda) for part in parts[:2]), lr_inner=0.05)
    assert_same(exact.cpu(), rl.maml_rl_return(*parts[:2], lr_inner=0.05))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rl.expected_return(randn(6), GOAL), r"^theta must be .*got \(6,\)"),
        (lambda: rl.expected_return(some_theta(), randn(3)), r"^goal must be .*got \(3,\)"),
        (lambda: rl.rollout(some_theta(), GOAL, randn(10, 2)), r"^noise must be .*got \(10, 2\)"),
        (lambda: rl.mean_of_the_others(randn(1, 10)), r"^rewards must be .*got \(1, 10\)"),
        (
            lambda: rl.policy_gradient(randn(4, 10, 2, 3), randn(10, 4)),
            r"^scores must be .*\(4, 10, 2, 3\) for \(10, 4\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_policy_that_runs_away_has_no_finite_return_and_no_error():
    theta = torch.full((2, 3), 1e200, dtype=torch.float64)
    assert not rl.expected_return(theta, GOAL).isfinite()
