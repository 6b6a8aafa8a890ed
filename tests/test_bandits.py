"""Two-armed bandits against brute force over all plans and histories, integrals and differences."""

import itertools
import math

import pytest
import torch
from scipy import integrate, stats
from torch.autograd import gradcheck
from torch.func import grad, vmap

from metacourse import bandits
from metacourse.bandits import belief_return, beliefs, success, success_of_opposites

EXACT = {"rtol": 1e-9, "atol": 1e-9}
WORLDS = [success, success_of_opposites]


def counts(*numbers):
    return torch.tensor(numbers, dtype=torch.float64).view(2, 2)


def some_policy(n_pulls, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(len(beliefs(n_pulls)), generator=generator, dtype=torch.float64)


def place(belief, n_pulls):
    return int((beliefs(n_pulls) == belief).all((-2, -1)).nonzero())


# ---- beliefs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arm", "reward", "needed"),
    [(0, 1, (1, 0, 0, 0)), (0, 0, (0, 1, 0, 0)), (1, 1, (0, 0, 1, 0)), (1, 0, (0, 0, 0, 1))],
)
def test_a_pull_is_counted_for_its_arm_and_its_outcome(arm, reward, needed):
    before = counts(3, 1, 0, 2)
    after = bandits.belief_update(before, torch.tensor(arm), torch.tensor(reward))
    assert torch.equal(after, before + counts(*needed))
    assert torch.equal(before, counts(3, 1, 0, 2))


def test_a_batch_of_beliefs_is_each_belief_by_itself(generator):
    belief = beliefs(4)
    arm = torch.randint(0, 2, (len(belief),), generator=generator)
    reward = torch.randint(0, 2, (len(belief),), generator=generator).double()
    together = bandits.belief_update(belief, arm, reward)
    one = [bandits.belief_update(*each) for each in zip(belief, arm, reward, strict=True)]
    assert torch.equal(together, torch.stack(one))
    assert torch.equal(together, vmap(bandits.belief_update)(belief, arm, reward))


def test_the_chance_that_an_arm_pays_is_the_mean_of_its_posterior():
    p = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    for paid, failed in ((0, 0), (3, 1), (0, 5)):
        likely = p**paid * (1 - p) ** failed
        mean = (likely * p).sum() / likely.sum()
        found = success(counts(paid, failed, 7, 2))[0]
        torch.testing.assert_close(found, mean, rtol=0, atol=1e-9)


def test_opposite_arms_tell_of_each_other():
    p = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    likely = p**3 * (1 - p) ** 1 * (1 - p) ** 2 * p**4  # arm 0: 3 of 4; arm 1, 1 − p: 2 of 6
    mean = (likely * p).sum() / likely.sum()
    found = success_of_opposites(counts(3, 1, 2, 4))
    torch.testing.assert_close(found, torch.stack([mean, 1 - mean]), rtol=0, atol=1e-9)


@pytest.mark.parametrize("n_told", range(6))
def test_all_counts_of_so_many_pulls_are_there_once_and_in_order(n_told):
    needed = [c for c in itertools.product(range(n_told + 1), repeat=4) if sum(c) == n_told]
    found = bandits.beliefs_after(n_told).view(-1, 4)
    assert found.tolist() == [[*map(float, c)] for c in needed]


def test_there_are_715_beliefs_that_ten_pulls_are_made_from():
    assert len(beliefs(10)) == 715


@pytest.mark.parametrize("n_told", range(5))
def test_what_follows_a_belief_is_that_belief_updated(n_told):
    now, later = bandits.beliefs_after(n_told), bandits.beliefs_after(n_told + 1)
    leads = bandits.following(n_told)
    for arm, (column, reward) in itertools.product((0, 1), enumerate((1, 0))):
        updated = bandits.belief_update(
            now, torch.full((len(now),), arm), torch.full((len(now),), float(reward))
        )
        assert torch.equal(later[leads[:, arm, column]], updated)


# ---- the optimum ---------------------------------------------------------------------------------


def best_of_all_plans(belief, n_left, chances):
    """The optimum without beliefs that meet again: every plan, as a tree."""
    if n_left == 0:
        return 0.0
    p, worth = chances(belief).tolist(), []
    for arm in (0, 1):
        paid, failed = belief.clone(), belief.clone()
        paid[arm, 0] += 1
        failed[arm, 1] += 1
        after = [best_of_all_plans(each, n_left - 1, chances) for each in (paid, failed)]
        worth.append(p[arm] * (1 + after[0]) + (1 - p[arm]) * after[1])
    return max(worth)


@pytest.mark.parametrize("n_pulls", [1, 2, 3, 4])
@pytest.mark.parametrize("chances", WORLDS)
def test_the_optimum_is_the_best_of_all_plans(n_pulls, chances):
    value, _ = bandits.bandit_optimum(n_pulls, chances)
    assert value.item() == pytest.approx(best_of_all_plans(counts(0, 0, 0, 0), n_pulls, chances))


