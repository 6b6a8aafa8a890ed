"""The exercises, quizzes and predictions of notebook 07d."""

import torch
from torch import Generator, Tensor

from metacourse import linear_regression as linreg
from metacourse import online
from metacourse.checks.exercise import Exercise, whole_number, without_steps
from metacourse.checks.linear_regression import random_episode, random_steps
from metacourse.episodes import Episode

CHAPTER = "07 Streams"

PREDICTIONS = ("drift", "returns", "replay")
QUIZZES = ("recall", "self_check")


# ---- what is asked for ---------------------------------------------------------------------------


def follow_the_meta_leader(episodes: Episode, *, lr_inner: float, n_steps: int = 1) -> Tensor:
    """`online.follow_the_meta_leader` of all the past, without a penalty: the optimum of each past
    by itself, from one task on."""
    starts = [torch.zeros_like(episodes.x_support[0, 0])]
    for t in range(1, len(episodes.x_support)):
        past = Episode(*(part[:t] for part in episodes))
        starts.append(linreg.maml_optimum(past, lr_inner=lr_inner, n_steps=n_steps))
    return torch.stack(starts)


# ---- on what it is tried -------------------------------------------------------------------------


def stream_case(generator: Generator) -> dict:
    """Five to seven tasks, one after the other; in some cases no inner step is taken."""
    episodes = random_episode(generator, whole_number(5, 7, generator))
    return {"episodes": episodes} | random_steps(generator)


def outer_case(generator: Generator) -> dict:
    rate = 0.05 + 0.1 * torch.rand((), generator=generator).item()
    return stream_case(generator) | {"lr_outer": rate}


EXERCISES = {
    "online_maml": Exercise(online.online_maml, outer_case, edge=without_steps),
    "follow_the_meta_leader": Exercise(follow_the_meta_leader, stream_case, edge=without_steps),
}
