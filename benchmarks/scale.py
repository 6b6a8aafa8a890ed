"""What two processes gain, and what a model of the cost says (`metacourse.communication`).

Two processes with one thread each, started by torchrun. In a round every recipe has its turn, in a
new order: the first process takes whole steps alone while the other waits, then parts of a step
are timed alone (drawing the batch, the gradients of all tasks, of half and of a quarter of them,
the optimiser's step), then both take steps together; and vectors of several lengths are added up.
So what else the machine does meanwhile disturbs all of them; it still disturbs two processes more
than one. Medians and quartiles over rounds. The gain is taken by the wall's clock, and by the
processor's, which does not count waiting: what it would be on cores that nobody else uses, if
messages took no time but that of the work on them.

The model: T(P) = compute/P + communication + fixed. The gradient's time is a line in the number of
tasks, through a quarter and all of them; its slope is compute, what no task causes is fixed, both
by the processor's clock. Communication is that of a ring whose latency and bandwidth are fitted to
first quartiles, those of the rounds that were disturbed least. Half of the tasks is not fitted: it
says how far the gradient's time is a line.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Generator, autograd
from torch.optim import Optimizer

from benchmarks.maml import described
from metacourse.communication import all_reduce_time, step_time
from metacourse.distributed import by_tasks, is_first, processes, spread_step, total, wait
from metacourse.nets import Params
from metacourse.trained.__main__ import all_recipes
from metacourse.trained.recipes import Recipe

STEPS = {"sinusoids": 20, "pretrained": 4, "maml": 1}  # in a turn
LENGTHS = 1, 1_000, 10_000, 100_000, 1_000_000  # numbers of 4 bytes
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
ROUNDS, MESSAGES = 12, 20
PART = 4  # of a batch's tasks are timed as well: a quarter
HIDDEN = 0.1  # communication is hidden if it takes this part of the computing, or less


# ---- what the processes do -----------------------------------------------------------------------


def timed(call: Callable, n_calls: int) -> dict[str, float]:
    """Seconds a call, by both clocks, after one to warm up."""
    call()
    began = {name: clock() for name, clock in CLOCKS.items()}
    for _ in range(n_calls):
        call()
    return {name: (clock() - began[name]) / n_calls for name, clock in CLOCKS.items()}


def works(recipe: Recipe) -> tuple[dict[str, Callable], Callable]:
    """What one process does alone, and the step that both take together, of two trainings."""
    params, optimizer, generator = begun(recipe)
    batch = recipe.sample(generator)
    half, quarter = (by_tasks(batch, 0, n)[0] for n in (2, PART))

    def gradients(tasks) -> None:
        loss = recipe.loss(params, tasks)
        found = autograd.grad(loss, list(params.values()))
        for tensor, part in zip(params.values(), found, strict=True):
            tensor.grad = part

    def step() -> None:
        gradients(recipe.sample(generator))
        optimizer.step()

    parts = {
        "step": step,
        "sample": lambda: recipe.sample(generator),
        "all tasks": lambda: gradients(batch),
        "half": lambda: gradients(half),
        "a quarter": lambda: gradients(quarter),
        "optimiser": optimizer.step,
    }
    training, together = begun(recipe), spread_step(recipe.loss, recipe.sample, recipe.split)
    return parts, lambda: together(*training)


def begun(recipe: Recipe) -> tuple[Params, Optimizer, Generator]:
    """A training that is about to begin."""
    generator = torch.Generator().manual_seed(0)
    params = {name: part.requires_grad_() for name, part in recipe.start(generator).items()}
    return params, torch.optim.Adam(params.values(), lr=1e-4), generator


def processes_measure(path: Path) -> None:
    """In each process: time all rounds; the first writes them down."""
    torch.set_num_threads(1)
    recipes = all_recipes()
    shuffle, times = random.Random(0).shuffle, []
    with processes():
        work = {name: works(recipes[name]) for name in STEPS}
        weights = {name: recipes[name].start(torch.Generator()) for name in STEPS}
        for _ in range(ROUNDS):
            names = list(STEPS)
            shuffle(names)
            times.append({name: turn(*work[name], STEPS[name]) for name in names})
            times[-1]["messages"] = {n: timed(adding(n), MESSAGES) for n in LENGTHS}
        sizes = {name: sum(map(torch.numel, weights[name].values())) for name in STEPS}
        if is_first():
            path.write_text(json.dumps({"rounds": times, "sizes": sizes}))


def turn(parts: dict[str, Callable], together: Callable, n_steps: int) -> dict:
    """The times of one recipe in one round."""
    found = {name: timed(part, n_steps) for name, part in parts.items()} if is_first() else {}
    wait()
    return found | {"together": timed(together, n_steps)}


def adding(n: int) -> Callable:
    vector = torch.zeros(n)
    return lambda: total(vector)


# ---- what it means -------------------------------------------------------------------------------


def timed_rounds() -> tuple[list, dict[str, int]]:
    """Start two processes: the times of all rounds, and the numbers of weights."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "times.json")
        start = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        subprocess.run([*start, "--nproc-per-node=2", "-m", __name__, path], check=True)
        found = json.loads(path.read_text())
    return found["rounds"], found["sizes"]


