"""The exercises, quizzes and predictions of notebooks 05b and 05c."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F  # noqa: F401  (for the programs)

from metacourse import learned_optimisers as optimisers
from metacourse import lstm, siamese  # noqa: F401  (for the programs)
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number
from metacourse.checks.lstm import lstm_params, random_state
from metacourse.experiments.baselines import simple_shot

CHAPTER = "05 Learned optimisers"

PREDICTIONS = ("gates", "horizon", "dropped", "other_network", "held_out", "far_away", "shots")
QUIZZES = ("recall", "which_learner", "self_check", "recall_c")


def gates(generator: Generator, *shape: int) -> Tensor:
    return torch.rand(shape, generator=generator, dtype=torch.float64)


def random_gradient(generator: Generator, *shape: int) -> Tensor:
    """Components of usual size, or from huge to tiny, some of them 0; all of both signs."""
    sign = 2 * torch.randint(2, shape, generator=generator) - 1
    if whole_number(0, 2, generator) == 0:
        return sign * (0.2 + gates(generator, *shape))
    gradient = sign * 10 ** (10 * gates(generator, *shape) - 8)
    return torch.where(gates(generator, *shape) < 0.2, 0.0, gradient)


def meta_step_case(generator: Generator) -> dict:
    """θ with one coordinate or several, gates of the step before, a loss that may be 0."""
    n = (1, 3, 6)[whole_number(0, 2, generator)]
    weights = {f"{name}.weight": normal(generator, 6) for name in ("forget", "write")}
    biases = {f"{name}.bias": normal(generator) for name in ("forget", "write")}
    loss = (0.0, 3e-6, 0.4, 2.5, 20.0)[whole_number(0, 4, generator)]
    return {
        "params": weights | biases,
        "theta": normal(generator, n),
        "gradient": random_gradient(generator, n),
        "loss": torch.tensor(loss, dtype=torch.float64),
        "state": (gates(generator, n), gates(generator, n)),
    }


def of_one_coordinate(case: dict) -> bool:
    return case["gradient"].numel() == 1


def update_case(generator: Generator) -> dict:
    """Gradients of one coordinate, a vector or a matrix, with a state for each coordinate."""
    shape = ((2, 3), (1,), (2, 2, 2), (5,), (4,))[whole_number(0, 4, generator)]
    n_hidden = whole_number(2, 4, generator)
    params = lstm_params(2, n_hidden, generator)
    gradient = random_gradient(generator, *shape)
    return {
        "params": params,
        "gradient": gradient,
        "state": random_state(shape, n_hidden, generator),
    }


def shot_case(generator: Generator) -> dict:
    """Embeddings far from 0 in one direction, in some cases one image of each class."""
    n_way, n_features = whole_number(3, 4, generator), whole_number(3, 5, generator)
    n_shot = 1 if gets_an_edge(generator) else 2
    order = torch.randperm(n_way * n_shot, generator=generator)
    mean = 2 + normal(generator, n_features)
    return {
        "z_support": mean + normal(generator, n_way * n_shot, n_features),
        "y_support": (torch.arange(n_way * n_shot) % n_way)[order],
        "z_query": mean + normal(generator, 5, n_features),
        "mean": mean,
        "n_way": n_way,
    }


def of_one_shot(case: dict) -> bool:
    return len(case["y_support"]) == case["n_way"]


EXERCISES = {
    "meta_lstm_step": Exercise(
        optimisers.meta_lstm_step,
        meta_step_case,
        differentiable=("params", "theta", "gradient", "loss", "state"),
        edge=of_one_coordinate,
    ),
    "learned_update": Exercise(
        optimisers.learned_update,
        update_case,
        differentiable=("params", "gradient", "state"),
        edge=of_one_coordinate,
    ),
    "simple_shot": Exercise(
        simple_shot,
        shot_case,
        differentiable=("z_support", "z_query"),
        edge=of_one_shot,
    ),
}
