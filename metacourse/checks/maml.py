"""The exercises, quizzes and predictions of chapter 03."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor
from torch.func import grad
from torch.nn import functional as F

from metacourse import maml as kernel
from metacourse.checks.catalogue import Exercise, Mistake, Option, Question, whole_number
from metacourse.checks.linear_regression import (
    NO_RATE,
    ONE_STEP_ONLY,
    SAME_GRADIENT,
    SAME_START,
    TOO_FEW,
    TOO_MANY,
    UPHILL,
)
from metacourse.episodes import Episode
from metacourse.nets import Params

CHAPTER = "03 MAML"
PREDICTIONS = ("memory", "pretrained", "angle", "relatives", "reuse", "many_steps")
NOTEBOOKS_RATE = 0.01
N_CLASSES = 3


# Cases: three small models in float64, all with curvature ----------------------------------------


def normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


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


# inner_adapt: what goes wrong --------------------------------------------------------------------


def descend(loss_fn, params, x, y, *, lr_inner, n_steps, cut: Callable = lambda step: False):
    """The inner loop; `cut(step)` says in which steps the gradient counts as a constant."""
    for step in range(n_steps):
        params = kernel.inner_adapt(loss_fn, params, x, y, lr_inner=lr_inner, first_order=cut(step))
    return params


def rates_map(function: Callable, lr_inner):
    """A change of the rates: applied to a number or to each tensor of a dict."""
    if not isinstance(lr_inner, dict):
        return function(lr_inner)
    return {name: function(rate) for name, rate in lr_inner.items()}


def adapt_first_order(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps, first_order=True)


def adapt_detached(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    adapted = kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)
    return {name: value.detach() for name, value in adapted.items()}


def adapt_detached_in_the_steps(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    function = adapt_detached if n_steps else kernel.inner_adapt
    return function(loss_fn, params, x_support, y_support, **steps)


def adapt_detached_from_theta(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    start = {name: value.detach() for name, value in params.items()}
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return kernel.inner_adapt(loss_fn, start, x_support, y_support, **steps)


def adapt_last_step_exact(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return descend(loss_fn, params, x_support, y_support, **steps, cut=lambda i: i < n_steps - 1)


def adapt_last_step_cut(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return descend(loss_fn, params, x_support, y_support, **steps, cut=lambda i: i == n_steps - 1)


def adapt_only_last_step_kept(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        start = {name: value.detach() for name, value in params.items()}
        params = kernel.inner_adapt(loss_fn, start, x_support, y_support, lr_inner=lr_inner)
    return params


def adapt_once(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, lr_inner=lr_inner)


def adapt_at_most_once(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": min(n_steps, 1)}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def adapt_not_at_all(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    return dict(params)


def gradients_alone(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    return grad(loss_fn)(params, x_support, y_support)


def adapt_first_order_with_constant_rates(
    loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1
):
    rates = rates_map(lambda rate: torch.as_tensor(rate, dtype=torch.float64).detach(), lr_inner)
    steps = {"lr_inner": rates, "n_steps": n_steps}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps, first_order=True)


def adapt_with_the_first_gradient(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    rates = rates_map(lambda rate: n_steps * rate, lr_inner)
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, lr_inner=rates)


def adapt_always_from_the_start(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    adapted = params
    for _ in range(n_steps):
        there = kernel.inner_adapt(loss_fn, adapted, x_support, y_support, lr_inner=lr_inner)
        adapted = {name: params[name] + there[name] - adapted[name] for name in params}
    return adapted


def adapt_without_rate(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, lr_inner=1.0, n_steps=n_steps)


def adapt_with_the_notebooks_rate(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": NOTEBOOKS_RATE, "n_steps": n_steps}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def adapt_with_fixed_rate_for_dicts(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    rate = NOTEBOOKS_RATE if isinstance(lr_inner, dict) else lr_inner
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, lr_inner=rate, n_steps=n_steps)


def adapt_with_a_rate_per_tensor(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    rates = rates_map(lambda rate: torch.as_tensor(rate).mean(), lr_inner)
    steps = {"lr_inner": rates, "n_steps": n_steps}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def adapt_with_one_mean_rate(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    if isinstance(lr_inner, dict):
        lr_inner = torch.cat([rate.flatten() for rate in lr_inner.values()]).mean()
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def adapt_with_constant_rates(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    rates = rates_map(lambda rate: torch.as_tensor(rate, dtype=torch.float64).detach(), lr_inner)
    steps = {"lr_inner": rates, "n_steps": n_steps}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def adapt_one_step_too_many(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps + 1}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def adapt_one_step_too_few(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": max(n_steps - 1, 0)}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def adapt_uphill(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": rates_map(lambda rate: -rate, lr_inner), "n_steps": n_steps}
    return kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def adapt_in_place(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        there = kernel.inner_adapt(loss_fn, params, x_support, y_support, lr_inner=lr_inner)
        with torch.no_grad():
            for name, value in params.items():
                value.copy_(there[name])
    return params


def adapt_in_place_in_the_graph(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        there = kernel.inner_adapt(loss_fn, params, x_support, y_support, lr_inner=lr_inner)
        steps = {name: value - there[name] for name, value in params.items()}
        for name, value in params.items():
            value -= steps[name]
    return params


def adapt_through_data(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        there = kernel.inner_adapt(loss_fn, params, x_support, y_support, lr_inner=lr_inner)
        for name, value in params.items():
            value.data = there[name].detach()
    return params


def adapt_in_the_callers_dict(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    params.update(kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps))
    return params


# maml_loss ---------------------------------------------------------------------------------------


def tasks(episodes: Episode) -> Iterator[Episode]:
    return (Episode(*task) for task in zip(*episodes, strict=True))


def task_losses(loss_fn, params, episodes, *, adapt=kernel.inner_adapt, **steps) -> Tensor:
    """The query losses of all tasks after an inner loop that may be a wrong one."""
    losses = []
    for x_support, y_support, x_query, y_query in tasks(episodes):
        adapted = adapt(loss_fn, params, x_support, y_support, **steps)
        losses.append(loss_fn(adapted, x_query, y_query))
    return torch.stack(losses)


def both_sets(task: Episode) -> tuple[Tensor, Tensor]:
    """All points of one task."""
    return torch.cat([task.x_support, task.x_query]), torch.cat([task.y_support, task.y_query])


def loss_with(adapt: Callable) -> Callable:
    """MAML's objective with a wrong inner loop."""

    def wrong(loss_fn, params, episodes, *, lr_inner, n_steps=1):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        return task_losses(loss_fn, params, episodes, adapt=adapt, **steps).mean()

    return wrong


