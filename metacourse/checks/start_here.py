"""The exercise, the prediction and the self-test of chapter 00."""

import torch

from metacourse.checks.exercise import Exercise, whole_number
from metacourse.start_here import mean_squared_error

CHAPTER = "00 Start here"

QUIZZES = ("ready",)
PREDICTIONS = ("tasks_per_second",)


def two_vectors(generator):
    n_points = whole_number(3, 7, generator)
    answers, y = torch.randn(2, n_points, generator=generator, dtype=torch.float64)
    return {"answers": answers, "y": y}


EXERCISES = {
    "mean_squared_error": Exercise(mean_squared_error, two_vectors),
}