def measure() -> Iterator[tuple[str, str, str]]:
    rounds, sizes = timed_rounds()
    for n in LENGTHS:
        yield f"adding up {4 * n:,} bytes", described(1e3 * of_message(rounds, n), " ms"), ""
    ring = fitted_ring(rounds)
    told = f"{1e6 * ring['latency']:.0f} µs, {ring['bandwidth'] / 1e9:.2f} GB/s"
    yield "a ring's latency and bandwidth", told, ""
    for name, n_weights in sizes.items():
        yield from gains(name, n_weights, rounds, ring)
    for n_weights in LENGTHS[1:]:
        needed = 2 * all_reduce_time(4 * n_weights, 2, **ring) / HIDDEN
        yield f"hidden with {n_weights:,} weights from", f"{1e3 * needed:.3g} ms of compute", ""


def gains(name: str, n_weights: int, rounds: list, ring: dict) -> Iterator[tuple[str, str, str]]:
    """What two processes gain with one recipe, beside what the model says."""
    communication = all_reduce_time(4 * n_weights, 2, **ring)
    compute, fixed = fitted_step(rounds, name)
    two = step_time(compute, fixed, communication, 2)
    model = f"model: {step_time(compute, fixed, 0.0, 1) / two:.2f} ×"
    parts = f"{1e3 * compute:.3g} + {1e3 * communication:.2g} + {1e3 * fixed:.2g} ms"
    halves = of(rounds, name, "half", "processor") / of(rounds, name, "all tasks", "processor")
    yield f"{name}: weights", f"{n_weights:,}", ""
    yield f"{name}: compute + communication + fixed", parts, ""
    yield f"{name}: half of the tasks take", described(halves, " of all"), ""
    for what, who in ("step", "one"), ("together", "two"):
        yield f"{name}: steps/s of {who}", described(1 / of(rounds, name, what, "wall"), ""), ""
    for clock in CLOCKS:
        gain = of(rounds, name, "step", clock) / of(rounds, name, "together", clock)
        yield f"{name}: gain by the {clock}'s clock", described(gain, " ×"), model


def of(rounds: list, name: str, what: str, clock: str) -> np.ndarray:
    """Seconds in each round."""
    return np.array([each[name][what][clock] for each in rounds])


def of_message(rounds: list, n: int) -> np.ndarray:
    return np.array([each["messages"][str(n)]["wall"] for each in rounds])


def fitted_ring(rounds: list) -> dict[str, float]:
    """α and β of 2α + S/β, through the shortest and the longest message."""
    short, long = (np.quantile(of_message(rounds, n), 0.25) for n in (LENGTHS[0], LENGTHS[-1]))
    return {"latency": short / 2, "bandwidth": 4 * LENGTHS[-1] / (long - short)}


def fitted_step(rounds: list, name: str) -> tuple[float, float]:
    """Compute and fixed: medians of the parts that one process was timed with."""
    names = "all tasks", "a quarter", "sample", "optimiser"
    everything, quarter, sample, optimiser = (
        np.median(of(rounds, name, what, "processor")) for what in names
    )
    compute = (everything - quarter) * PART / (PART - 1)
    return compute, everything - compute + sample + optimiser


if __name__ == "__main__":
    processes_measure(Path(sys.argv[1]))
