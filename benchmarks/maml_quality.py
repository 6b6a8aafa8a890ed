"""How good MAML's start on the sinusoids becomes in two budgets.

The network, the tasks and the inner step are the chapter's; the outer rate and the number of outer
steps are the constants below, and not yet the same as the chapter's.

Trained, validated and tested on tasks of different seeds; one thread. The test error is the mean
squared error on the queries of 600 tasks, with the 95 % confidence interval over tasks.
"""

import math
import time
from collections.abc import Iterator

import torch
from torch import Generator, Tensor
from torch.func import vmap

from benchmarks.maml import mse
from metacourse.evaluation import confidence_interval
from metacourse.maml import inner_adapt, maml_loss
from metacourse.nets import Params, init_mlp
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.training import Budget, Step, Training, compiled_step, gradient_step, train

N_TASKS, N_SHOT, N_QUERY = 25, 10, 10
INNER = {"lr_inner": 0.01, "n_steps": 1}
LR_OUTER = 1e-2  # at the first step; it falls to 0 along a cosine
LONGEST_GRADIENT = 1.0  # longer ones are cut to this length: at a random start they are huge
BUDGETS = {"quick": Budget(4_000, 15), "full": Budget(100_000, 300)}
GOALS = {"quick": 0.40, "full": 0.10}  # at K = 10 after 5 steps
TRAINING_SEED, VALIDATION_SEED, TEST_SEED = 1, 2, 3


def measure() -> Iterator[tuple[str, str, str]]:
    torch.set_num_threads(1)
    for budget in BUDGETS:
        start = time.perf_counter()
        training = trained(budget)
        seconds, n_steps = time.perf_counter() - start, len(training.losses)
        what = "compiled" if budget == "full" else "uncompiled"
        limit = f"≤ {BUDGETS[budget].seconds} s"
        yield f"{budget} budget, {what}: {n_steps:,} steps", f"{seconds:.0f} s", limit
        for n_shot in (5, 10):
            for n_steps in (1, 5, 10):
                errors = test_errors(training.params, n_shot=n_shot, n_steps=n_steps)
                mean, half_width = confidence_interval(errors)
                goal = f"< {GOALS[budget]:.2f}" if (n_shot, n_steps) == (10, 5) else ""
                what = f"  test MSE, K = {n_shot}, after {n_steps} steps"
                yield what, f"{mean:.3f} ± {half_width:.3f}", goal


def trained(budget: str) -> Training:
    """Train from a random start; the lowest error on validation tasks decides which θ is kept."""
    params = init_mlp([1, 40, 40, 1], Generator().manual_seed(0))
    params = {name: value.requires_grad_() for name, value in params.items()}

    def objective(params: Params, episodes) -> Tensor:
        return maml_loss(mse, params, episodes, **INNER)

    def sample(generator: Generator):
        return sample_sinusoids(N_TASKS, n_shot=N_SHOT, n_query=N_QUERY, generator=generator)

    def validate(params: Params) -> float:
        return -float(_errors(params, VALIDATION_SEED, 200, n_shot=10, n_steps=5).mean())

    def shorten(*_):
        torch.nn.utils.clip_grad_norm_(params.values(), LONGEST_GRADIENT)

    optimizer = torch.optim.Adam(params.values(), lr=LR_OUTER)
    optimizer.register_step_pre_hook(shorten)
    if budget == "full":
        step = compiled_step(objective, sample)
    else:
        step = gradient_step(lambda params, generator: objective(params, sample(generator)))
    return train(
        with_cosine(step, BUDGETS[budget].steps),
        params,
        optimizer=optimizer,
        generator=Generator().manual_seed(TRAINING_SEED),
        quick=BUDGETS["quick"],
        full=BUDGETS["full"],
        budget=budget,
        validate=validate,
        check_every=BUDGETS[budget].steps // 40,
    )


def with_cosine(step: Step, n_steps: int) -> Step:
    """The same step with an outer rate that falls from LR_OUTER to 0 in n_steps steps."""
    taken = 0

    def decayed(params: Params, optimizer, generator: Generator) -> Tensor:
        nonlocal taken
        rate = LR_OUTER * (1 + math.cos(math.pi * min(1, taken / n_steps))) / 2
        optimizer.param_groups[0]["lr"] = rate
        taken += 1
        return step(params, optimizer, generator)

    return decayed


def test_errors(params: Params, *, n_shot: int, n_steps: int) -> Tensor:
    """The error on each of 600 test tasks, (600,)."""
    return _errors(params, TEST_SEED, 600, n_shot=n_shot, n_steps=n_steps)


def _errors(params: Params, seed: int, n_tasks: int, *, n_shot: int, n_steps: int) -> Tensor:
    generator = Generator().manual_seed(seed)
    episodes = sample_sinusoids(n_tasks, n_shot=n_shot, n_query=100, generator=generator)
    params = {name: value.detach() for name, value in params.items()}

    def task_error(x_support, y_support, x_query, y_query) -> Tensor:
        steps = {"lr_inner": INNER["lr_inner"], "n_steps": n_steps}
        return mse(inner_adapt(mse, params, x_support, y_support, **steps), x_query, y_query)

    return vmap(task_error)(*episodes)
