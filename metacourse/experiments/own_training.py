"""Prototypes and MAML, trained on the learner's own meta-training classes within stated seconds.

The validation classes choose when to stop, and how many steps MAML takes in a task; where training
did not help on them, the start is kept. What is done is kept in the cache (`tasks.cache`), and a
training that was interrupted goes on.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.episodes import sample_episodes
from metacourse.evaluation import each_task
from metacourse.experiments.own_methods import (
    Method,
    Plan,
    accuracy,
    chosen_embedding,
    embedded,
    nearest_mean,
    scaler,
    some,
)
from metacourse.experiments.own_runs import run
from metacourse.experiments.own_tasks import shots
from metacourse.maml import inner_adapt, maml_loss
from metacourse.nets import Params, convnet, device_of, init_mlp, mlp
from metacourse.siamese import all_pairs_loss
from metacourse.tasks import cache
from metacourse.tasks.folders import Own
from metacourse.trained.embeddings import body, load_embedding
from metacourse.trained.maml import MAML_STEPS, MAML_TASKS, load_maml
from metacourse.trained.siamese import TEMPERATURE

HIDDEN = 64  # width of the network for vectors
N_WAY, N_EACH = 20, 4  # of a batch for prototypes, at most
N_MAML, N_QUERY = 4, 3  # tasks of a batch for MAML, queries of a class
STEPS = 1, 3, 10  # of MAML in a task, to choose from


class Net(NamedTuple):
    """A network for one kind of data."""

    embed: Callable[[Params, Tensor], Tensor]  # (S, …) → (S, D)
    start: Params
    maml_start: Params  # with a head, and the logarithm of the inner rate
    temperature: float  # of the prototypes' loss

    def logits(self, params: Params, x: Tensor) -> Tensor:
        """A linear head on the embedding: (S, …) → (S, N)."""
        z = self.embed(body(params), x)
        return F.linear(z, params["head.weight"], params["head.bias"])

    def loss(self, params: Params, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(self.logits(params, x), y)


class Data(NamedTuple):
    """Examples as the networks take them."""

    train: Tensor  # (classes, examples, …)
    validation: Tensor
    scale: Callable[[Tensor], Tensor]  # makes them so


def trained(own: Own, plan: Plan) -> Iterator[Method]:
    """Prototypes and MAML, each trained within the plan's seconds; none without classes for it."""
    if not own.splits["train"]:
        return
    scale = (lambda x: x) if own.kind == "pictures" else scaler(own)
    valid = scale(some(own.part("validation"), plan.n_way))
    data, net = Data(scale(own.part("train")), valid, scale), network(own, plan)
    yield trained_prototypes(net, data, plan)
    yield trained_maml(net, data, plan)


def network(own: Own, plan: Plan) -> Net:
    """Pictures go on from what ships, vectors start from chance; both with MAML's inner rate."""
    rate = {"log_rate": torch.tensor(MAML_STEPS["lr_inner"]).log()}
    if own.kind == "pictures":
        start = load_maml()
        if plan.n_way != MAML_TASKS["n_way"]:
            start |= zero_head(plan.n_way, start["head.weight"].shape[1])
        best = load_embedding(chosen_embedding(own, plan))
        return Net(convnet, best, start | rate, TEMPERATURE)
    start = init_mlp([own.x.shape[-1], HIDDEN, HIDDEN], torch.Generator().manual_seed(0))
    return Net(mlp, start, start | zero_head(plan.n_way, HIDDEN) | rate, 1.0)


def zero_head(n_way: int, n_features: int) -> Params:
    return {"head.weight": torch.zeros(n_way, n_features), "head.bias": torch.zeros(n_way)}


# ---- prototypes ----------------------------------------------------------------------------------


def trained_prototypes(net: Net, data: Data, plan: Plan) -> Method:
    """An embedding in which the examples of a class find each other: `siamese.all_pairs_loss`."""
    n_each = min(N_EACH, data.train.shape[1])
    sizes = {"n_way": min(N_WAY, len(data.train)), "n_shot": 0, "n_query": n_each, "n_tasks": 1}

    def loss(params: Params, generator: Generator) -> Tensor:
        task = sample_episodes(data.train, **sizes, generator=generator).to(device_of(params))
        z = net.embed(params, task.x_query[0])
        return all_pairs_loss(z, task.y_query[0], temperature=net.temperature)

    def score(params: Params) -> float:
        method = Method("", partial(embedded, net.embed, params), nearest_mean)
        return accuracy(method, data.validation, n_way=plan.n_way, n_shot=1, n_tasks=200)

    params, note = run("prototypes", loss, net.start, score, plan)
    embed = partial(embedded, net.embed, params)
    name = "Prototypes, trained on your classes"
    return Method(name, lambda x: embed(data.scale(x)), nearest_mean, note=note)


# ---- MAML ----------------------------------------------------------------------------------------


def trained_maml(net: Net, data: Data, plan: Plan) -> Method:
    """A start and a rate from which one step of descent on a task ends well (Finn, Abbeel & Levine
    2017, exact; the rate is learned as in Li et al. 2017, one for all weights)."""
    n_query = min(N_QUERY, data.train.shape[1] - 1)
    sizes = {"n_way": plan.n_way, "n_shot": 1, "n_query": n_query, "n_tasks": N_MAML}

    def loss(params: Params, generator: Generator) -> Tensor:
        theta, rates = parted(params)
        tasks = sample_episodes(data.train, **sizes, generator=generator).to(device_of(params))
        return maml_loss(net.loss, theta, tasks, lr_inner=rates)

    def score(params: Params, n_steps: int = 1, n_shot: int = 1) -> float:
        method = adapting(net, params, lambda x: x, {n_shot: n_steps})
        sizes = {"n_way": plan.n_way, "n_shot": n_shot, "n_tasks": 30}
        return accuracy(method, data.validation, **sizes)

    params, note = run("MAML", loss, net.maml_start, score, plan)
    steps = chosen_steps(partial(score, params), data.validation.shape[1], plan)
    told = ", ".join(f"{n} with K = {k}" for k, n in steps.items())
    method = adapting(net, params, data.scale, steps)
    return method._replace(note=f"{note}; steps in a task, chosen by validation: {told}")


def adapting(net: Net, params: Params, scale: Callable, steps: dict[int, int]) -> Method:
    """MAML's answer to a task: inner steps on its support set, as many as its K has been given."""
    theta, rates = parted(params)

    def of_one(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        n_shot = len(y_support) // len(theta["head.bias"])
        how = {"lr_inner": rates, "n_steps": steps[n_shot]}
        return net.logits(inner_adapt(net.loss, theta, x_support, y_support, **how), x_query)

    def embed(x: Tensor) -> Tensor:
        return scale(x).to(device_of(theta))

    name = "MAML, trained on your classes"
    return Method(name, embed, each_task(of_one), is_slow=True)


def parted(params: Params) -> tuple[Params, Params]:
    """The start θ, and the inner rate for each of its tensors."""
    theta = {name: tensor for name, tensor in params.items() if name != "log_rate"}
    return theta, dict.fromkeys(theta, params["log_rate"].exp())


def chosen_steps(score: Callable[[int, int], float], n_each: int, plan: Plan) -> dict[int, int]:
    """For each K the number of inner steps that is best on the validation classes."""

    def choose() -> cache.Kept:
        best = {k: max(STEPS, key=lambda n: score(n, k)) for k in shots(n_each)}
        return {}, {"steps": list(best.items())}

    return dict(cache.kept(f"own-{plan.key}-steps", choose)[1]["steps"])
