"""The exercises, quizzes and predictions of chapter 03."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.func import grad  # noqa: F401  (for the programs)
from torch.nn import functional as F

from metacourse import maml
from metacourse.checks.chance import from_one_state, in_order
from metacourse.checks.exercise import Exercise, normal, whole_number, without_steps
from metacourse.episodes import Episode
from metacourse.nets import Params
from metacourse.tasks.decays import sample_decays

CHAPTER = "03 MAML"

PREDICTIONS = ("memory", "pretrained", "angle", "relatives", "reuse")

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
    n_steps = whole_number(0, 3, generator)
    case = {"loss_fn": loss_fn, "params": params, "x_support": x, "y_support": y}
    return case | {"lr_inner": random_rate(generator), "n_steps": n_steps}


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


def anil_case(generator: Generator) -> dict:
    """A task whose loss has a head: the last layer, or one of the two tensors that there are."""
    case = maml_loss_case(generator) | {"n_steps": whole_number(1, 3, generator)}
    heads = {
        mlp_mse: ("layer1.weight", "layer1.bias"),
        line_mse: ("slope",),
        softmax_loss: ("weight",),
    }
    return {name: case[name] for name in ("loss_fn", "params", "episodes")} | {
        "head": heads[case["loss_fn"]],
        "lr_inner": case["lr_inner"],
        "n_steps": case["n_steps"],
    }


def train_maml_case(generator: Generator) -> dict:
    loss_fn, n_features, params = random_model(generator)
    n_tasks, n_support = whole_number(2, 3, generator), whole_number(2, 4, generator)

    def sample(generator: Generator) -> Episode:
        support = random_points(loss_fn, (n_tasks, n_support), n_features, generator)
        query = random_points(loss_fn, (n_tasks, n_support + 1), n_features, generator)
        return Episode(*support, *query)

    case = trainable({"loss_fn": loss_fn, "params": params}, "params") | {"sample": sample}
    rates = {"lr_inner": random_rate(generator), "lr_outer": 2 * random_rate(generator)}
    counts = {name: whole_number(1, 3, generator) for name in ("n_outer", "n_steps")}
    return case | rates | counts | {"generator": generator}


def sample_case(generator: Generator) -> dict:
    n_tasks, n_shot = whole_number(6, 9, generator), whole_number(10, 12, generator)
    sizes = {
        "n_tasks": n_tasks,
        "n_shot": n_shot,
        "n_query": n_shot - whole_number(1, 3, generator),
    }
    return {"generator": generator} | sizes


def facts_about_tasks(sample: Callable, case: dict) -> dict:
    """Facts by which a family of tasks, whatever it is, is known to be well formed."""

    def draw() -> Episode:
        return Episode(*sample(**case))

    many = from_one_state(case["generator"], lambda: [draw() for _ in range(20)], draw)
    batches, again, kept = many
    tasks = Episode(*map(torch.cat, zip(*batches, strict=True)))
    facts = (
        *facts_about_form(batches[0], case),
        ("the same generator state gives the same tasks", lambda: same(batches[0], again)),
        ("the state of the global generator is left alone", lambda: kept),
        ("another state gives other tasks", lambda: not same(batches[0], batches[1])),
        *facts_about_functions(tasks, case.get("n_tasks", 25)),
    )
    return in_order(facts)


def same(one: Episode, other: Episode) -> bool:
    return all(map(torch.equal, one, other))


def facts_about_form(batch: Episode, case: dict) -> tuple:
    n_tasks = case.get("n_tasks", 25)
    support, query = ((n_tasks, case.get(name, 10), 1) for name in ("n_shot", "n_query"))
    shapes = tuple(tuple(part.shape) for part in batch)
    return (
        ("every part has three axes", lambda: {len(shape) for shape in shapes} == {3}),
        ("the inputs come with their labels", lambda: shapes[::2] == shapes[1::2]),
        ("x_support and y_support are (n_tasks, n_shot, 1)", lambda: shapes[0] == support),
        ("x_query and y_query are (n_tasks, n_query, 1)", lambda: shapes[2] == query),
        ("all numbers are floats", lambda: all(part.is_floating_point() for part in batch)),
        ("all numbers are finite", lambda: all(part.isfinite().all() for part in batch)),
    )


def facts_about_functions(tasks: Episode, n_tasks: int) -> tuple:
    """How far the label of a point is from that of its nearest neighbour, in several places."""
    x, y, x_query, y_query = tasks
    own = gap(x_query, y_query, x, y)
    rest = gap(x, y, x, y, but_itself=True)
    in_batch = gap(x_query, y_query, *(neighbour(part, n_tasks) for part in (x, y)))
    elsewhere = gap(x_query, y_query, *(part.roll(n_tasks, 0) for part in (x, y)))
    chance = (y_query - y[:, :1]).abs().mean()
    met = (x_query == x.mT) & (y_query == y.mT)  # (tasks, Q, K)
    far = max(chance, in_batch, elsewhere)
    smooth = own < 0.7 * chance  # else the points are too far apart to tell functions by them
    return (
        ("the inputs of a task differ", lambda: (x != x[:, :1]).any()),
        ("queries are no support points", lambda: met.any(2).double().mean() < 0.5),
        ("the labels have to do with the inputs or the task", lambda: own <= 0.95 * far),
        ("support and query are of one function", lambda: own <= 1.4 * rest + 1e-9),
        ("batches hold different functions", lambda: not smooth or elsewhere > 1.2 * own),
        ("tasks of a batch are different functions", lambda: not smooth or in_batch > 1.2 * own),
    )


def neighbour(part: Tensor, n_tasks: int) -> Tensor:
    """For each task the part of the next one of its batch."""
    return part.unflatten(0, (-1, n_tasks)).roll(1, 1).flatten(0, 1)


def gap(x, y, among_x, among_y, *, but_itself: bool = False) -> Tensor:
    """The mean difference between a label and that of the nearest other input, over all tasks."""
    apart = (x - among_x.mT).abs()  # (tasks, points, others)
    if but_itself:
        apart = apart + torch.diag(torch.full(apart.shape[-1:], torch.inf))
    nearest = among_y.take_along_dim(apart.argmin(2, keepdim=True), dim=1)
    return (y - nearest).abs().mean()


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


QUIZZES = ("recall", "recall_b", "read_this_code", "self_check", "self_check_b")

EXERCISES = {
    "inner_adapt": Exercise(
        maml.inner_adapt, inner_adapt_case, differentiable=("params",), edge=without_steps
    ),
    "maml_loss": Exercise(
        maml.maml_loss, maml_loss_case, differentiable=("params",), edge=without_steps
    ),
    "train_maml": Exercise(maml.train_maml, train_maml_case),
    "sample": Exercise(sample_decays, sample_case, observe=facts_about_tasks),
    "reptile_step": Exercise(maml.reptile_step, reptile_case, edge=without_steps),
    "meta_sgd_step": Exercise(maml.meta_sgd_step, meta_sgd_case),
    "anil_loss": Exercise(maml.anil_loss, anil_case, differentiable=("params",)),
}
