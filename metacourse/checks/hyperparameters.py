"""The exercises, quizzes and predictions of chapter 06."""

import math  # noqa: F401  (for the programs)
from collections.abc import Callable
from functools import partial

import torch
from torch import Generator, Tensor
from torch.func import grad, jacrev

from metacourse import hyperparameters as kernels
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number
from metacourse.checks.maml import random_model, random_points
from metacourse.checks.searching import facts_about_search, uneven_loss
from metacourse.nets import Params

CHAPTER = "06 Hyperparameters"

PREDICTIONS = (
    *("several_runs", "best_search"),
    *("schedule", "momentum", "one_step_ahead", "chosen_by_test"),
    *("solved_head", "many_penalties"),
    *("auxiliary", "described", "letters", "overwritten"),
)
QUIZZES = (
    *("recall", "self_check", "recall_b", "self_check_b"),
    *("recall_c", "self_check_c", "recall_d", "self_check_d"),
)


# ---- what is asked for ---------------------------------------------------------------------------


def random_search(
    loss_fn: Callable[[Tensor], Tensor],
    low: float,
    high: float,
    *,
    n_trials: int,
    generator: Generator,
) -> Tensor:
    """`hyperparameters.random_search` over one number: the best of the rates that were tried."""
    how = {"n_trials": n_trials, "generator": generator}
    best, _ = kernels.random_search(lambda t: loss_fn(t["rate"]), {"rate": (low, high)}, **how)
    return best["rate"]


def hypergradient(
    validation_loss: Callable[[Params], Tensor],
    loss_fn: Callable[[Params, Tensor, Tensor], Tensor],
    params: Params,
    rates: Tensor,
    x: Tensor,
    y: Tensor,
) -> Tensor:
    """`hyperparameters.hypergradient` with respect to the rates alone, without momentum."""
    return kernels.hypergradient(validation_loss, loss_fn, params, rates, {}, x, y)[0]


def implicit_hypergradient(
    validation_loss: Callable[[Tensor], Tensor],
    objective: Callable[[Tensor, Tensor], Tensor],
    theta: Tensor,
    hyper: Tensor,
) -> Tensor:
    """`hyperparameters.implicit_hypergradient` with the whole Hessian, solved exactly."""

    def solve(product: Callable[[Tensor], Tensor], vector: Tensor) -> Tensor:
        return torch.linalg.solve(jacrev(grad(objective))(theta, hyper), vector)

    return kernels.implicit_hypergradient(validation_loss, objective, theta, hyper, solve=solve)


def confusion_matrix(logits: list[Tensor], labels: list[Tensor]) -> Tensor:
    """How many images of class n were taken for class m, over all batches: logits (S, N) and labels
    (S,) of each → (N, N) int64, a row a true class."""
    n_way = logits[0].shape[1]
    answers, asked = torch.cat(logits).argmax(1), torch.cat(labels)
    return torch.bincount(asked * n_way + answers, minlength=n_way**2).view(n_way, n_way)


# ---- on what -------------------------------------------------------------------------------------


def decay_case(generator: Generator) -> dict:
    first, last = (10 ** -(3 * torch.rand(2, generator=generator).double()).sort().values).tolist()
    return {"first": first, "last": last, "n_steps": whole_number(2, 9, generator)}


def search_case(generator: Generator) -> dict:
    low = 10 ** -(2.0 + torch.rand((), generator=generator).item())
    how = {"n_trials": whole_number(400, 500, generator), "generator": generator}
    return {"loss_fn": uneven_loss, "low": low, "high": 1000 * low} | how


def hypergradient_case(generator: Generator) -> dict:
    """A few steps of their own rates and batches, judged on other points."""
    loss_fn, n_features, params = random_model(generator)
    n_steps = whole_number(1, 4, generator)
    x, y = random_points(loss_fn, (n_steps, 5), n_features, generator)
    x_val, y_val = random_points(loss_fn, (4,), n_features, generator)
    rates = 0.05 + 0.15 * torch.rand(n_steps, generator=generator, dtype=torch.float64)
    model = {"loss_fn": loss_fn, "params": params}
    judge = {"validation_loss": partial(loss_fn, x=x_val, y=y_val)}
    return judge | model | {"rates": rates, "x": x, "y": y}