def loss_detached(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    return kernel.maml_loss(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps).detach()


def loss_sum(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    return task_losses(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps).sum()


def loss_of_the_last_task(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    return task_losses(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)[-1]


def loss_of_the_last_task_divided(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    losses = task_losses(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
    return losses[-1] / len(losses)


def loss_of_the_first_task(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    return task_losses(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)[0]


def loss_of_the_first_task_divided(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    losses = task_losses(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
    return losses[0] / len(losses)


def loss_divided_by_four(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    losses = task_losses(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
    return losses.sum() / len(episodes)


def loss_on_support(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    x, y, _, _ = episodes
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return kernel.maml_loss(loss_fn, params, Episode(x, y, x, y), **steps)


def loss_adapted_on_the_query(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    _, _, x, y = episodes
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return kernel.maml_loss(loss_fn, params, Episode(x, y, x, y), **steps)


def loss_with_swapped_sets(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    x_support, y_support, x_query, y_query = episodes
    swapped = Episode(x_query, y_query, x_support, y_support)
    return kernel.maml_loss(loss_fn, params, swapped, lr_inner=lr_inner, n_steps=n_steps)


def loss_adapted_on_both_sets(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    losses = []
    for task in tasks(episodes):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        adapted = kernel.inner_adapt(loss_fn, params, *both_sets(task), **steps)
        losses.append(loss_fn(adapted, task.x_query, task.y_query))
    return torch.stack(losses).mean()


def loss_on_both_sets(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    support = loss_on_support(loss_fn, params, episodes, **steps)
    return support + kernel.maml_loss(loss_fn, params, episodes, **steps)


def loss_before_adaptation(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    return task_losses(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=0).mean()


def loss_without_a_fresh_start(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    losses = []
    for x_support, y_support, x_query, y_query in tasks(episodes):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        params = kernel.inner_adapt(loss_fn, params, x_support, y_support, **steps)
        losses.append(loss_fn(params, x_query, y_query))
    return torch.stack(losses).mean()


def loss_of_the_mean_adapted(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    adapted = [kernel.inner_adapt(loss_fn, params, *task[:2], **steps) for task in tasks(episodes)]
    mean = {name: torch.stack([each[name] for each in adapted]).mean(0) for name in params}
    return task_losses(loss_fn, mean, episodes, lr_inner=lr_inner, n_steps=0).mean()


def loss_adapted_to_all_tasks_at_once(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    pooled = Episode(*(part.flatten(0, 1)[None] for part in episodes))
    return kernel.maml_loss(loss_fn, params, pooled, lr_inner=lr_inner, n_steps=n_steps)


# reptile_step ------------------------------------------------------------------------------------


def arrivals(loss_fn, params, episodes, **steps) -> list[Params]:
    """Where each task's own gradient descent on all of its points arrives."""
    return [
        kernel.inner_adapt(loss_fn, params, *both_sets(task), **steps) for task in tasks(episodes)
    ]


def mean_of(adapted: list[Params]) -> Params:
    return {name: torch.stack([each[name] for each in adapted]).mean(0) for name in adapted[0]}


def moved(params: Params, target: Params, share: float) -> Params:
    """That share of the way from params to the target."""
    return {name: value + share * (target[name] - value) for name, value in params.items()}


def stepped(params: Params, gradients: Params, rate: float) -> Params:
    return {name: value - rate * gradients[name] for name, value in params.items()}


def reptile_with_share(share: Callable) -> Callable:
    """Reptile with something else in the place of β."""

    def wrong(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
        found = arrivals(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
        return moved(params, mean_of(found), share(lr_inner, lr_outer, n_steps, len(found)))

    return wrong


reptile_backwards = reptile_with_share(lambda alpha, beta, k, b: -beta)
reptile_summed = reptile_with_share(lambda alpha, beta, k, b: beta * b)
reptile_without_beta = reptile_with_share(lambda alpha, beta, k, b: 1.0)
reptile_swapped_shares = reptile_with_share(lambda alpha, beta, k, b: 1 - beta)
reptile_over_alpha = reptile_with_share(lambda alpha, beta, k, b: beta / alpha)
reptile_over_k_alpha = reptile_with_share(lambda alpha, beta, k, b: beta / alpha / max(k, 1))
reptile_backwards_over_alpha = reptile_with_share(lambda alpha, beta, k, b: -beta / alpha)
reptile_times_alpha = reptile_with_share(lambda alpha, beta, k, b: beta * alpha)

reptile_with_alpha = reptile_with_share(lambda alpha, beta, k, b: alpha)
reptile_over_k = reptile_with_share(lambda alpha, beta, k, b: beta / max(k, 1))
reptile_divided_by_four = reptile_with_share(lambda alpha, beta, k, b: beta * b / 4)


def reptile_not_at_all(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    return dict(params)


def reptile_plus_mean(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    target = mean_of(arrivals(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps))
    return {name: value + lr_outer * target[name] for name, value in params.items()}


def reptile_displacement(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    found = arrivals(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
    target = mean_of(found)
    return {name: lr_outer * (target[name] - value) for name, value in params.items()}


def reptile_on_one_set(chosen: slice) -> Callable:
    """Reptile on the support or the query sets alone."""

    def wrong(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        found = [
            kernel.inner_adapt(loss_fn, params, *task[chosen], **steps) for task in tasks(episodes)
        ]
        return moved(params, mean_of(found), lr_outer)

    return wrong


reptile_on_support, reptile_on_query = reptile_on_one_set(slice(2)), reptile_on_one_set(slice(2, 4))


def reptile_support_then_query(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    steps, found = {"lr_inner": lr_inner, "n_steps": n_steps}, []
    for task in tasks(episodes):
        adapted = kernel.inner_adapt(loss_fn, params, *task[:2], **steps)
        found.append(kernel.inner_adapt(loss_fn, adapted, *task[2:], **steps))
    return moved(params, mean_of(found), lr_outer)


def reptile_with_steps(change: Callable) -> Callable:
    """Reptile with another number of steps or another inner rate."""

    def wrong(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
        lr_inner, n_steps = change(lr_inner, lr_outer, n_steps)
        found = arrivals(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
        return moved(params, mean_of(found), lr_outer)

    return wrong


reptile_one_step = reptile_with_steps(lambda alpha, beta, k: (alpha, 1))
reptile_at_most_one_step = reptile_with_steps(lambda alpha, beta, k: (alpha, min(k, 1)))
reptile_one_too_many = reptile_with_steps(lambda alpha, beta, k: (alpha, k + 1))
reptile_one_too_few = reptile_with_steps(lambda alpha, beta, k: (alpha, max(k - 1, 0)))
reptile_uphill = reptile_with_steps(lambda alpha, beta, k: (-alpha, k))
reptile_notebooks_rate = reptile_with_steps(lambda alpha, beta, k: (NOTEBOOKS_RATE, k))
reptile_beta_inside = reptile_with_steps(lambda alpha, beta, k: (beta, k))


def reptile_swapped_rates(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    found = arrivals(loss_fn, params, episodes, lr_inner=lr_outer, n_steps=n_steps)
    return moved(params, mean_of(found), lr_inner)


def reptile_last_task(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    found = arrivals(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
    return moved(params, found[-1], lr_outer)


def reptile_first_task(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    found = arrivals(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
    return moved(params, found[0], lr_outer)


def reptile_serial(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    for task in tasks(episodes):
        adapted = kernel.inner_adapt(loss_fn, params, *both_sets(task), **steps)
        params = moved(params, adapted, lr_outer)
    return params


def chain(loss_fn, params, episodes, **steps) -> list[Params]:
    """Arrivals when each task starts from where the one before it ended."""
    found = []
    for task in tasks(episodes):
        params = kernel.inner_adapt(loss_fn, params, *both_sets(task), **steps)
        found.append(params)
    return found


def reptile_chained(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    found = chain(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
    return moved(params, mean_of(found), lr_outer)


def reptile_chained_last(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    found = chain(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)
    return moved(params, found[-1], lr_outer)


def reptile_overwriting_theta(*, remembered: bool) -> Callable:
    """The inner steps change the caller's θ; its old values are remembered, or lost."""

    def wrong(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
        start = {name: value.detach().clone() for name, value in params.items()}
        end = chain(loss_fn, params, episodes, lr_inner=lr_inner, n_steps=n_steps)[-1]
        end = {name: value.detach().clone() for name, value in end.items()}
        write(params, end)
        return moved(start, end, lr_outer) if remembered else params

    return wrong


reptile_overwrites = reptile_overwriting_theta(remembered=False)
reptile_overwrites_and_remembers = reptile_overwriting_theta(remembered=True)


def reptile_on_pooled_tasks(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    pooled = Episode(*(part.flatten(0, 1) for part in episodes))
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return moved(params, kernel.inner_adapt(loss_fn, params, *both_sets(pooled), **steps), lr_outer)


def joint_step(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    def objective(params):
        return torch.stack([loss_fn(params, *both_sets(task)) for task in tasks(episodes)]).mean()

    return stepped(params, grad(objective)(params), lr_outer)


def maml_in_place_of_reptile(*, first_order: bool) -> Callable:
    """An outer step along the gradient of MAML's objective."""

    def wrong(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps, "first_order": first_order}
        gradients = grad(lambda p: kernel.maml_loss(loss_fn, p, episodes, **steps))(params)
        return stepped(params, gradients, lr_outer)

    return wrong


exact_maml_step = maml_in_place_of_reptile(first_order=False)
first_order_maml_step = maml_in_place_of_reptile(first_order=True)


def reptile_in_place(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    steps = {"lr_inner": lr_inner, "lr_outer": lr_outer, "n_steps": n_steps}
    return write(params, kernel.reptile_step(loss_fn, params, episodes, **steps))


def write(params: Params, values: Params) -> Params:
    """Overwrite the caller's tensors."""
    with torch.no_grad():
        for name, value in params.items():
            value.copy_(values[name])
    return params


# meta_sgd_step -----------------------------------------------------------------------------------


def meta_gradients(loss_fn, params, rates, episodes, *, objective=kernel.maml_loss, **options):
    """The gradients of an objective, MAML's or a wrong one, for θ and for the rates."""

    def value(params, rates):
        return objective(loss_fn, params, episodes, lr_inner=rates, **options)

    return grad(value, argnums=(0, 1))(params, rates)


def meta_sgd_of(objective: Callable, **options) -> Callable:
    """Meta-SGD on a wrong objective."""

    def wrong(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
        chosen = {"n_steps": n_steps, "objective": objective} | options
        for_params, for_rates = meta_gradients(loss_fn, params, rates, episodes, **chosen)
        return stepped(params, for_params, lr_outer), stepped(rates, for_rates, lr_outer)

    return wrong


meta_sgd_first_order = meta_sgd_of(kernel.maml_loss, first_order=True)
meta_sgd_one_step = meta_sgd_of(kernel.maml_loss, n_steps=1)
meta_sgd_on_support = meta_sgd_of(loss_on_support)
meta_sgd_adapted_on_the_query = meta_sgd_of(loss_adapted_on_the_query)
meta_sgd_swapped_sets = meta_sgd_of(loss_with_swapped_sets)
meta_sgd_summed = meta_sgd_of(loss_sum)
meta_sgd_last_task = meta_sgd_of(loss_of_the_last_task)
meta_sgd_joint = meta_sgd_of(loss_before_adaptation)
meta_sgd_chained = meta_sgd_of(loss_without_a_fresh_start)
meta_sgd_divided_by_four = meta_sgd_of(loss_divided_by_four)
meta_sgd_uphill_inside = meta_sgd_of(loss_with(adapt_uphill))


def meta_sgd_with(change: Callable) -> Callable:
    """Meta-SGD with other steps along the right gradients: `change` gets θ, α, both, and β."""

    def wrong(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
        gradients = meta_gradients(loss_fn, params, rates, episodes, n_steps=n_steps)
        return change(params, rates, *gradients, lr_outer)

    return wrong


def every(function: Callable, *dicts: Params) -> Params:
    """A function of the tensors of one name, for all names."""
    return {name: function(*(each[name] for each in dicts)) for name in dicts[0]}


rates_not_learned = meta_sgd_with(lambda t, a, gt, ga, beta: (stepped(t, gt, beta), a))
theta_not_learned = meta_sgd_with(lambda t, a, gt, ga, beta: (t, stepped(a, ga, beta)))
rates_uphill = meta_sgd_with(
    lambda t, a, gt, ga, beta: (stepped(t, gt, beta), stepped(a, ga, -beta))
)
theta_uphill = meta_sgd_with(
    lambda t, a, gt, ga, beta: (stepped(t, gt, -beta), stepped(a, ga, beta))
)
both_uphill = meta_sgd_with(
    lambda t, a, gt, ga, beta: (stepped(t, gt, -beta), stepped(a, ga, -beta))
)
rates_without_beta = meta_sgd_with(
    lambda t, a, gt, ga, beta: (stepped(t, gt, beta), stepped(a, ga, 1.0))
)
theta_without_beta = meta_sgd_with(
    lambda t, a, gt, ga, beta: (stepped(t, gt, 1.0), stepped(a, ga, beta))
)
both_without_beta = meta_sgd_with(
    lambda t, a, gt, ga, beta: (stepped(t, gt, 1.0), stepped(a, ga, 1.0))
)
rates_with_mean_gradient = meta_sgd_with(
    lambda t, a, gt, ga, beta: (
        stepped(t, gt, beta),
        every(lambda rate, gradient: rate - beta * gradient.mean(), a, ga),
    )
)
rates_with_summed_gradient = meta_sgd_with(
    lambda t, a, gt, ga, beta: (
        stepped(t, gt, beta),
        every(lambda rate, gradient: rate - beta * gradient.sum(), a, ga),
    )
)
rates_times_rate = meta_sgd_with(
    lambda t, a, gt, ga, beta: (
        stepped(t, gt, beta),
        every(lambda rate, gradient: rate - beta * rate * gradient, a, ga),
    )
)
rates_kept_positive = meta_sgd_with(
    lambda t, a, gt, ga, beta: (
        stepped(t, gt, beta),
        every(lambda rate, gradient: (rate - beta * gradient).clamp(min=0), a, ga),
    )
)
rates_absolute = meta_sgd_with(
    lambda t, a, gt, ga, beta: (
        stepped(t, gt, beta),
        every(lambda rate, gradient: (rate - beta * gradient).abs(), a, ga),
    )
)
theta_with_inner_rates = meta_sgd_with(
    lambda t, a, gt, ga, beta: (
        every(lambda theta, rate, gradient: theta - rate * gradient, t, a, gt),
        stepped(a, ga, beta),
    )
)
swapped_gradients = meta_sgd_with(
    lambda t, a, gt, ga, beta: (stepped(t, ga, beta), stepped(a, gt, beta))
)
swapped_results = meta_sgd_with(
    lambda t, a, gt, ga, beta: (stepped(a, ga, beta), stepped(t, gt, beta))
)
only_gradients = meta_sgd_with(lambda t, a, gt, ga, beta: (gt, ga))


def rates_after_theta(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    for_params, _ = meta_gradients(loss_fn, params, rates, episodes, n_steps=n_steps)
    params = stepped(params, for_params, lr_outer)
    _, for_rates = meta_gradients(loss_fn, params, rates, episodes, n_steps=n_steps)
    return params, stepped(rates, for_rates, lr_outer)


def theta_from_adapted(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    steps = {"lr_inner": rates, "n_steps": n_steps}
    adapted = [kernel.inner_adapt(loss_fn, params, *task[:2], **steps) for task in tasks(episodes)]
    for_params, for_rates = meta_gradients(loss_fn, params, rates, episodes, n_steps=n_steps)
    return stepped(mean_of(adapted), for_params, lr_outer), stepped(rates, for_rates, lr_outer)


def meta_sgd_with_a_rate_per_tensor(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    shared = every(lambda rate: torch.full_like(rate, rate.mean().item()), rates)
    gradients = meta_gradients(loss_fn, params, shared, episodes, n_steps=n_steps)
    updated = every(lambda rate, gradient: rate - lr_outer * gradient.sum(), shared, gradients[1])
    return stepped(params, gradients[0], lr_outer), updated


def meta_sgd_in_place(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    steps = {"lr_outer": lr_outer, "n_steps": n_steps}
    new = kernel.meta_sgd_step(loss_fn, params, rates, episodes, **steps)
    return write(params, new[0]), write(rates, new[1])


def meta_sgd_writes_theta(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    steps = {"lr_outer": lr_outer, "n_steps": n_steps}
    new = kernel.meta_sgd_step(loss_fn, params, rates, episodes, **steps)
    return write(params, new[0]), new[1]


def theta_alone_in_place(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    steps = {"lr_outer": lr_outer, "n_steps": n_steps}
    return write(params, kernel.meta_sgd_step(loss_fn, params, rates, episodes, **steps)[0]), rates


FORGOTTEN = (
    "The numbers are right, but θ′ has forgotten where it came from: no gradient flows back to θ, "
    "so nothing can be meta-learned. Look for `detach`, `no_grad`, `.data`, `torch.tensor(...)`, "
    "or an optimizer that steps on a deep copy."
)
CUT = (
    "The numbers are right, but the graph is cut inside the steps: each gradient counts as a "
    "constant, so dθ′/dθ is I. MAML with this inner loop is first-order MAML. "
    "`torch.autograd.grad` keeps the graph with `create_graph=True`; `torch.func.grad` always does."
)
OVERWRITTEN = (
    "θ is overwritten by the adapted parameters, and the next task would start from there. "
    "Build a new dict with new tensors: no `-=`, no `.data`, no `params[name] = …`."
)
LOSS_CUT = (
    "The number is right, but no gradient flows from it to θ: look for `.item()`, `detach`, "
    "`no_grad`, or an optimizer that adapts a deep copy of θ. The outer loss must stay joined "
    "to θ through the inner steps."
)
LOSS_OVERWRITTEN = (
    "The inner loop overwrites θ itself, so the caller's θ is lost and each task starts from "
    "where the last one ended. Adapt a new dict for every task and leave θ as it is."
)
AT_MOST_ONE = (
    "However large `n_steps` is, one step is all that happens: either the `return` stands inside "
    "the loop, or every round starts from the first θ again."
)
FOUR = (
    "You divide by `len(episodes)`, which is 4: an Episode has four parts. "
    "The number of tasks is `len(episodes.x_support)`."
)
RATES_FIXED = (
    "θ learns, the rates do not: this is MAML with fixed rates. Take the gradient for "
    "the rates too, and step down it with β."
)
REPTILE_OVERWRITTEN = (
    "The inner steps overwrite θ itself, and the next task starts from there. "
    "Adapt a new dict for every task, and keep θ to measure θ′ − θ."
)
ONE_STEP = "`n_steps` is not passed on: every task takes one inner step whatever it says."
FIXED_RATE = (
    f"The inner rate is always {NOTEBOOKS_RATE}, the rate of the notebook's examples: "
    "use `lr_inner`."
)
LAST_STEP_EXACT = (
    "Only the last inner step is differentiated; the gradients of the earlier steps count as "
    "constants. Every one of the k steps has its factor: keep the graph in all of them."
)
LAST_STEP_CUT = (
    "The last inner step is cut out of the graph: its gradient counts as a constant. It needs "
    "`create_graph=True` like the others, because the outer gradient runs through it too."
)

EXERCISES = {
    "inner_adapt": Exercise(
        reference=kernel.inner_adapt,
        cases=inner_adapt_case,
        mistakes=(
            Mistake(adapt_first_order, CUT),
            Mistake(adapt_first_order_with_constant_rates, CUT),
            Mistake(adapt_detached, FORGOTTEN),
            Mistake(adapt_detached_in_the_steps, FORGOTTEN),
            Mistake(adapt_detached_from_theta, FORGOTTEN),
            Mistake(adapt_only_last_step_kept, FORGOTTEN),
            Mistake(adapt_last_step_exact, LAST_STEP_EXACT),
            Mistake(adapt_last_step_cut, LAST_STEP_CUT),
            Mistake(adapt_once, ONE_STEP_ONLY),
            Mistake(adapt_at_most_once, AT_MOST_ONE),
            Mistake(
                adapt_not_at_all,
                "θ comes back as it was: the stepped parameters never get into the result.",
            ),
            Mistake(
                gradients_alone,
                "This is the gradient at θ. Return where the steps arrive: θ − α∇L, k times.",
            ),
            Mistake(
                adapt_with_the_first_gradient,
                SAME_GRADIENT,
            ),
            Mistake(
                adapt_always_from_the_start,
                SAME_START,
            ),
            Mistake(adapt_one_step_too_many, TOO_MANY),
            Mistake(adapt_one_step_too_few, TOO_FEW),
            Mistake(
                adapt_uphill,
                UPHILL,
            ),
            Mistake(adapt_without_rate, NO_RATE),
            Mistake(adapt_with_the_notebooks_rate, FIXED_RATE),
            Mistake(
                adapt_with_fixed_rate_for_dicts,
                f"Where `lr_inner` is a dict, it is ignored and {NOTEBOOKS_RATE} stands in its "
                "place. Each tensor steps with its own rates, `lr_inner[name]`.",
            ),
            Mistake(
                adapt_with_a_rate_per_tensor,
                "Where `lr_inner` is a dict, each tensor steps with the mean of its rates. "
                "Every weight has a rate of its own: multiply entry by entry.",
            ),
            Mistake(
                adapt_with_one_mean_rate,
                "Where `lr_inner` is a dict, all weights step with the mean of all rates. "
                "Every weight has a rate of its own: `lr_inner[name]`, entry by entry.",
            ),
            Mistake(
                adapt_with_constant_rates,
                "The numbers are right, and so is the gradient for θ, but none flows to the rates: "
                "they were detached or turned into numbers. Multiply with `lr_inner[name]` as it "
                "is, so that the rates can be learned (Meta-SGD).",
            ),
            Mistake(adapt_in_place, OVERWRITTEN),
            Mistake(adapt_in_place_in_the_graph, OVERWRITTEN),
            Mistake(adapt_through_data, OVERWRITTEN),
            Mistake(adapt_in_the_callers_dict, OVERWRITTEN),
        ),
        hints=(
            "A loop of `n_steps` rounds. In a round: the gradient of the support loss at the "
            "parameters of now, then a new dict of stepped parameters.",
            "`torch.func.grad(loss_fn)(params, x_support, y_support)` returns a dict like params. "
            "With `torch.autograd.grad(loss, params.values(), create_graph=True)` it is a tuple "
            "in the same order, and params must require gradients. A dict of rates has one tensor "
            "for each name.",
            "Before the loop `rates = lr_inner if isinstance(lr_inner, dict) else "
            "dict.fromkeys(params, lr_inner)`; in it, with g the dict of gradients, "
            "`params = {name: params[name] - rates[name] * g[name] for name in params}`.",
        ),
        differentiable=("params", "lr_inner"),
        remark="Gradients flow through every step of yours, to θ and to the rates: MAML and "
        "Meta-SGD can be built on it.",
    ),
    "maml_loss": Exercise(
        reference=kernel.maml_loss,
        cases=maml_loss_case,
        mistakes=(
            Mistake(
                loss_with(adapt_first_order),
                "This is first-order MAML: the number is right, but its gradient takes the inner "
                "gradients for constants. Keep the graph in the inner loop: `create_graph=True`, "
                "no `detach`.",
            ),
            Mistake(loss_detached, LOSS_CUT),
            Mistake(loss_with(adapt_detached_in_the_steps), LOSS_CUT),
            Mistake(loss_with(adapt_last_step_exact), LAST_STEP_EXACT),
            Mistake(loss_with(adapt_last_step_cut), LAST_STEP_CUT),
            Mistake(
                loss_on_support,
                "The outer loss is measured on the support sets, the points just fitted: a start "
                "from which they can be memorised looks perfect. Use `x_query` and `y_query`.",
            ),
            Mistake(
                loss_adapted_on_the_query,
                "You adapt to the query sets, the points that θ′ is judged on. "
                "The inner steps see the support sets only.",
            ),
            Mistake(
                loss_with_swapped_sets,
                "Support and query are swapped: adapt on the support set, judge on the query set.",
            ),
            Mistake(
                loss_adapted_on_both_sets,
                "The inner steps see the query points as well, and are then judged on them. "
                "Adapt on the support set alone.",
            ),
            Mistake(
                loss_on_both_sets,
                "The support losses after adaptation are added to the outer loss. "
                "MAML judges θ′ on the query sets alone.",
            ),
            Mistake(
                loss_of_the_last_task,
                "Only the last task counts: the loss of each task overwrites the one before. "
                "Collect them all and take the mean.",
            ),
            Mistake(
                loss_of_the_last_task_divided,
                "Only the last task counts, divided by the number of tasks: add the losses up "
                "in the loop (`+=`, not `=`).",
            ),
            Mistake(
                loss_of_the_first_task,
                "Only the first task counts: is the `return` inside the loop over tasks?",
            ),
            Mistake(
                loss_of_the_first_task_divided,
                "Only the first task counts, divided by the number of tasks: is the `return` "
                "inside the loop over tasks?",
            ),
            Mistake(loss_divided_by_four, FOUR),
            Mistake(
                loss_sum,
                "This is the sum over the tasks. The objective is their mean, so that the outer "
                "rate does not depend on how many tasks a batch has.",
            ),
            Mistake(
                loss_before_adaptation,
                "This is joint training: the query loss at θ, before adaptation. "
                "Judge θ′, which `inner_adapt` returns.",
            ),
            Mistake(
                loss_without_a_fresh_start,
                "The second task starts from θ′ of the first: the name `params` was given to the "
                "adapted parameters inside the loop over tasks. Every task starts from the same θ.",
            ),
            Mistake(
                loss_of_the_mean_adapted,
                "You average the adapted parameters and judge the average. Each task is judged "
                "with its own θ′; the mean is taken over the losses.",
            ),
            Mistake(
                loss_adapted_to_all_tasks_at_once,
                "One θ′ is adapted to the support points of all tasks together. Each task has an "
                "inner loop of its own: loop over the task axis, or use `torch.func.vmap`.",
            ),
            Mistake(loss_with(adapt_once), ONE_STEP),
            Mistake(loss_with(adapt_at_most_once), AT_MOST_ONE),
            Mistake(loss_with(adapt_one_step_too_many), TOO_MANY),
            Mistake(loss_with(adapt_one_step_too_few), TOO_FEW),
            Mistake(loss_with(adapt_with_the_notebooks_rate), FIXED_RATE),
            Mistake(
                loss_with(adapt_uphill),
                "The inner steps walk uphill: the gradient is subtracted from θ, not added.",
            ),
            Mistake(
                loss_with(adapt_with_the_first_gradient),
                "The inner gradient is taken once, at θ, and used for every step. "
                "Take it anew after each step.",
            ),
            Mistake(loss_with(adapt_in_place), LOSS_OVERWRITTEN),
            Mistake(loss_with(adapt_in_place_in_the_graph), LOSS_OVERWRITTEN),
            Mistake(loss_with(adapt_through_data), LOSS_OVERWRITTEN),
            Mistake(loss_with(adapt_in_the_callers_dict), LOSS_OVERWRITTEN),
        ),
        hints=(
            "First for one task: adapt on its support set, then take the loss of θ′ on its query "
            "set. The objective is the mean of that number over the tasks.",
            "`for x_support, y_support, x_query, y_query in zip(*episodes):` walks over the "
            "tasks. Give θ′ a name of its own, so that the next task starts from θ. "
            "`torch.func.vmap` in place of the loop needs an inner loop with `torch.func.grad`.",
            "`adapted = inner_adapt(loss_fn, params, x_support, y_support, lr_inner=lr_inner, "
            "n_steps=n_steps)`, then `losses.append(loss_fn(adapted, x_query, y_query))`; after "
            "the loop `return torch.stack(losses).mean()`.",
        ),
        differentiable=("params",),
        remark="The objective of MAML with its exact gradient. "
        "`torch.func.vmap` runs all tasks at once.",
    ),
    "reptile_step": Exercise(
        reference=kernel.reptile_step,
        cases=reptile_case,
        mistakes=(
            Mistake(
                reptile_backwards,
                "The sign is wrong: this moves θ away from where the tasks arrive. "
                "The step is + β (θ′ − θ).",
            ),
            Mistake(
                reptile_summed,
                "You sum the tasks' ways θ′ − θ. Take their mean: divide by the number of tasks.",
            ),
            Mistake(
                reptile_without_beta,
                "β is missing: this is the mean of the adapted parameters itself, which is the "
                "step with β = 1. Go only the share `lr_outer` of the way there.",
            ),
            Mistake(
                reptile_with_alpha,
                "θ moves the share α of the way. α = `lr_inner` is for the tasks' own steps; "
                "the move of θ takes β = `lr_outer`.",
            ),
            Mistake(
                reptile_over_k,
                "The way θ′ − θ is divided by the number of steps. "
                "Reptile takes β times the way as it is.",
            ),
            Mistake(reptile_divided_by_four, FOUR),
            Mistake(
                reptile_not_at_all,
                "θ comes back as it was: the move towards the adapted parameters is missing.",
            ),
            Mistake(
                reptile_plus_mean,
                "You add β times the mean of θ′ itself. What is added is β times the way there, "
                "θ′ − θ.",
            ),
            Mistake(
                reptile_swapped_shares,
                "The shares are swapped: the new θ is (1 − β) θ + β · mean θ′, "
                "not β θ + (1 − β) · mean θ′.",
            ),
            Mistake(
                reptile_displacement,
                "This is the step alone, β times the mean of θ′ − θ. Add it to θ.",
            ),
            Mistake(
                reptile_over_alpha,
                "The way θ′ − θ is divided by α. That is the form to hand to Adam as a gradient "
                "(with the other sign); the plain step is θ + β · mean(θ′ − θ).",
            ),
            Mistake(
                reptile_over_k_alpha,
                "The way θ′ − θ is divided by α and by the number of steps. "
                "Reptile takes β times the way as it is.",
            ),
            Mistake(
                reptile_backwards_over_alpha,
                "(θ − θ′)/α stands in for a gradient, so it must be subtracted from θ. "
                "Plainer: θ + β · mean(θ′ − θ), without α.",
            ),
            Mistake(
                reptile_times_alpha,
                "The way is multiplied by α once more. α is already inside θ′: "
                "only β multiplies θ′ − θ.",
            ),
            Mistake(
                reptile_on_support,
                "The tasks train on their support sets alone. Reptile has no query set: "
                "join the points of both sets with `torch.cat`, and train on all of them.",
            ),
            Mistake(
                reptile_on_query,
                "The tasks train on their query sets alone. Reptile makes no such difference: "
                "join the points of both sets and train on all of them.",
            ),
            Mistake(
                reptile_support_then_query,
                "Each task takes its steps on the support set, then as many on the query set. "
                "Join the points of both sets, then take n_steps steps on all of them.",
            ),
            Mistake(
                reptile_one_step,
                "Every task takes one step whatever `n_steps` says. With one step Reptile is joint "
                "training: its way is −α times the mean gradient at θ.",
            ),
            Mistake(reptile_at_most_one_step, AT_MOST_ONE),
            Mistake(reptile_one_too_many, TOO_MANY),
            Mistake(reptile_one_too_few, TOO_FEW),
            Mistake(
                reptile_uphill,
                "The inner steps walk uphill: the gradient is subtracted from θ, not added.",
            ),
            Mistake(reptile_notebooks_rate, FIXED_RATE),
            Mistake(
                reptile_swapped_rates,
                "The rates are swapped: α = `lr_inner` belongs to the tasks' own steps, "
                "β = `lr_outer` to the move of θ.",
            ),
            Mistake(
                reptile_beta_inside,
                "The inner steps use `lr_outer`. They take `lr_inner`; β only moves θ.",
            ),
            Mistake(
                reptile_last_task,
                "Only the last task counts: each θ′ overwrites the one before. "
                "Move towards the mean of all of them.",
            ),
            Mistake(
                reptile_first_task,
                "Only the first task counts: is the `return` inside the loop over tasks?",
            ),
            Mistake(
                reptile_serial,
                "This is the serial Reptile (Algorithm 1 of the paper): θ moves after each task, "
                "and the next one starts from there. Here all tasks start from the same θ, which "
                "moves once, towards their mean.",
            ),
            Mistake(
                reptile_chained,
                "The second task starts from θ′ of the first. Every task starts from the same θ.",
            ),
            Mistake(
                reptile_chained_last,
                "One chain of steps through all tasks, then a move towards its end. "
                "Every task starts from the same θ, and θ moves towards the mean of the θ′.",
            ),
            Mistake(
                reptile_on_pooled_tasks,
                "The points of all tasks are pooled and trained on together: that is joint "
                "training. Each task has an inner loop of its own.",
            ),
            Mistake(
                joint_step,
                "This is joint training: a step down the mean gradient at θ. Reptile lets each "
                "task take its n_steps steps, and moves towards where they arrive.",
            ),
            Mistake(
                first_order_maml_step,
                "This is first-order MAML: a step down the query gradients at θ′. "
                "Reptile takes no gradient there; it moves θ towards θ′ itself.",
            ),
            Mistake(
                exact_maml_step,
                "This is a step of exact MAML. Reptile needs no query loss and no second "
                "derivative: it moves θ towards the adapted parameters.",
            ),
            Mistake(reptile_overwrites, REPTILE_OVERWRITTEN),
            Mistake(reptile_overwrites_and_remembers, REPTILE_OVERWRITTEN),
            Mistake(
                reptile_in_place,
                "The values are right, but they overwrite the caller's θ. "
                "Return a new dict with new tensors.",
            ),
        ),
        hints=(
            "Each task takes its own `n_steps` steps from the same θ, on all of its points. "
            "Where do they arrive, and which way is that from θ?",
            "`x = torch.cat([episodes.x_support, episodes.x_query], dim=1)` joins the sets of all "
            "tasks, y likewise; `inner_adapt` on x[i], y[i] gives θ′ of task i. "
            "No gradient is needed after that.",
            "With `adapted` a list of dicts, for every name: "
            "`mean = torch.stack([each[name] for each in adapted]).mean(0)`, and the new value is "
            "`params[name] + lr_outer * (mean - params[name])`.",
        ),
        remark="No query set, no gradient of the outer loss: "
        "Reptile only walks towards its tasks' solutions.",
    ),
    "meta_sgd": Exercise(
        reference=kernel.meta_sgd_step,
        cases=meta_sgd_case,
        mistakes=(
            Mistake(rates_not_learned, RATES_FIXED),
            Mistake(theta_alone_in_place, RATES_FIXED),
            Mistake(
                theta_not_learned,
                "The rates learn, θ does not. Both take a step, with the same β.",
            ),
            Mistake(rates_uphill, "The rates climb: subtract β times their gradient, as for θ."),
            Mistake(theta_uphill, "θ climbs: subtract β times its gradient, as for the rates."),
            Mistake(
                both_uphill,
                "Both climb the objective: subtract β times the gradient.",
            ),
            Mistake(
                rates_without_beta,
                "The rates take the whole gradient as their step. "
                "β = `lr_outer` belongs to both steps.",
            ),
            Mistake(
                theta_without_beta,
                "θ takes the whole gradient as its step. β = `lr_outer` belongs to both steps.",
            ),
            Mistake(
                both_without_beta, "The outer rate β is missing: multiply the gradients with it."
            ),
            Mistake(
                rates_with_mean_gradient,
                "All rates of a tensor move by the same amount, the mean of their gradients. "
                "Every weight has a rate of its own: step entry by entry.",
            ),
            Mistake(
                rates_with_summed_gradient,
                "All rates of a tensor move by the same amount, the sum of their gradients. "
                "Every weight has a rate of its own: step entry by entry.",
            ),
            Mistake(
                meta_sgd_with_a_rate_per_tensor,
                "Each tensor has a single rate here, the mean of its rates. In Meta-SGD every "
                "weight has its own, and they are learned one by one.",
            ),
            Mistake(
                rates_times_rate,
                "The rates' gradient is multiplied by the rates once more, as if their logarithm "
                "were learned. The plain step is α − β ∇α.",
            ),
            Mistake(
                rates_kept_positive,
                "Negative rates are clipped to 0. Meta-SGD lets a rate become negative: "
                "that weight then steps uphill on the support loss, if it helps the query loss.",
            ),
            Mistake(
                rates_absolute,
                "The rates lose their sign. Meta-SGD lets a rate become negative: "
                "leave it as the step makes it.",
            ),
            Mistake(
                theta_with_inner_rates,
                "θ steps with the learned rates α. They belong to the inner steps; "
                "the outer step of θ takes β = `lr_outer`.",
            ),
            Mistake(
                swapped_gradients,
                "The gradients are swapped: θ steps down that of the rates, and the rates down "
                "that of θ.",
            ),
            Mistake(
                swapped_results,
                "The two results are swapped: return the parameters first, then the rates.",
            ),
            Mistake(
                only_gradients, "These are the gradients. Return θ and the rates after a step."
            ),
            Mistake(
                rates_after_theta,
                "The rates' gradient is taken at the θ that has already moved. Take both gradients "
                "at the old θ and the old rates, then step.",
            ),
            Mistake(
                theta_from_adapted,
                "The outer step starts from the mean of the θ′. It moves θ, from which the next "
                "tasks start; θ′ is used for the query loss only.",
            ),
            Mistake(
                meta_sgd_first_order,
                "The gradient for θ is that of first-order MAML: the inner gradients count as "
                "constants. Keep the graph in the inner loop.",
            ),
            Mistake(meta_sgd_one_step, ONE_STEP),
            Mistake(
                meta_sgd_on_support,
                "The outer loss is measured on the support sets. Judge θ′ on the query sets.",
            ),
            Mistake(
                meta_sgd_adapted_on_the_query,
                "The inner steps use the query sets, on which θ′ is judged. "
                "Adapt on the support sets.",
            ),
            Mistake(
                meta_sgd_swapped_sets,
                "Support and query are swapped: adapt on the support set, judge on the query set.",
            ),
            Mistake(
                meta_sgd_summed,
                "The tasks' losses are summed. The objective is their mean.",
            ),
            Mistake(meta_sgd_last_task, "Only the last task counts. Take the mean over all tasks."),
            Mistake(
                meta_sgd_joint,
                "This is joint training: the query loss at θ, so that no gradient reaches the "
                "rates. Judge θ′ instead.",
            ),
            Mistake(meta_sgd_divided_by_four, FOUR),
            Mistake(
                meta_sgd_chained,
                "The second task starts from θ′ of the first. Every task starts from the same θ.",
            ),
            Mistake(
                meta_sgd_uphill_inside,
                "The inner steps add α ⊙ ∇L. They subtract it: θ′ = θ − α ⊙ ∇L.",
            ),
            Mistake(
                meta_sgd_in_place,
                "The values are right, but they overwrite the caller's θ and rates. "
                "Return two new dicts with new tensors.",
            ),
            Mistake(
                meta_sgd_writes_theta,
                "The values are right, but they overwrite the caller's θ. "
                "Return two new dicts with new tensors.",
            ),
        ),
        hints=(
            "The objective is MAML's, with `lr_inner=rates`. It depends on two dicts now, "
            "θ and the rates: take its gradient for both.",
            "`torch.func.grad(objective, argnums=(0, 1))(params, rates)` returns two dicts, where "
            "`objective(params, rates)` calls `maml_loss(...)`.",
            "With g_params and g_rates these dicts: "
            "`{name: params[name] - lr_outer * g_params[name] for name in params}`, "
            "the same for the rates, and return both.",
        ),
        remark="The rates are learned like weights. Some become negative, "
        "which no rate chosen by hand would be.",
    ),
}

WHICH = "Which algorithm is this?\n\n```\n{}\n```"

QUIZZES = {
    "read_this_code": [
        Question(
            WHICH.format("""\
for x_s, y_s, x_q, y_q in batch:
    fast = dict(net.named_parameters())
    for _ in range(k):
        loss = F.mse_loss(functional_call(net, fast, x_s), y_s)
        grads = torch.autograd.grad(loss, fast.values())
        fast = {n: w - lr * g for (n, w), g in zip(fast.items(), grads)}
    F.mse_loss(functional_call(net, fast, x_q), y_q).backward()
opt.step()"""),
            (
                Option(
                    "MAML",
                    "`autograd.grad` without `create_graph=True` returns constants. The second "
                    "derivatives are gone.",
                ),
                Option(
                    "first-order MAML",
                    "The gradients of the inner steps are constants, but each w − lr · g still "
                    "leads back to the weights: the outer gradient is that at θ′.",
                    correct=True,
                ),
                Option(
                    "Reptile",
                    "Reptile takes no gradient of a query loss.",
                ),
                Option(
                    "joint training",
                    "The query loss is taken at `fast`, after adaptation.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
for x, y in tasks:
    start = copy.deepcopy(net.state_dict())
    opt = torch.optim.SGD(net.parameters(), lr)
    for _ in range(k):
        opt.zero_grad()
        F.mse_loss(net(x), y).backward()
        opt.step()
    end = net.state_dict()
    net.load_state_dict({n: start[n] + eps * (end[n] - start[n]) for n in start})"""),
            (
                Option(
                    "joint training",
                    "After k steps on a task the weights go back most of the way, to a point "
                    "between start and end.",
                ),
                Option(
                    "first-order MAML",
                    "Nothing is judged after adaptation: there is no query loss.",
                ),
                Option(
                    "a bug: the optimizer overwrites θ",
                    "It does, but `start` keeps a copy, and the last line puts it back.",
                ),
                Option(
                    "Reptile",
                    "The weights move the share eps of the way to where the task's own training "
                    "ended: the serial form, one task after the other.",
                    correct=True,
                ),
            ),
        ),
        Question(
            WHICH.format("""\
def task_loss(p, x_s, y_s, x_q, y_q):
    for _ in range(k):
        g = torch.func.grad(loss)(p, x_s, y_s)
        p = {n: p[n] - lr * g[n] for n in p}
    return loss(p, x_q, y_q)

def objective(p):
    return torch.func.vmap(partial(task_loss, p))(*batch).mean()
meta_gradient = torch.func.grad(objective)(params)"""),
            (
                Option(
                    "MAML",
                    "`torch.func.grad` of `torch.func.grad` is exact: it needs no `create_graph`.",
                    correct=True,
                ),
                Option(
                    "first-order MAML",
                    "No `create_graph` is in sight, but `torch.func.grad` keeps the graph anyway, "
                    "and nothing is detached.",
                ),
                Option(
                    "Meta-SGD",
                    "`lr` is no argument of `objective`: the rates are not learned.",
                ),
                Option(
                    "joint training",
                    "Each task takes its k steps inside `task_loss` before it is judged.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
for x_s, y_s, x_q, y_q in batch:
    opt.zero_grad()
    F.mse_loss(net(x_s), y_s).backward()
    opt.step()                      # adapt
    opt.zero_grad()
    F.mse_loss(net(x_q), y_q).backward()
    opt.step()                      # meta-update"""),
            (
                Option(
                    "MAML",
                    "`opt.step()` overwrites the weights in place: no gradient runs through it, "
                    "and θ is lost after the first task.",
                ),
                Option(
                    "first-order MAML",
                    "That would put the weights back to θ before the second step. Here they stay "
                    "where the first one left them.",
                ),
                Option(
                    "none of them: fine-tuning on one task after another",
                    "θ and θ′ are the same tensors. Both steps are ordinary training, and the "
                    "comments are the only thing meta about them.",
                    correct=True,
                ),
                Option(
                    "Reptile",
                    "Reptile goes a share of the way from θ to θ′. Here nothing remembers θ.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
for x_s, y_s, x_q, y_q in batch:
    learner = copy.deepcopy(net)
    inner = torch.optim.SGD(learner.parameters(), lr)
    for _ in range(k):
        inner.zero_grad()
        F.mse_loss(learner(x_s), y_s).backward()
        inner.step()
    g = torch.autograd.grad(F.mse_loss(learner(x_q), y_q), learner.parameters())
    for p, gp in zip(net.parameters(), g):
        p.grad = gp if p.grad is None else p.grad + gp
opt.step()"""),
            (
                Option(
                    "MAML",
                    "The deep copy cuts the graph: how `learner` came from `net` is forgotten.",
                ),
                Option(
                    "Reptile",
                    "Reptile would use the weights of `learner`. What is carried over here is the "
                    "gradient of a query loss.",
                ),
                Option(
                    "none of them: `net` never learns",
                    "No gradient flows to `net`, but the last two lines of the loop put one "
                    "there by hand.",
                ),
                Option(
                    "first-order MAML",
                    "The query gradient at θ′ is written into the gradients of θ: dθ′/dθ is taken "
                    "for I, as in the program without `create_graph`.",
                    correct=True,
                ),
            ),
        ),
        Question(
            WHICH.format("""\
for x_s, y_s, x_q, y_q in batch:
    z_s, z_q = body(x_s), body(x_q)
    w = head.weight
    for _ in range(k):
        loss = F.cross_entropy(z_s @ w.T, y_s)
        w = w - lr * torch.autograd.grad(loss, w, create_graph=True)[0]
    F.cross_entropy(z_q @ w.T, y_q).backward()
opt.step()"""),
            (
                Option(
                    "first-order MAML",
                    "`create_graph=True` keeps the second derivatives: this gradient is exact.",
                ),
                Option(
                    "ANIL",
                    "Only the last layer adapts; the body is the same before and after, and "
                    "learns in the outer loop alone.",
                    correct=True,
                ),
                Option(
                    "pretraining, then fine-tuning of the head",
                    "The outer loss is taken after the head's steps and flows through them into "
                    "body and head: both learn to be adapted from.",
                ),
                Option(
                    "Meta-SGD",
                    "The rate is one number `lr`, and nothing learns it.",
                ),
            ),
        ),
    ],
    "self_check": [
        Question(
            "`create_graph=True` in the inner loop …",
            (
                Option(
                    "makes θ′ a better fit to the support set",
                    "θ′ has the same numbers with and without it. What changes is the gradient "
                    "that flows back through the steps.",
                ),
                Option(
                    "keeps the steps in the graph, so that the outer gradient gets a factor "
                    "(I − αH) for each of them",
                    "It is chapter 02's factor, computed by autograd for any network.",
                    correct=True,
                ),
                Option(
                    "makes the inner gradients exact instead of approximate",
                    "They are exact either way. Without it they are constants for the outer one.",
                ),
            ),
        ),
        Question(
            "With twice as many inner steps, exact MAML needs for its outer gradient …",
            (
                Option(
                    "about twice the memory: every step's graph is kept until the way back",
                    "The memory grows linearly with n_steps. Walking back one step at a time "
                    "saves memory and pays with time.",
                    correct=True,
                ),
                Option(
                    "the same memory, because θ′ has the same size",
                    "θ′ has, but the way to it is stored as well.",
                ),
                Option(
                    "four times the memory, because of the second derivatives",
                    "No Hessian is ever stored: each step costs one Hessian-vector product.",
                ),
            ),
        ),
        Question(
            "A start pretrained on all sinusoids together adapts worse than MAML's because …",
            (
                Option(
                    "it saw fewer points",
                    "Give both the same points: the difference stays.",
                ),
                Option(
                    "its weights have not converged",
                    "It may have: to a function from which a gradient step helps little.",
                ),
                Option(
                    "it learned the mean of all tasks, and nothing made that a good place to "
                    "step from",
                    "Its loss never looked beyond θ. MAML's is measured after the steps.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "Reptile with a single inner step is …",
            (
                Option(
                    "first-order MAML",
                    "First-order MAML takes a query gradient after the step. Here is only the "
                    "step.",
                ),
                Option(
                    "joint training",
                    "θ′ − θ is −α∇L(θ) then: the mean over the tasks is a step of joint training.",
                    correct=True,
                ),
                Option(
                    "exact MAML",
                    "No derivative of the step is taken anywhere.",
                ),
            ),
        ),
        Question(
            "Freezing the body of MAML's start at test hardly changes its accuracy on images. So …",
            (
                Option(
                    "meta-learning was not needed",
                    "The frozen body is meta-learned too.",
                ),
                Option(
                    "the head matters little",
                    "It is the one part that adapts.",
                ),
                Option(
                    "there the inner steps mostly reuse the body's features and change the head",
                    "That is what Raghu et al. (2020) measured. On tasks that need other "
                    "features it may be different.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "A program adapts with `optimizer.step()` and calls `backward()` on the query loss. "
            "What goes wrong?",
            (
                Option(
                    "The step changes the weights in place: no gradient runs through it, and the "
                    "next task starts from θ′.",
                    "Build θ′ as new tensors from θ, and leave θ to the outer optimizer.",
                    correct=True,
                ),
                Option(
                    "Only the learning rate is less exact.",
                    "The outer gradient belongs to another problem, and θ is gone.",
                ),
                Option(
                    "Nothing, if the optimizer is plain SGD.",
                    "SGD writes into the weights as every `torch.optim` optimizer does.",
                ),
            ),
        ),
    ],
}
