"""A chapter made of toys, for the tests of the engine."""

import torch

from metacourse.checks import Exercise, Mistake, Option, Question

CHAPTER = "99 Toys"
HINTS = ("a little", "more", "nearly all")


def case(generator):
    x = torch.randn(3, 2, dtype=torch.float64, generator=generator)
    theta = torch.randn(2, dtype=torch.float64, generator=generator)
    return {"theta": theta, "x": x, "scale": 2.0}


def product(theta, x, *, scale=1.0):
    return scale * (x @ theta) ** 2


def without_scale(theta, x, *, scale=1.0):
    return (x @ theta) ** 2


def without_square(theta, x, *, scale=1.0):
    return scale * (x @ theta)


def cut(theta, x, *, scale=1.0):
    return scale * (x @ theta) * (x @ theta).detach()


def draw(n, *, generator):
    return torch.randperm(n, generator=generator)


def draw_case(generator):
    return {"n": 5, "generator": torch.Generator().manual_seed(1)}


def draw_facts(function, case):
    drawn = function(**case)
    return {
        "every number is drawn once": drawn.sort().values.tolist() == list(range(case["n"])),
        "how many are drawn": drawn.shape[0],
    }


def with_replacement(n, *, generator):
    return torch.zeros(n, dtype=torch.int64)


MISTAKES = (
    Mistake(without_scale, "The factor `scale` is missing."),
    Mistake(without_square, "The square is missing."),
    Mistake(cut, "One factor is detached: half of the gradient is lost."),
)
PRODUCT = Exercise(product, case, MISTAKES, HINTS, differentiable=("theta",), remark="Well done.")
DRAW = Exercise(
    draw, draw_case, (Mistake(with_replacement, "It repeats."),), HINTS, observe=draw_facts
)
EXERCISES = {"product": PRODUCT, "draw": DRAW}
QUIZZES = {
    "sums": [
        Question(
            "1 + 1 = ?",
            (Option("three", "That is <one> too many."), Option("two", "Indeed.", correct=True)),
        ),
        Question(
            "2 + 2 = ?",
            (Option("four", correct=True), Option("five", "That is one too many.")),
        ),
    ]
}
PREDICTIONS = ("side", "share")
