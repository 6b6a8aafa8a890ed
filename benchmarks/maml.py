"""One outer gradient of MAML: ours, compiled, by hand, in a loop, and by the public libraries.

The libraries live in an environment of their own; benchmarks/requirements.txt says how to make it.
Everything runs on one thread. A contestant is timed only if its gradient is the reference's, ours
in float64, to 1e-5 of its length. On images rounding alone decides where a few of a million ReLUs
and poolings switch, so the same code is compared there in float64 and then timed in float32. Times
are medians and quartiles; ratios are taken in each round, in which every contestant has a turn, in
a new order.
"""

import contextlib
import io
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, autograd
from torch.func import grad, grad_and_value, vjp, vmap
from torch.nn import functional as F

from benchmarks.peers import MAKERS
from metacourse.devices import compiled
from metacourse.episodes import Episode, sample_episodes
from metacourse.figures.maml import peak_bytes
from metacourse.maml import inner_adapt, maml_loss, maml_step
from metacourse.nets import Params, convnet, init_convnet, init_mlp, mlp
from metacourse.tasks.sinusoids import sample_sinusoids

TOLERANCE = 1e-5
SINUSOIDS = 1, 5  # inner steps
IMAGES = (4, 75, 1), (4, 15, 1), (16, 75, 1), (16, 15, 1), (16, 15, 5)  # tasks, queries, steps
CHAPTER_QUERIES = 15
ROUNDS = {"sinusoids": (60, 5), "images": (7, 1)}  # rounds, timed calls in each
LONGEST = 5000  # ms: who takes longer for a call is not raced
WARM_UP = 300  # outer steps before the sinusoids' parameters are used
MEMORY_STEPS = 1, 2, 5, 10, 20


class Problem(NamedTuple):
    """What every contestant differentiates: the mean query loss after n_steps inner steps."""

    name: str
    loss_fn: Callable
    params: Params
    episodes: Episode
    lr_inner: float
    n_steps: int

    @property
    def n_tasks(self) -> int:
        return len(self.episodes.x_query)

    @property
    def steps(self) -> dict:
        return {"lr_inner": self.lr_inner, "n_steps": self.n_steps}

    def double(self) -> "Problem":
        params = {name: value.detach().double() for name, value in self.params.items()}
        parts = (part.double() if part.is_floating_point() else part for part in self.episodes)
        return self._replace(params=leaves(params), episodes=Episode(*parts))


def mse(params: Params, x: Tensor, y: Tensor) -> Tensor:
    return (mlp(params, x) - y).square().mean()


def cross_entropy(params: Params, x: Tensor, y: Tensor) -> Tensor:
    body = {name: value for name, value in params.items() if name.startswith("block")}
    head = {name: value for name, value in params.items() if name.startswith("layer")}
    return F.cross_entropy(mlp(head, convnet(body, x)), y)


def sinusoids(n_steps: int, n_tasks: int = 25) -> Problem:
    """At parameters after a short training: at random ones the inner steps diverge for some tasks,
    and nobody's float32 agrees with float64 any more."""
    generator = torch.Generator().manual_seed(0)
    params = leaves(init_mlp([1, 40, 40, 1], generator))
    optimizer = torch.optim.Adam(params.values(), lr=1e-3)
    for _ in range(WARM_UP):
        episodes = sample_sinusoids(n_tasks, n_shot=10, generator=generator)
        maml_step(mse, params, optimizer, episodes, lr_inner=0.01)
    optimizer.zero_grad()
    episodes = sample_sinusoids(n_tasks, n_shot=10, generator=generator)
    name = f"sinusoids, {_counted(n_steps)}"
    return Problem(name, mse, params, episodes, lr_inner=0.01, n_steps=n_steps)


