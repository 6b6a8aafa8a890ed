"""One training loop for all chapters: it can be watched, stopped, saved and resumed."""

import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Generator, Tensor
from torch.func import grad_and_value
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm

from metacourse.devices import compiled
from metacourse.distributed import is_first
from metacourse.nets import Params, to_device
from metacourse.places import reason, replacing

Step = Callable[[Params, Optimizer, Generator], Tensor]
SAVE_EVERY, SHOW_EVERY = 10.0, 0.5  # seconds


class Budget(NamedTuple):
    """What a training may cost; it ends with whichever is used up first."""

    steps: int
    seconds: float


class Training(NamedTuple):
    """What a training has brought."""

    params: Params  # the best that were seen, at worst those of the start; detached, on the CPU
    losses: list[float]  # of each step
    best_step: int
    stopped: str  # why it ended before its last step, else ""


def gradient_step(loss_fn: Callable[[Params, Generator], Tensor]) -> Step:
    """The usual step for `train`: draw a loss, follow its gradient."""

    def step(params: Params, optimizer: Optimizer, generator: Generator) -> Tensor:
        optimizer.zero_grad()
        loss = loss_fn(params, generator)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def compiled_step(
    loss_fn: Callable[[Params, Any], Tensor], sample: Callable[[Generator], Any]
) -> Step:
    """The step of `gradient_step` for loss_fn(params, sample(generator)), its gradient compiled.

    Several times as fast for small networks, after a compilation of about 20 s: for full budgets.
    Without a C++ compiler it runs uncompiled and says so; see `metacourse.devices.compiled`.
    """
    gradient_and_loss = compiled(grad_and_value(loss_fn))

    def step(params: Params, optimizer: Optimizer, generator: Generator) -> Tensor:
        with torch.no_grad():  # grad_and_value differentiates by itself
            gradients, loss = gradient_and_loss(params, sample(generator))
        for name, tensor in params.items():
            tensor.grad = gradients[name]
        optimizer.step()
        return loss

    return step


def one_cycle(optimizer: Optimizer, *, lr: float, n_steps: int) -> None:
    """Let the optimizer's rate rise to lr over the first third of n_steps and fall to 0 at the end,
    along half waves of a cosine (Smith & Topin 2018). For optimizers that count their steps, such
    as Adam: by that count, which a checkpoint keeps, so that a resumed training goes on rightly."""

    def set_rate(optimizer: Optimizer, *_) -> None:
        done = steps_taken(optimizer) / n_steps
        for group in optimizer.param_groups:
            way = 3 * done if done < 1 / 3 else 1.5 * (1 - done)  # 0 → 1 → 0
            group["lr"] = lr * (1 - math.cos(math.pi * way)) / 2 + 1e-3 * lr

    optimizer.register_step_pre_hook(set_rate)


def steps_taken(optimizer: Optimizer) -> int:
    """How many steps an optimizer has taken by its own count, which a checkpoint keeps."""
    return max((int(state["step"]) for state in optimizer.state.values()), default=0)


def train(
    step: Step,
    params: Params,
    *,
    optimizer: Optimizer,
    generator: Generator,
    quick: Budget,
    full: Budget,
    budget: str = "quick",
    validate: Callable[[Params], float] | None = None,
    check_every: int = 10,
    watch: Callable[[list[float]], None] | None = None,
    checkpoint: Path | None = None,
) -> Training:
    """Repeat `step(params, optimizer, generator)` → loss within a budget; keep the best params.

    params are leaf tensors that the optimizer changes in place. Every `check_every` steps they are
    judged by `validate(params)` (larger is better; it must not use the generator), else by the mean
    loss since the last check. About twice a second `watch` gets the losses so far.
    An interrupt, a loss that is not finite or the time may end it early; a line says at which step,
    and the best params so far are returned. With a checkpoint file, params, optimizer and generator
    (no scheduler) are saved there, and a training whose file exists goes on from it: on the CPU bit
    for bit as if it had never stopped, unless an interrupt cut a step short. Where it cannot be
    saved it goes on, and a line says so once. Of several processes (`distributed`) only the first
    saves, and shows how far it is.
    Raises ValueError when budget is unknown or the checkpoint is damaged, unreadable or of other
    parameters.
    """
    if budget not in ("quick", "full"):
        raise ValueError(f"budget must be 'quick' or 'full', got {budget!r}")
    limit = full if budget == "full" else quick
    run = _Run(params, optimizer, generator, best=_copy(params))
    if checkpoint and os.path.exists(checkpoint):
        _load(run, Path(checkpoint))
    try:
        stopped = _repeat(step, run, limit, validate, check_every, watch, checkpoint)
    except KeyboardInterrupt:
        stopped = "interrupted"
        if checkpoint:
            _try_to_save(run, Path(checkpoint))
    if stopped and is_first():
        print(f"Stopped at step {len(run.losses)}: {stopped}. Best so far: step {run.best_step}.")
    return Training(to_device(run.best, "cpu"), run.losses, run.best_step, stopped)


