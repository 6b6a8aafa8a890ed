"""Trainings on the learner's own that are kept: an interrupted one goes on."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import torch
from torch import Generator, Tensor

from metacourse.devices import best_device
from metacourse.experiments.own_methods import Plan
from metacourse.nets import Params, to_device
from metacourse.tasks import cache
from metacourse.training import Budget, Training, gradient_step, train

LR = 1e-3
CHECK_EVERY = 20


def run(
    name: str,
    loss: Callable[[Params, Generator], Tensor],
    start: Params,
    score: Callable[[Params], float],
    plan: Plan,
) -> tuple[Params, str]:
    """Train, or go on with a training that was interrupted, or take what it brought; the start is
    kept where nothing was better on the validation classes. Returns params and how it went.

    Raises KeyboardInterrupt when it is interrupted; what was done until then is kept.
    """

    def make() -> cache.Kept:
        before = score(to_device(start, best_device()))
        done = _train(name, loss, start, score, plan)
        after = score(to_device(done.params, best_device()))
        told = {"steps": len(done.losses), "best": done.best_step, "from": before, "to": after}
        return done.params if after > before else start, told

    params, told = cache.kept(f"own-{plan.key}-{name}", make)
    return to_device(params, best_device()), _note(told, plan)


def _note(told: dict, plan: Plan) -> str:
    """How a training went, in a line."""
    note = f"{told['steps']} steps in at most {plan.seconds:g} s; on validation classes, one-shot: "
    note += f"{told['from']:.1%} before, {told['to']:.1%} after"
    gained = told["to"] > told["from"]
    return note + (f", best at step {told['best']}" if gained else "; so the start was kept")


def _train(name: str, loss: Callable, start: Params, score: Callable, plan: Plan) -> Training:
    device = best_device()
    params = {key: w.detach().clone().to(device).requires_grad_() for key, w in start.items()}
    checkpoint = checkpoint_of(name, plan)
    print(f"Training {name}, at most {plan.seconds:g} s.", flush=True)
    budget = Budget(plan.steps, plan.seconds)
    done = train(
        gradient_step(loss),
        params,
        optimizer=torch.optim.Adam(params.values(), lr=LR),
        generator=torch.Generator().manual_seed(0),
        quick=budget,
        full=budget,
        validate=score,
        check_every=CHECK_EVERY,
        checkpoint=checkpoint,
    )
    if done.stopped == "interrupted":
        raise KeyboardInterrupt
    if checkpoint:
        with suppress(OSError):
            checkpoint.unlink()
    return done


def checkpoint_of(name: str, plan: Plan) -> Path | None:
    """Where a training is kept that is not done; nowhere without a home folder."""
    with suppress(OSError):
        return cache.folder() / f"own-{plan.key}-{name}.checkpoint"
    return None
