"""Thirty learners come to a JupyterHub at once, and ten work: how long they wait, what they hold.

On two cores it takes some minutes; servers, kernels and imports are asked for by all at once, which
is the worst that an hour can begin with.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from tests.hub.hub import Hub, Learner, running_hub
from tests.hub.messages import Said
from tools.notebooks import REPOSITORY

N_LEARNERS, N_ACTIVE, N_CHECKS = 30, 10, 15
PAUSE = 3.0  # seconds between two checks of one learner
NOTEBOOK = REPOSITORY / "notebooks/02a_the_factor.ipynb"
RIGHT = "def gradient(theta, x, y):\n    return 2 * x.T @ (x @ theta - y) / len(x)\n"
WRONG = "def gradient(theta, x, y):\n    return 2 * x.T @ (x @ theta - y)\n"
CHECK = 'check("linear_regression.gradient", gradient)'


def measure() -> Iterator[tuple[str, str, str]]:
    load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    yield "hub, load average before", load, "below 1"
    with tempfile.TemporaryDirectory() as scratch:
        state, letters = Path(scratch, "state"), Path(scratch, "letters")
        state.mkdir()
        with running_hub(state, letters) as hub:
            yield from of_a_class(hub)


def of_a_class(hub: Hub) -> Iterator[tuple[str, str, str]]:
    learners = [Learner(hub, f"learner{number}") for number in range(N_LEARNERS)]
    cells = [c for c in nbformat.read(NOTEBOOK, 4).cells if c.cell_type == "code"]
    imports = next(cell.source for cell in cells if cell.id == "imports")
    with ThreadPoolExecutor(N_LEARNERS) as threads:
        waited = list(threads.map(started, learners))
        ready = [seconds for seconds in waited if seconds is not None]
        last = f", the last after {max(ready):.0f} s" if ready else ""
        yield "hub, 30 start at once: ready", f"{len(ready)}{last}", "30, ≤ 60 s"
        learners = [one for one, seconds in zip(learners, waited, strict=True) if seconds]
        start = time.perf_counter()
        list(threads.map(Learner.open_kernel, learners))
        said = list(threads.map(lambda one: one.run(imports), learners))
        failed = [each.error for each in said if each.error]
        measured = f"{time.perf_counter() - start:.0f} s, {len(failed)} failed"
        yield "hub, kernels and imports of all at once", measured, ""
        active = learners[:N_ACTIVE]
        seconds = sorted(each.seconds for some in threads.map(checks, active) for each in some)
        middle, late = statistics.median(seconds), seconds[int(0.95 * len(seconds))]
        measured = f"{1000 * middle:.0f} and {1000 * late:.0f} ms"
        yield "hub, check by 10, median and 95 %", measured, "95 % ≤ 250 ms"
        yield "hub, a learner after the imports", megabytes(learners), "≤ 500 MB"
        list(threads.map(lambda one: run_all(one, cells), active))
        yield "hub, a learner after Run All of 02a", megabytes(active), "≤ 500 MB"
        list(threads.map(Learner.stop, learners))


def started(learner: Learner) -> float | None:
    """The seconds until a learner's server is ready, None if the hub gives it up."""
    try:
        return learner.start()
    except RuntimeError:
        return None


def checks(learner: Learner) -> list[Said]:
    """Answers of a learner who checks right and wrong functions in turn, with pauses to think."""
    answers = []
    for turn in range(N_CHECKS):
        learner.run(WRONG if turn % 2 else RIGHT)
        answers.append(learner.run(CHECK))
        time.sleep(PAUSE)
    return answers


def run_all(learner: Learner, cells: list) -> None:
    for cell in cells:
        learner.run(cell.source)


def megabytes(learners: list[Learner]) -> str:
    """The mean over learners, shared pages divided among those who share them."""
    server, kernel = map(statistics.mean, zip(*(one.megabytes() for one in learners), strict=True))
    return f"{server + kernel:.0f} MB ({server:.0f} + {kernel:.0f})"
