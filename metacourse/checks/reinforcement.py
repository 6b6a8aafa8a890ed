"""The exercises of notebook 09b, quizzes and predictions."""

import torch
from torch import Generator
from torch.func import grad  # noqa: F401  (for the programs)

from metacourse import reinforcement
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number
from metacourse.reinforcement import (  # noqa: F401
    N_MOVES,
    expected_return,
    log_prob,
    mean_of_the_others,
    reinforce,
    reward_to_go,
    rollout,
    surrogate,
)

CHAPTER = "09b A step on the return"
PREDICTIONS = ("joint", "trajectories")
QUIZZES = ("recall", "self_check")


def rewards_case(generator: Generator) -> dict:
    """Rewards of three or four trajectories of five moves or more; in one case of six, of one."""
    n_moves = 1 if gets_an_edge(generator) else whole_number(5, 7, generator)
    return {"rewards": normal(generator, whole_number(3, 4, generator), n_moves)}


def of_one_move(case: dict) -> bool:
    return case["rewards"].shape[-1] == 1


def estimate_case(generator: Generator) -> dict:
    """Scores and rewards of some trajectories, and a baseline; in one case of six a single
    trajectory, without a baseline."""
    n, n_moves = whole_number(3, 4, generator), whole_number(5, 7, generator)
    n = 1 if gets_an_edge(generator) else n
    case = {
        "scores": normal(generator, n, n_moves, 2, 3),
        "rewards": normal(generator, n, n_moves) - 1,
    }
    return case if n == 1 else case | {"baseline": normal(generator, n, n_moves) - 2}


def of_one_trajectory(case: dict) -> bool:
    return len(case["rewards"]) == 1


def tasks_case(generator: Generator) -> dict:
    """Two or three goals, a start that is stable, and the noise of all attempts; in one case of six
    one goal."""
    n_tasks = 1 if gets_an_edge(generator) else whole_number(2, 3, generator)
    weights = -0.5 * torch.eye(2, 3, dtype=torch.float64) + 0.1 * normal(generator, 2, 3)
    shape = n_tasks, whole_number(4, 5, generator), N_MOVES, 2
    return {
        "theta": weights,
        "goals": 0.5 * normal(generator, n_tasks, 2),
        "before": normal(generator, *shape),
        "after": normal(generator, *shape),
        "lr_inner": 0.02 + 0.05 * torch.rand((), generator=generator, dtype=torch.float64).item(),
    }


def of_one_goal(case: dict) -> bool:
    return len(case["goals"]) == 1


EXERCISES = {
    "reward_to_go": Exercise(reward_to_go, rewards_case, edge=of_one_move),
    "policy_gradient": Exercise(
        reinforcement.policy_gradient,
        estimate_case,
        differentiable=("scores",),
        edge=of_one_trajectory,
    ),
    "maml_rl_objective": Exercise(
        reinforcement.maml_rl_objective, tasks_case, differentiable=("theta",), edge=of_one_goal
    ),
}
