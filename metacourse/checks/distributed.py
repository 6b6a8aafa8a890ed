"""The exercises of notebook 11a, quizzes and predictions."""

import torch
from torch import Generator

from metacourse import communication
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number

CHAPTER = "11a Many machines"
PREDICTIONS = ("plain_mean", "weights_alone", "gains", "batch")
QUIZZES = ("recall", "self_check")


def parts_case(generator: Generator) -> dict:
    """The gradients of three to five processes with one to nine tasks each, not all as many; in one
    case of six the last has no task and no gradient."""
    n = whole_number(3, 5, generator)
    n_tasks = torch.randint(2, 10, (n,), generator=generator)
    n_tasks[0] = 1
    gradients = normal(generator, n, 4)
    if gets_an_edge(generator):
        n_tasks[-1], gradients[-1] = 0, torch.nan
    return {"gradients": gradients, "n_tasks": n_tasks}


def of_nobody(case: dict) -> bool:
    return bool((case["n_tasks"] == 0).any())


def ring_case(generator: Generator) -> dict:
    """The parts of three to five vectors, and one of the turns: the cases take in turn the first,
    the last of those that add, the first of those that tell, and others; the last is of two."""
    number = generator.initial_seed()
    n = 2 if gets_an_edge(generator) else whole_number(3, 5, generator)
    turns = 0, n - 2, n - 1, 2 * n - 3, 1
    turn = 1 if n == 2 else turns[number % len(turns)]
    return {"parts": normal(generator, n, n, 2), "turn": turn}


def of_two(case: dict) -> bool:
    return len(case["parts"]) == 2


def noise_case(generator: Generator) -> dict:
    """Gradients of three to six tasks around a mean that is not 0; in one case of six they cancel:
    all is noise."""
    n = whole_number(3, 6, generator)
    gradients = 2 + normal(generator, n, 4)
    if gets_an_edge(generator):
        gradients = gradients - gradients.mean(0)
    return {"gradients": gradients}


def all_noise(case: dict) -> bool:
    return bool(case["gradients"].mean(0).abs().max() < 1e-9)


EXERCISES = {
    "mean_gradient": Exercise(communication.mean_gradient, parts_case, edge=of_nobody),
    "ring_turn": Exercise(communication.ring_turn, ring_case, edge=of_two),
    "noise_scale": Exercise(communication.noise_scale, noise_case, edge=all_noise),
}
