"""All histories of a few pulls."""

import torch
from torch.testing import assert_close

from metacourse import bandits
from metacourse.experiments.every_history import every_history

N_PULLS = 3
HISTORIES = every_history(N_PULLS)


def test_each_of_four_outcomes_at_each_pull_comes_once():
    told = torch.cat([HISTORIES.arms, HISTORIES.rewards.long()], dim=1)
    assert len(told.unique(dim=0)) == len(told) == 4**N_PULLS


def test_the_rewards_of_given_arms_have_probability_one_together():
    for arms in HISTORIES.arms.unique(dim=0):
        alike = (HISTORIES.arms == arms).all(1)
        assert_close(HISTORIES.luck[alike].sum(), torch.ones(()).double())


def test_what_a_policy_earns_over_them_is_its_return():
    policy = torch.rand(len(bandits.beliefs(N_PULLS)), generator=torch.Generator().manual_seed(0))
    first = policy.double()[HISTORIES.at]
    pulled = torch.where(HISTORIES.arms == 0, first, 1 - first).prod(1)
    earned = (pulled * HISTORIES.luck) @ HISTORIES.rewards.sum(1)
    assert_close(earned, bandits.belief_return(policy.double(), N_PULLS))


def test_beliefs_are_told_by_the_update_that_is_given():
    def nothing(belief, arm, reward):
        return belief

    assert (every_history(N_PULLS, nothing).at == 0).all()
