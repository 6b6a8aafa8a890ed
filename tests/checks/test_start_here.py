"""Chapter 00's exercise: right answers written differently (for test_all_exercises), wrong ones as
learners write them."""

import pytest
import torch
from torch.nn import functional as F

from metacourse.checks import diagnose, find


def by_torch(answers, y):
    return F.mse_loss(answers, y)


def by_product(answers, y):
    errors = answers - y
    return errors @ errors / len(y)


def in_a_loop(answers, y):
    return sum((float(a) - float(b)) ** 2 for a, b in zip(answers, y, strict=True)) / len(y)


ALTERNATIVES = {"mean_squared_error": (by_torch, by_product, in_a_loop)}


def returns_in_the_loop(answers, y):
    total = 0
    for answer, label in zip(answers, y, strict=True):
        total += (answer - label) ** 2
        return total / len(y)


def keeps_the_last(answers, y):
    for answer, label in zip(answers, y, strict=True):
        total = (answer - label) ** 2
    return total / len(y)


def stops_too_early(answers, y):
    return sum((answers[i] - y[i]) ** 2 for i in range(len(y) - 1)) / len(y)


def squares_the_mean(answers, y):
    return (answers.mean() - y.mean()) ** 2


def spreads_out(answers, y):
    return F.mse_loss(answers.unsqueeze(1).expand(-1, len(y)), y.expand(len(y), -1))


def exclusive_or(answers, y):
    return ((answers - y) ^ 2).mean()


def rounds_down(answers, y):
    return int(((answers - y) ** 2).mean())


def ten_points(answers, y):
    return ((answers - y) ** 2).sum() / 10


def one_too_few(answers, y):
    return torch.square(answers - y).sum() / (len(answers) - 1)


def norm(answers, y):
    return torch.norm(answers - y)


def forgets_parentheses(answers, y):
    return torch.mean(answers - y**2)


@pytest.mark.parametrize(
    ("function", "beginning"),
    [
        (returns_in_the_loop, "Only the squared error of the first point is divided by S"),
        (keeps_the_last, "Only the squared error of the last point is divided by S"),
        (stops_too_early, "The last point is left out of the sum."),
        (squares_the_mean, "This is the square of the mean error"),
        (spreads_out, "Every answer is compared with every label"),
        (exclusive_or, "`^` is not a power in Python"),
        (rounds_down, "This is rounded down to a whole number"),
        (ten_points, "The sum is divided by 10"),
        (one_too_few, "The sum is divided by S − 1."),
        (norm, "This is the root of the sum"),
        (forgets_parentheses, "Only the labels are squared"),
    ],
)
def test_a_slip_has_its_name_however_it_is_written(function, beginning):
    report = diagnose(find("EXERCISES", "start_here.mean_squared_error"), function)
    assert report.sentence.startswith(beginning)
