"""Chapter 00's exercise: right answers written differently (for test_all_exercises)."""

from torch.nn import functional as F


def by_torch(answers, y):
    return F.mse_loss(answers, y)


def by_product(answers, y):
    errors = answers - y
    return errors @ errors / len(y)


def in_a_loop(answers, y):
    return sum((float(a) - float(b)) ** 2 for a, b in zip(answers, y, strict=True)) / len(y)


ALTERNATIVES = {"mean_squared_error": (by_torch, by_product, in_a_loop)}