def test_no_policy_of_two_pulls_earns_more_than_the_optimum():
    value, _ = bandits.bandit_optimum(2)
    pure = torch.tensor([*itertools.product((0.0, 1.0), repeat=5)]).double()
    returns = torch.stack([belief_return(policy, 2) for policy in pure])
    torch.testing.assert_close(returns.max(), value, **EXACT)


@pytest.mark.parametrize("chances", WORLDS)
def test_who_takes_the_arm_that_is_worth_more_earns_the_optimum(chances):
    value, q = bandits.bandit_optimum(7, chances)
    torch.testing.assert_close(belief_return(bandits.larger(q), 7, chances), value, **EXACT)


@pytest.mark.parametrize("chances", WORLDS)
def test_whatever_the_policy_it_earns_less_than_the_optimum(chances):
    value, _ = bandits.bandit_optimum(5, chances)
    for seed in range(20):
        assert belief_return(some_policy(5, seed), 5, chances) < value


def test_with_one_pull_left_an_arm_is_worth_what_it_pays():
    _, q = bandits.bandit_optimum(6)
    last = bandits.beliefs_after(5)
    torch.testing.assert_close(q[-len(last) :], success(last), **EXACT)


def test_with_opposite_arms_the_greedy_arm_is_the_best_one():
    """An arm tells as much of the other as that one would itself: nothing is left to explore."""
    value, _ = bandits.bandit_optimum(8, success_of_opposites)
    policy = bandits.larger(success_of_opposites(beliefs(8)))
    torch.testing.assert_close(belief_return(policy, 8, success_of_opposites), value, **EXACT)


def test_the_optimum_explores_where_much_is_left_and_not_at_the_end():
    """One arm paid 3 of 5, the other was never pulled: 0.57 against 0.5."""
    for n_pulls, explores in ((7, False), (10, True)):
        _, q = bandits.bandit_optimum(n_pulls)
        known, unknown = q[place(counts(3, 2, 0, 0), n_pulls)]
        assert bool(unknown > known) == explores


# ---- what a policy earns -------------------------------------------------------------------------


def chance_of(paid, failed):
    """How likely a sequence of payments is if p is uniform: ∫ p^paid (1 − p)^failed dp."""
    return 1 / (math.comb(paid + failed, paid) * (paid + failed + 1))


def likely(paid_0, failed_0, paid_1, failed_1, *, opposite):
    if opposite:
        return chance_of(paid_0 + failed_1, failed_0 + paid_1)
    return chance_of(paid_0, failed_0) * chance_of(paid_1, failed_1)


def over_all_histories(policy, n_pulls, *, opposite):
    """What a policy on beliefs earns, and how likely it comes to each belief, by all histories."""
    known = {tuple(b): i for i, b in enumerate(beliefs(n_pulls).view(-1, 4).long().tolist())}
    earned, reached = 0.0, torch.zeros(len(known), dtype=torch.float64)
    for n_told in range(n_pulls + 1):
        for history in itertools.product(itertools.product((0, 1), (1, 0)), repeat=n_told):
            belief, chosen = [0] * 4, 1.0
            for arm, reward in history:
                first = policy[known[tuple(belief)]].item()
                chosen *= (first, 1 - first)[arm]
                belief[2 * arm + 1 - reward] += 1
            weight = chosen * likely(*belief, opposite=opposite)
            if n_told < n_pulls:
                reached[known[tuple(belief)]] += weight
            else:
                earned += weight * sum(reward for _, reward in history)
    return earned, reached


@pytest.mark.parametrize("chances", WORLDS)
def test_a_policy_earns_what_it_earns_over_all_histories(chances):
    policy = some_policy(4)
    opposite = chances is success_of_opposites
    earned, reached = over_all_histories(policy, 4, opposite=opposite)
    assert belief_return(policy, 4, chances).item() == pytest.approx(earned)
    torch.testing.assert_close(bandits.visits(policy, 4, chances), reached, **EXACT)


@pytest.mark.parametrize("chances", WORLDS)
def test_forwards_and_backwards_a_policy_earns_the_same(chances):
    policy = some_policy(9)
    p = chances(beliefs(9))
    earned = bandits.visits(policy, 9, chances) * (policy * p[:, 0] + (1 - policy) * p[:, 1])
    torch.testing.assert_close(earned.sum(), belief_return(policy, 9, chances), **EXACT)


def test_at_every_pull_a_policy_is_somewhere():
    reached = bandits.by_pull(bandits.visits(some_policy(6), 6), 6)
    torch.testing.assert_close(reached, torch.ones(6).double(), **EXACT)


def test_who_pulls_at_random_earns_half_a_reward_at_each_pull():
    policy = torch.full((len(beliefs(10)),), 0.5).double()
    assert belief_return(policy, 10).item() == pytest.approx(5)


def test_the_gradient_of_a_return_is_that_of_finite_differences():
    policy = some_policy(4).requires_grad_()
    assert gradcheck(lambda policy: belief_return(policy, 4), policy)
    assert gradcheck(lambda policy: bandits.visits(policy, 4), policy)


