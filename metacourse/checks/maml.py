"""The exercises, quizzes and predictions of chapter 03."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.func import grad  # noqa: F401  (for the programs)
from torch.nn import functional as F

from metacourse import maml
from metacourse.checks.exercise import Exercise, normal, whole_number, without_steps
from metacourse.episodes import Episode
from metacourse.nets import Params

CHAPTER = "03 MAML"

PREDICTIONS = ("memory", "pretrained", "angle", "relatives", "reuse", "many_steps")

N_CLASSES = 3


def mlp_mse(params: Params, x: Tensor, y: Tensor) -> Tensor:
    hidden = torch.tanh(x @ params["layer0.weight"].mT + params["layer0.bias"])
    return (hidden @ params["layer1.weight"].mT + params["layer1.bias"] - y).square().mean()


def line_mse(params: Params, x: Tensor, y: Tensor) -> Tensor:
    return (x @ params["slope"] + params["intercept"] - y).square().mean()


def softmax_loss(params: Params, x: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(x @ params["weight"].mT + params["bias"], y)


def random_params(loss_fn: Callable, n_features: int, generator: Generator) -> Params:
    shapes = {
        mlp_mse: {
            "layer0.weight": (3, n_features),
            "layer0.bias": (3,),
            "layer1.weight": (1, 3),
            "layer1.bias": (1,),
        },
        line_mse: {"slope": (n_features,), "intercept": ()},
        softmax_loss: {"weight": (N_CLASSES, n_features), "bias": (N_CLASSES,)},
    }
    return {name: normal(generator, *shape) for name, shape in shapes[loss_fn].items()}


def random_points(loss_fn: Callable, shape: tuple, n_features: int, generator: Generator) -> tuple:
    """Inputs (…, D) and the labels that this loss takes."""
    x = normal(generator, *shape, n_features)
    if loss_fn is softmax_loss:
        return x, torch.randint(N_CLASSES, shape, generator=generator)
    return x, normal(generator, *shape, *((1,) if loss_fn is mlp_mse else ()))


def random_rate(generator: Generator) -> float:
    return 0.05 + 0.15 * torch.rand((), generator=generator).item()


def random_rates(params: Params, generator: Generator) -> Params:
    """A rate for every weight, a few of them below 0."""
    return {
        name: 0.25 * torch.rand(value.shape, generator=generator, dtype=value.dtype) - 0.05
        for name, value in params.items()
    }


def random_model(generator: Generator) -> tuple:
    loss_fn = (line_mse, softmax_loss, mlp_mse)[whole_number(0, 2, generator)]
    n_features = whole_number(1, 3, generator)
    return loss_fn, n_features, random_params(loss_fn, n_features, generator)


def inner_adapt_case(generator: Generator) -> dict:
    loss_fn, n_features, params = random_model(generator)
    n_points = whole_number(2, 5, generator)
    x, y = random_points(loss_fn, (n_points,), n_features, generator)
    as_dict, n_steps = whole_number(0, 1, generator), whole_number(0, 3, generator)
    rate = random_rates(params, generator) if as_dict else random_rate(generator)
    case = {"loss_fn": loss_fn, "params": params, "x_support": x, "y_support": y}
    return case | {"lr_inner": rate, "n_steps": n_steps}


def without_steps_or_with_a_dict(case: dict) -> bool:
    return without_steps(case) or isinstance(case["lr_inner"], dict)


def tasks_case(generator: Generator) -> dict:
    """A loss, parameters, and some tasks with support and query sets of different sizes."""
    loss_fn, n_features, params = random_model(generator)
    n_tasks, n_support = whole_number(1, 4, generator), whole_number(2, 4, generator)
    support = random_points(loss_fn, (n_tasks, n_support), n_features, generator)
    query = random_points(loss_fn, (n_tasks, n_support + 1), n_features, generator)
    return {"loss_fn": loss_fn, "params": params, "episodes": Episode(*support, *query)}


def maml_loss_case(generator: Generator) -> dict:
    case = tasks_case(generator) | {"lr_inner": random_rate(generator)}
    return case | {"n_steps": whole_number(0, 3, generator)}


def reptile_case(generator: Generator) -> dict:
    case = trainable(maml_loss_case(generator), "params")
    n_steps = case.pop("n_steps")
    return case | {"lr_outer": 3 * random_rate(generator), "n_steps": n_steps}


def meta_sgd_case(generator: Generator) -> dict:
    case = tasks_case(generator)
    rates = random_rates(case["params"], generator)
    case = {name: case[name] for name in ("loss_fn", "params")} | {"rates": rates} | case
    steps = {"lr_outer": random_rate(generator), "n_steps": whole_number(1, 3, generator)}
    return trainable(case, "params", "rates") | steps


def trainable(case: dict, *names: str) -> dict:
    """The same case with parameters that require gradients, as in a training loop."""
    for name in names:
        for value in case[name].values():
            value.requires_grad_()
    return case


QUIZZES = ("read_this_code", "self_check")

EXERCISES = {
    "inner_adapt": Exercise(
        maml.inner_adapt,
        inner_adapt_case,
        differentiable=("params", "lr_inner"),
        edge=without_steps_or_with_a_dict,
    ),
    "maml_loss": Exercise(
        maml.maml_loss, maml_loss_case, differentiable=("params",), edge=without_steps
    ),
    "reptile_step": Exercise(maml.reptile_step, reptile_case, edge=without_steps),
    "meta_sgd": Exercise(maml.meta_sgd_step, meta_sgd_case),
}