def of_one_step(case: dict) -> bool:
    return len(case["rates"]) == 1


def neumann_case(generator: Generator) -> dict:
    """Products with a matrix of eigenvalues 0.5 to 2, and a few terms; in one case of six one."""
    n = whole_number(2, 4, generator)
    axes = torch.linalg.qr(normal(generator, n, n)).Q
    matrix = axes @ torch.diag(0.5 + 1.5 * torch.rand(n, generator=generator).double()) @ axes.T
    how = {"lr_inner": 0.2 + 0.4 * torch.rand((), generator=generator).item()}
    n_terms = 1 if gets_an_edge(generator) else whole_number(2, 5, generator)
    return {"product": matrix.mv, "vector": normal(generator, n)} | how | {"n_terms": n_terms}


def of_one_term(case: dict) -> bool:
    return case["n_terms"] == 1


def joint_case(generator: Generator) -> dict:
    """A loss that is meant and two or three others, each the squared distance from a place; in one
    case of six there is one."""
    n = 1 if gets_an_edge(generator) else whole_number(2, 3, generator)
    losses = [partial(distance, place=normal(generator, 3)) for _ in range(n + 1)]
    weights = torch.rand(n, generator=generator, dtype=torch.float64) + 0.2
    return {"theta": normal(generator, 3), "losses": losses, "weights": weights}


def distance(theta: Tensor, place: Tensor) -> Tensor:
    """‖θ − place‖²."""
    return (theta - place).square().sum()


def with_one_other(case: dict) -> bool:
    return len(case["weights"]) == 1


def confusion_case(generator: Generator) -> dict:
    """Logits and labels of two or three batches of unlike sizes; in one case of six of one batch,
    in which the last class and another do not occur."""
    edge, n_way = gets_an_edge(generator), whole_number(4, 5, generator)
    sizes = [whole_number(4, 7, generator) for _ in range(1 if edge else 3)]
    asked = torch.tensor([0, 2]) if edge else torch.arange(n_way)
    labels = [asked[torch.randint(len(asked), (size,), generator=generator)] for size in sizes]
    return {"logits": [normal(generator, size, n_way) for size in sizes], "labels": labels}


def of_one_batch(case: dict) -> bool:
    return len(case["labels"]) == 1


def implicit_case(generator: Generator) -> dict:
    """Three weights at the minimum of a loss with two hyperparameters, and another loss."""
    n = whole_number(4, 6, generator)
    x, y, hyper = normal(generator, n, 3), normal(generator, n), normal(generator, 2) / 2
    curvature = 2 / n * x.T @ x + 2 * hyper[0].exp() * torch.eye(3)
    theta = torch.linalg.solve(curvature.double(), 2 / n * x.T @ y - hyper[1] * PULL)
    judge = partial(absolute_loss, x=normal(generator, 5, 3), y=normal(generator, 5))
    objective = partial(pulled_loss, x=x, y=y)
    return {"validation_loss": judge, "objective": objective, "theta": theta, "hyper": hyper}


PULL = torch.tensor([1.0, -2.0, 0.5]).double()


def pulled_loss(theta: Tensor, hyper: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """1/S Σ (θᵀx − y)² + e^h₁ ‖θ‖² + h₂ pᵀθ."""
    added = hyper[0].exp() * theta.square().sum() + hyper[1] * PULL @ theta
    return (x @ theta - y).square().mean() + added


def absolute_loss(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """1/S Σ √(1 + (θᵀx − y)²)."""
    return (1 + (x @ theta - y).square()).sqrt().mean()


EXERCISES = {
    "exponential_decay": Exercise(kernels.exponential_decay, decay_case),
    "random_search": Exercise(random_search, search_case, observe=facts_about_search),
    "hypergradient": Exercise(hypergradient, hypergradient_case, edge=of_one_step),
    "implicit_hypergradient": Exercise(implicit_hypergradient, implicit_case),
    "neumann_inverse": Exercise(kernels.neumann_inverse, neumann_case, edge=of_one_term),
    "weighted_joint": Exercise(
        kernels.weighted_joint, joint_case, differentiable=("theta", "weights"), edge=with_one_other
    ),
    "confusion_matrix": Exercise(confusion_matrix, confusion_case, edge=of_one_batch),
}