def learn(
    loss_fn: Callable[[Params, Generator], Tensor],
    params: Params,
    *,
    lr: float,
    n_steps: int,
    clip: float = 1.0,
    seed: int = 2,
    budget: str = "quick",
    label: str = "",
    watch: Callable[[list[float]], None] | None = None,
) -> Training:
    """A short training as the notebooks do it: Adam, a rate that rises to lr and falls again, and
    gradients cut to the norm clip.

    With budget="full" a training with a label is kept in `label.checkpoint`, and goes on from it.
    Raises ValueError as `train` does.
    """
    params = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    optimizer = torch.optim.Adam(params.values())
    one_cycle(optimizer, lr=lr, n_steps=n_steps)

    def clip_gradients(*_) -> None:
        clip_grad_norm_(params.values(), clip)

    optimizer.register_step_pre_hook(clip_gradients)
    checkpoint = Path(f"{label}.checkpoint") if label and budget == "full" else None
    if checkpoint and checkpoint.exists():
        print(f"Going on from {checkpoint}. To start anew, delete it.")
    return train(
        gradient_step(loss_fn),
        params,
        optimizer=optimizer,
        generator=torch.Generator().manual_seed(seed),
        quick=Budget(n_steps, 1200),
        full=Budget(n_steps, 1200),
        budget=budget,
        check_every=max(1, n_steps // 10),
        watch=watch,
        checkpoint=checkpoint,
    )


def train_to_the_end(
    name: str,
    step: Step,
    params: Params,
    *,
    lr: float,
    budget: Budget,
    generator: Generator,
    score: Callable[[Params], float],
    check_every: int,
    clip: float = math.inf,
    checkpoint: Path | None = None,
) -> Params:
    """Train weights that are to be kept: by Adam, whose rate warms up to lr and decays, with
    gradients cut to the norm clip; return those that scored best.

    Raises RuntimeError when the training ends before its last step: then networks that are to be
    compared would not have been trained alike.
    """
    params = {key: tensor.requires_grad_() for key, tensor in params.items()}
    optimizer = torch.optim.Adam(params.values())
    schedule = OneCycleLR(optimizer, lr, total_steps=budget.steps + 1)

    def clip_gradients(*_) -> None:
        clip_grad_norm_(params.values(), clip)

    def next_rate(*_) -> None:
        schedule.last_epoch = steps_taken(optimizer) - 1  # after a checkpoint, too
        schedule.step()

    if clip < math.inf:
        optimizer.register_step_pre_hook(clip_gradients)
    optimizer.register_step_post_hook(next_rate)
    result = train(
        step,
        params,
        optimizer=optimizer,
        generator=generator,
        quick=budget,
        full=budget,
        validate=score,
        check_every=check_every,
        checkpoint=checkpoint,
    )
    if result.stopped:
        raise RuntimeError(f"{name}: {result.stopped} after {len(result.losses)} steps")
    return result.params


@dataclass
class _Run:
    """What a checkpoint keeps: all that the next step depends on, and the best so far."""

    params: Params
    optimizer: Optimizer
    generator: Generator
    best: Params
    best_score: float = -math.inf
    best_step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    warned: bool = False  # that it cannot be saved; not kept

    def check(self, validate, n_losses: int) -> None:
        """Keep the parameters if they are the best so far, and finite."""
        recent = self.losses[-n_losses:]
        score = validate(self.params) if validate else -sum(recent) / len(recent)
        if score > self.best_score and all(p.isfinite().all() for p in self.params.values()):
            self.best_score, self.best_step = float(score), len(self.losses)
            self.best = _copy(self.params)


def _repeat(step, run: _Run, limit: Budget, validate, check_every, watch, checkpoint) -> str:
    """Train until the budget is used up or the loss fails; returns what ended it early, else ""."""
    started = time.monotonic() - run.seconds
    shown = saved = run.seconds
    bar = _bar()
    try:
        while len(run.losses) < limit.steps and run.seconds < limit.seconds:
            loss = float(step(run.params, run.optimizer, run.generator))
            if not math.isfinite(loss):
                return f"the loss is {loss}"
            run.losses.append(loss)
            if len(run.losses) % check_every == 0:
                run.check(validate, check_every)
            run.seconds = time.monotonic() - started
            if run.seconds - shown > SHOW_EVERY:
                shown = run.seconds
                _show(bar, run, limit)
                if watch:
                    watch(run.losses)
            if checkpoint and run.seconds - saved > SAVE_EVERY:
                saved = run.seconds
                _try_to_save(run, Path(checkpoint))
        if checkpoint:
            _try_to_save(run, Path(checkpoint))
        if since_check := len(run.losses) % check_every:
            run.check(validate, since_check)
        return "out of time" if len(run.losses) < limit.steps else ""
    finally:
        bar.close()
        if watch:
            watch(run.losses)


def _bar() -> tqdm:
    """A bar of text: one made of widgets is an error message where a notebook is opened again."""
    in_notebook = "ipykernel" in type(sys.stdout).__module__  # where stderr looks like an error
    form = "{percentage:3.0f}% |{bar}| {remaining}{postfix}"
    file = sys.stdout if in_notebook else sys.stderr
    return tqdm(total=1.0, leave=False, bar_format=form, file=file, disable=not is_first())


def _show(bar, run: _Run, limit: Budget) -> None:
    """The share of the budget that is used up; from it tqdm estimates the time left."""
    bar.n = min(1.0, max(len(run.losses) / limit.steps, run.seconds / limit.seconds))
    bar.set_postfix_str(f"step {len(run.losses)}, loss {run.losses[-1]:.3f}")


def _copy(params: Params) -> Params:
    return {name: tensor.detach().clone() for name, tensor in params.items()}


def _try_to_save(run: _Run, path: Path) -> None:
    """Save a training, if this is the first process; where that cannot be done, say so once."""
    if not is_first():
        return
    try:
        _save(run, path)
    except OSError as error:
        if not run.warned:
            tqdm.write(f"The training cannot be saved in {path} ({reason(error)}); it goes on.")
        run.warned = True


def _save(run: _Run, path: Path) -> None:
    """Save all that the next step depends on; an interrupt leaves the old file whole."""
    optimizer = run.optimizer.state_dict()
    tensors = {f"params/{name}": tensor.detach() for name, tensor in run.params.items()}
    tensors |= {f"best/{name}": tensor for name, tensor in run.best.items()}
    for index, state in optimizer["state"].items():
        kept = {key: value for key, value in state.items() if value is not None}
        tensors |= {f"optimizer/{index}/{key}": value for key, value in kept.items()}
    tensors["generator"] = run.generator.get_state()
    tensors["losses"] = torch.tensor(run.losses, dtype=torch.float64)
    numbers = {name: getattr(run, name) for name in ("best_score", "best_step", "seconds")}
    numbers["param_groups"] = optimizer["param_groups"]
    content = save(tensors, {"numbers": json.dumps(numbers)})
    with replacing(path) as unfinished:
        unfinished.write_bytes(content)


def _load(run: _Run, path: Path) -> None:
    try:
        path.open("rb").close()  # safe_open does not say why it cannot
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            numbers = json.loads(file.metadata()["numbers"])
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"checkpoint {path.name} is damaged; delete it to start anew") from error
    except OSError as error:
        raise ValueError(f"checkpoint {path.name} cannot be read ({reason(error)})") from error
    saved = {key[7:]: tensor for key, tensor in tensors.items() if key.startswith("params/")}
    for name in run.params | saved:
        here, there = (tuple(p[name].shape) if name in p else None for p in (run.params, saved))
        if here != there:
            raise ValueError(f"checkpoint {path.name}: {name} is {there} there and {here} here")
    with torch.no_grad():
        for name, tensor in run.params.items():
            tensor.copy_(saved[name])
            run.best[name].copy_(tensors[f"best/{name}"])
    state = {}
    for key in tensors:
        if key.startswith("optimizer/"):
            _, index, name = key.split("/")
            state.setdefault(int(index), {})[name] = tensors[key]
    run.optimizer.load_state_dict({"state": state, "param_groups": numbers.pop("param_groups")})
    run.generator.set_state(tensors["generator"])
    run.losses = tensors["losses"].tolist()
    vars(run).update(numbers)  # best_score, best_step, seconds
