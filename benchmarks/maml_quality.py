"""How good chapter 03's starts on the sinusoids become: in both budgets, and with other seeds.

Networks, tasks, budgets and rates are those of the chapter's own cells; so are the 600 test tasks.
Errors are mean squared errors on queries, with the 95 % confidence interval over tasks.
"""

import statistics
import time
from collections.abc import Iterator

import torch

from benchmarks.chapter import defined_in
from metacourse.evaluation import confidence_interval
from metacourse.tasks.sinusoids import sample_sinusoids

CELLS = (
    *("imports", "imports-course", "sizes", "train-start", "train-maml"),
    *("train-pretrained-objective", "losses-by-step"),
    *("relatives-objectives", "anil", "reptile-outer-step", "methods"),
)
BUDGETS = {"quick": (15, 0.40), "full": (300, 0.10)}  # seconds; error at K = 10 after 5 steps
SEEDS = 3, 4, 5, 6, 7  # the first is the chapter's


def measure() -> Iterator[tuple[str, str, str]]:
    for budget, goals in BUDGETS.items():
        yield from maml(chapter(budget), budget, *goals)
    for method in ("pretraining", "Reptile", "first-order MAML", "ANIL", "MAML", "Meta-SGD"):
        errors = [error_of(method, seed) for seed in SEEDS]
        told = f"{statistics.median(errors):.2f} ({min(errors):.2f}–{max(errors):.2f})"
        yield f"{method}, quick, 5 seeds, K = 10, 5 steps: median (range)", told, ""


def chapter(budget: str) -> dict:
    return defined_in("03_maml.ipynb", *CELLS, edits={'BUDGET = "quick"': f'BUDGET = "{budget}"'})


def maml(defined: dict, budget: str, seconds: int, error: float) -> Iterator[tuple[str, str, str]]:
    start = time.perf_counter()
    params = defined["train_start"](*defined["methods"]["MAML"])
    taken = time.perf_counter() - start
    n_steps = len(defined["gradient_norms"])
    yield f"{budget} budget: {n_steps:,} outer steps", f"{taken:.0f} s", f"≤ {seconds} s"
    tasks = test_tasks()
    for n_shot in (5, 10):
        x, y = (part[:, :n_shot] for part in tasks[:2])
        fewer = tasks._replace(x_support=x, y_support=y)
        errors = defined["losses_by_step"](params, fewer)
        for n_steps in (1, 5, 10):
            mean, half_width = confidence_interval(errors[:, n_steps])
            goal = f"< {error:.2f}" if (n_shot, n_steps) == (10, 5) else ""
            what = f"  test MSE, K = {n_shot}, after {n_steps} steps"
            yield what, f"{mean:.3f} ± {half_width:.3f}", goal


def error_of(method: str, seed: int) -> float:
    """The mean test error after 5 steps, with the rates that the chapter tests a method with."""
    defined = chapter("quick")
    defined["SEED"] = seed
    params = defined["train_start"](*defined["methods"][method])
    rates = {"pretraining": 0.03, "ANIL": {n: 0.01 * n.startswith("layer2.") for n in params}}
    if method == "Meta-SGD":
        learned, params = defined["split"](params, "rate of ")
        rates[method] = {name: 0.01 * rate for name, rate in learned.items()}
    losses = defined["losses_by_step"](params, test_tasks(), rates.get(method, 0.01))
    return losses[:, 5].mean().item()


def test_tasks():
    generator = torch.Generator().manual_seed(100)
    return sample_sinusoids(600, n_shot=10, n_query=50, generator=generator)