def images(n_tasks: int, n_queries: int, n_steps: int) -> Problem:
    """5-way 1-shot tasks of 28 × 28 noise, in which no two pixels of a pool are ever equal."""
    generator = torch.Generator().manual_seed(0)
    params = leaves(init_convnet(generator=generator) | init_mlp([128, 5], generator))
    pictures = torch.rand((20, 20, 28, 28), generator=generator)
    shape = {"n_way": 5, "n_shot": 1, "n_query": n_queries // 5, "n_tasks": n_tasks}
    episodes = sample_episodes(pictures, **shape, generator=generator)
    name = f"images, {n_tasks} tasks × {n_queries}, {_counted(n_steps)}"
    return Problem(name, cross_entropy, params, episodes, lr_inner=0.03, n_steps=n_steps)


# ---- the contestants of the course's own kind --------------------------------------------------


def ours(problem: Problem) -> Callable:
    values = list(problem.params.values())

    def outer_gradient():
        loss = maml_loss(problem.loss_fn, problem.params, problem.episodes, **problem.steps)
        return autograd.grad(loss, values)

    return outer_gradient


def ours_compiled(problem: Problem) -> Callable:
    def objective(params, episodes):
        return maml_loss(problem.loss_fn, params, episodes, **problem.steps)

    gradient_and_loss = compiled(grad_and_value(objective))
    params = {name: value.detach() for name, value in problem.params.items()}

    def outer_gradient():
        with torch.no_grad():  # grad_and_value differentiates by itself
            return list(gradient_and_loss(params, problem.episodes)[0].values())

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        outer_gradient()
    if "Not compiled" in said.getvalue():
        raise ImportError(said.getvalue().splitlines()[-1])
    return outer_gradient


def by_hand(problem: Problem) -> Callable:
    """Weights with a leading task axis in a network written for it, for the sinusoids only."""
    values, episodes = list(problem.params.values()), problem.episodes

    def network(weights, x):  # (B, S, inputs) → (B, S, outputs)
        for layer in range(0, len(weights), 2):
            weight, bias = weights[layer : layer + 2]
            x = torch.baddbmm(bias[:, None], x, weight.mT)
            x = F.relu(x) if layer < len(weights) - 2 else x
        return x

    def losses(weights, x, y):
        return (network(weights, x) - y).square().mean((1, 2))

    def outer_gradient():
        weights = [value.expand(problem.n_tasks, *value.shape) for value in values]
        for _ in range(problem.n_steps):
            total = losses(weights, episodes.x_support, episodes.y_support).sum()
            gradients = autograd.grad(total, weights, create_graph=True)
            weights = [
                weight - problem.lr_inner * gradient
                for weight, gradient in zip(weights, gradients, strict=True)
            ]
        return autograd.grad(losses(weights, episodes.x_query, episodes.y_query).mean(), values)

    return outer_gradient


def in_a_loop(problem: Problem) -> Callable:
    values = list(problem.params.values())

    def outer_gradient():
        total = [torch.zeros_like(value) for value in values]
        for x_support, y_support, x_query, y_query in zip(*problem.episodes, strict=True):
            adapted = problem.params
            for _ in range(problem.n_steps):
                loss = problem.loss_fn(adapted, x_support, y_support)
                gradients = autograd.grad(loss, list(adapted.values()), create_graph=True)
                adapted = {
                    name: value - problem.lr_inner * gradient
                    for (name, value), gradient in zip(adapted.items(), gradients, strict=True)
                }
            loss = problem.loss_fn(adapted, x_query, y_query) / problem.n_tasks
            for value, gradient in zip(total, autograd.grad(loss, values), strict=True):
                value += gradient
        return total

    return outer_gradient


def contestants(kind: str) -> dict[str, Callable]:
    if kind == "images":  # compiling takes minutes there and gains nothing
        return {"ours": ours, "loop": in_a_loop} | MAKERS
    own = {"ours": ours, "ours compiled": ours_compiled, "by hand": by_hand, "loop": in_a_loop}
    return own | MAKERS


# ---- the measurement ---------------------------------------------------------------------------


def measure() -> Iterator[tuple[str, str, str]]:
    yield "threads", one_thread(), ""
    for n_steps in SINUSOIDS:
        yield from race(sinusoids(n_steps), "sinusoids")
    for sizes in IMAGES:
        yield from race(images(*sizes), "images")
    yield from memory()


def one_thread() -> str:
    """Keep this process to one thread, and to one processor where the system can: JAX's own pool
    is sized by it. Returns what was done."""
    torch.set_num_threads(1)
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if not hasattr(os, "sched_setaffinity"):
        return "1"
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return "1, on 1 processor"


def race(problem: Problem, kind: str) -> Iterator[tuple[str, str, str]]:
    """Let the contestants that agree with the reference run side by side."""
    reference = flat(ours(problem.double())())
    runners = {}
    for name, make in contestants(kind).items():
        try:
            runner = make(problem)
            judged = make(problem.double()) if kind == "images" else runner
            error = relative_error(flat(judged()), reference)
        except ImportError as missing:
            reason = str(missing).splitlines()[0]
            yield f"{problem.name}: {name}", "not here: see requirements.txt", reason
            continue
        alone = interleaved({name: runner}, 1, 1)[name]
        if error > TOLERANCE:
            yield f"{problem.name}: {name}", f"DISAGREES: {error:.0e}", f"≤ {TOLERANCE:.0e}"
        elif alone > LONGEST:
            yield f"{problem.name}: {name}", described(alone, " ms, one call only"), ""
        else:
            runners[name] = runner
    times = interleaved(runners, *ROUNDS[kind])
    for name, milliseconds in times.items():
        yield f"{problem.name}: {name}", described(milliseconds, " ms"), ""
    for base in ("ours", "ours compiled"):
        for name in [name for name in times if not name.startswith("ours") and base in times]:
            what = f"{problem.name}: {name} / {base}"
            yield what, described(times[name] / times[base], " ×"), goal(problem, name, base)


def goal(problem: Problem, name: str, base: str) -> str:
    if problem.loss_fn is cross_entropy:
        return "≥ 1.4" if len(problem.episodes.x_query[0]) == CHAPTER_QUERIES else "≥ 1"
    if name == "JAX":
        return "> 1" if base == "ours compiled" else ""
    if name in ("higher", "learn2learn"):
        return "≥ 30" if base == "ours compiled" else "≥ 5"
    return ""


def interleaved(runners: dict[str, Callable], n_rounds: int, n_calls: int) -> dict:
    """The milliseconds a call of each runner in each round: (n_rounds,) for every name.

    In a round each runner has its turn, one call to warm up and then n_calls in a row, as in a
    training: after another's turn the caches are cold.
    """
    times = {name: np.empty(n_rounds) for name in runners}
    order, shuffle = list(runners), random.Random(0).shuffle
    for i in range(n_rounds):
        shuffle(order)
        for name in order:
            runners[name]()
            start = time.perf_counter()
            for _ in range(n_calls):
                runners[name]()
            times[name][i] = 1e3 * (time.perf_counter() - start) / n_calls
    return times


def described(values: np.ndarray, unit: str) -> str:
    """Median and quartiles, with three digits or more: "2.61 ms (2.55–2.70)"."""
    low, median, high = (
        f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"
        for value in np.quantile(values, [0.25, 0.5, 0.75])
    )
    return f"{median}{unit} ({low}–{high})"


def flat(gradient) -> Tensor:
    """All numbers of a list of tensors or arrays, in float64."""
    tensors = (
        part if isinstance(part, Tensor) else torch.from_numpy(np.array(part)) for part in gradient
    )
    return torch.cat([tensor.detach().flatten().double() for tensor in tensors])


def relative_error(value: Tensor, reference: Tensor) -> float:
    return ((value - reference).norm() / reference.norm()).item()


# ---- memory ------------------------------------------------------------------------------------


def walk_back(loss_fn: Callable, params: Params, task: Episode, lr_inner: float, n_steps: int):
    """The outer gradient of one task from the places that θ came through, and nothing else kept."""

    def step(params: Params) -> Params:
        return inner_adapt(loss_fn, params, *task[:2], lr_inner=lr_inner)

    path = [params]
    for _ in range(n_steps):
        path.append(step(path[-1]))
    pull = grad(loss_fn)(path.pop(), *task[2:])
    for place in reversed(path):
        (pull,) = vjp(step, place)[1](pull)  # times (I − αH)ᵀ there
    return pull


def memory_contestants(problem: Problem) -> dict[str, Callable]:
    params = {name: value.detach() for name, value in problem.params.items()}

    def first_order():
        loss_fn, episodes = problem.loss_fn, problem.episodes
        loss = maml_loss(loss_fn, problem.params, episodes, **problem.steps, first_order=True)
        return autograd.grad(loss, list(problem.params.values()))

    def task_gradient(*parts):
        return walk_back(problem.loss_fn, params, Episode(*parts), **problem.steps)

    def walked_back():
        gradients = vmap(task_gradient)(*problem.episodes)
        return [gradient.mean(0) for gradient in gradients.values()]

    return {"exact": ours(problem), "first-order": first_order, "walk back": walked_back}


def memory() -> Iterator[tuple[str, str, str]]:
    for make in (sinusoids, lambda n_steps: images(4, 15, n_steps)):
        problems = [make(n_steps) for n_steps in MEMORY_STEPS]
        name = problems[0].name.rpartition(",")[0]
        counts = ", ".join(map(str, MEMORY_STEPS))
        yield f"{name}, peak memory of {counts} steps", "", ""
        for method in memory_contestants(problems[0]):
            peaks = [peak_bytes(memory_contestants(problem)[method]) for problem in problems]
            numbers = ", ".join(f"{peak / 2**20:.3g}" for peak in peaks)
            yield f"{name}: {method}", f"{numbers} MiB", ""


def leaves(params: Params) -> Params:
    return {name: value.requires_grad_() for name, value in params.items()}


def _counted(n_steps: int) -> str:
    return f"{n_steps} step" + "s" * (n_steps > 1)
