"""A chapter made of toys, for the tests of the engine; its texts stand in the folder `texts`."""

from pathlib import Path

import torch

from metacourse.checks import Exercise, slips

TEXTS = Path(__file__).with_name("texts")
CHAPTER = "99 Toys"
PREDICTIONS = ("side", "share")
QUIZZES = ("sums",)


def case(generator):
    x = torch.randn(3, 2, dtype=torch.float64, generator=generator)
    theta = torch.randn(2, dtype=torch.float64, generator=generator)
    return {"theta": theta, "x": x, "scale": 2.5}


def product(theta, x, *, scale=1.0):
    return scale * (x @ theta) ** 2


def without_scale(theta, x, *, scale=1.0):
    return (x @ theta) ** 2


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


def text(name):
    return slips.parse((TEXTS / f"toy.{name}.slips").read_text(encoding="utf-8"))


PRODUCT = Exercise(
    product, case, differentiable=("theta",), text=text("product"), namespace={"torch": torch}
)
DRAW = Exercise(draw, draw_case, observe=draw_facts, text=text("draw"), namespace={"torch": torch})
EXERCISES = {"product": PRODUCT, "draw": DRAW}
