"""The exercise and the prediction of the tour in chapter 00."""

import torch

from metacourse.checks.catalogue import Exercise, Mistake, whole_number
from metacourse.start_here import mean_squared_error

CHAPTER = "00 Start here"
PREDICTIONS = ("tasks_per_second",)


def two_vectors(generator):
    n_points = whole_number(3, 7, generator)
    answers, y = torch.randn(2, n_points, generator=generator, dtype=torch.float64)
    return {"answers": answers, "y": y}


def sum_of_squares(answers, y):
    return ((answers - y) ** 2).sum()


def mean_error(answers, y):
    return (answers - y).mean()


def mean_absolute_error(answers, y):
    return (answers - y).abs().mean()


def root(answers, y):
    return mean_squared_error(answers, y).sqrt()


def half_the_sum(answers, y):
    return ((answers - y) ** 2).sum() / 2


def root_of_sum(answers, y):
    return ((answers - y) ** 2).sum().sqrt()


def without_mean(answers, y):
    return (answers - y) ** 2


EXERCISES = {
    "mean_squared_error": Exercise(
        reference=mean_squared_error,
        cases=two_vectors,
        mistakes=(
            Mistake(
                sum_of_squares,
                "This is the sum of the squared errors; divide it by their number to get the mean.",
            ),
            Mistake(
                mean_error,
                "The errors are not squared, so those above and below zero cancel out.",
            ),
            Mistake(mean_absolute_error, "This is the mean absolute error: square, not `abs`."),
            Mistake(root, "This is the root of the mean squared error: leave the root out."),
            Mistake(
                half_the_sum,
                "This is half the sum of the squared errors; the mean divides it by their number.",
            ),
            Mistake(
                root_of_sum,
                "This is the root of the sum, the length of the error vector. Leave the root out "
                "and divide the sum by the number of points.",
            ),
            Mistake(without_mean, "One squared error per point is right; now take their mean."),
        ),
        hints=(
            "The error of a point is its answer minus its label.",
            "Square the errors with `** 2`: tensors do it entry by entry.",
            "`((answers - y) ** 2)` holds the squared errors; `.mean()` does the rest.",
        ),
        remark="Every chapter's exercises work like this one.",
    )
}
