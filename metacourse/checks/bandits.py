"""The exercises of notebook 09a, quizzes and predictions."""

import torch
from torch import Generator

from metacourse import bandits, rl2
from metacourse.bandits import (  # noqa: F401  (for the programs)
    beliefs_after,
    following,
    success,
    success_of_opposites,
)
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number

CHAPTER = "09a Bandits"
PREDICTIONS = ("rules", "opposites")
QUIZZES = ("recall", "self_check")


def pull_case(generator: Generator) -> dict:
    """Three to five beliefs, and of each an arm and a reward; in one case of six a single one."""
    shape = () if gets_an_edge(generator) else (whole_number(3, 5, generator),)
    belief = torch.randint(0, 6, (*shape, 2, 2), generator=generator).double()
    arm = torch.randint(0, 2, shape, generator=generator)
    reward = torch.randint(0, 2, shape, generator=generator).double()
    return {"belief": belief, "arm": arm, "reward": reward}


def of_one_belief(case: dict) -> bool:
    return case["belief"].dim() == 2


def pulls_case(generator: Generator) -> dict:
    """Two to five pulls, of arms that are independent or opposites; in one case of six a single
    pull."""
    n_pulls = 1 if gets_an_edge(generator) else generator.initial_seed() % 4 + 2
    chances = (success, success_of_opposites)[generator.initial_seed() % 2]
    return {"n_pulls": n_pulls, "chances": chances}


def of_one_pull(case: dict) -> bool:
    return (case["n_pulls"] if "n_pulls" in case else case["rewards"].shape[-1]) == 1


def plays_case(generator: Generator) -> dict:
    """Some episodes of three to six pulls, or one; in one case of six of a single pull."""
    n_pulls = 1 if gets_an_edge(generator) else whole_number(3, 6, generator)
    shape = (whole_number(3, 5, generator),) * (generator.initial_seed() != 3)
    log_probs = torch.rand(*shape, n_pulls, generator=generator, dtype=torch.float64).log()
    rewards = torch.randint(0, 2, (*shape, n_pulls), generator=generator).double()
    return {
        "log_probs": log_probs,
        "rewards": rewards,
        "values": 2 + normal(generator, *shape, n_pulls),
    }


EXERCISES = {
    "belief_update": Exercise(bandits.belief_update, pull_case, edge=of_one_belief),
    "bandit_optimum": Exercise(bandits.bandit_optimum, pulls_case, edge=of_one_pull),
    "policy_gradient_loss": Exercise(
        rl2.policy_gradient_loss,
        plays_case,
        differentiable=("log_probs", "values"),
        edge=of_one_pull,
    ),
}