def test_the_gradient_at_a_belief_is_how_often_it_is_reached_times_what_arm_0_is_worth_more():
    """The policy gradient theorem, on beliefs (Sutton et al. 2000)."""
    policy, n_pulls = some_policy(5), 5
    found = grad(belief_return)(policy, n_pulls)
    for belief in range(0, len(policy), 7):
        one, zero = (policy.clone().index_fill(0, torch.tensor(belief), x) for x in (1.0, 0.0))
        more = belief_return(one, n_pulls) - belief_return(zero, n_pulls)
        torch.testing.assert_close(found[belief], more, **EXACT)


def test_uphill_along_the_exact_gradient_lies_the_optimum():
    logits = torch.zeros(len(beliefs(5)), dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([logits], lr=0.3)
    for _ in range(200):
        adam.zero_grad()
        (-belief_return(logits.sigmoid(), 5)).backward()
        adam.step()
    value, _ = bandits.bandit_optimum(5)
    assert belief_return(logits.sigmoid(), 5).item() == pytest.approx(value.item(), abs=2e-3)


def test_a_policy_on_another_device_earns_the_same(device):
    policy = some_policy(5).to(device)
    needed = belief_return(some_policy(5), 5)
    torch.testing.assert_close(belief_return(policy, 5).cpu(), needed, **EXACT)
    torch.testing.assert_close(
        bandits.visits(policy, 5).cpu(), bandits.visits(some_policy(5), 5), **EXACT
    )


# ---- policies that somebody wrote down -----------------------------------------------------------


def test_greedy_takes_the_larger_mean_and_either_of_equal_ones():
    belief = torch.stack([counts(2, 1, 1, 1), counts(0, 1, 0, 0), counts(1, 1, 2, 2)])
    assert bandits.greedy(belief).tolist() == [1.0, 0.0, 0.5]


def test_equal_but_for_rounding_is_equal():
    of_arms = torch.tensor([[0.1 + 0.2, 0.3], [0.3 + 1e-9, 0.3]], dtype=torch.float64)
    assert bandits.larger(of_arms).tolist() == [0.5, 1.0]


def test_an_upper_confidence_bound_tries_each_arm_first():
    belief = torch.stack([counts(0, 0, 0, 0), counts(1, 0, 0, 0), counts(0, 0, 5, 0)])
    assert bandits.ucb(belief, 1.0).tolist() == [0.5, 0.0, 1.0]


def test_an_upper_confidence_bound_is_mean_and_bonus():
    belief, bonus = counts(3, 1, 1, 1), math.log(6)  # means 3/4 and 1/2, 4 and 2 pulls
    equal = 0.25 / (math.sqrt(bonus / 2) - math.sqrt(bonus / 4))
    assert bandits.ucb(belief, 0.99 * equal) == 1
    assert bandits.ucb(belief, 1.01 * equal) == 0


@pytest.mark.parametrize("belief", [(0, 0, 0, 0), (3, 1, 0, 2), (0, 4, 5, 1), (12, 3, 2, 9)])
def test_thompson_pulls_an_arm_as_often_as_it_is_the_better_one(belief):
    paid, failed, paid_1, failed_1 = belief
    first, second = stats.beta(1 + paid, 1 + failed), stats.beta(1 + paid_1, 1 + failed_1)
    needed, _ = integrate.quad(lambda p: first.pdf(p) * second.cdf(p), 0, 1)
    assert bandits.thompson(counts(*belief)).item() == pytest.approx(needed, abs=1e-8)


def test_thompson_has_no_arm_that_it_likes_by_its_name():
    belief = beliefs(8)
    torch.testing.assert_close(
        bandits.thompson(belief), 1 - bandits.thompson(belief.flip(-2)), **EXACT
    )


def test_ten_pulls_are_worth_what_the_table_of_the_chapter_says():
    """Brute force by another program: recursion over four counts, integrals by 2,000 places."""
    policies = {
        5.7045: bandits.thompson(beliefs(10)),
        5.6022: bandits.ucb(beliefs(10), math.sqrt(2)),
        6.0058: bandits.greedy(beliefs(10)),
        6.0218: bandits.larger(bandits.bandit_optimum(10)[1]),
    }
    for needed, policy in policies.items():
        assert belief_return(policy, 10).item() == pytest.approx(needed, abs=6e-5)


# ---- what cannot be right ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function", [success, success_of_opposites, bandits.greedy, bandits.thompson]
)
def test_a_belief_of_three_arms_is_refused(function):
    with pytest.raises(ValueError, match=r"belief must be .* got \(3, 2\)"):
        function(torch.zeros(3, 2))


def test_a_policy_of_other_beliefs_is_refused():
    with pytest.raises(ValueError, match=r"policy must be \(15,\) for 3 pulls, got \(70,\)"):
        belief_return(torch.zeros(70), 3)


def test_without_a_pull_there_is_nothing_to_earn():
    with pytest.raises(ValueError, match="n_pulls must be 1 or more, got 0"):
        bandits.bandit_optimum(0)
    with pytest.raises(ValueError, match="n_told must be 0 or more, got -1"):
        bandits.beliefs_after(-1)
