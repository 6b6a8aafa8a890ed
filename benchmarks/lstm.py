"""The cell of chapter 05, unrolled: written out, compiled, and beside `torch.nn.LSTM`.

Forward without a graph; backward, the gradient of Σ h² for the weights; and double backward, the
gradient of that gradient's square, which is what learning through a learned gradient needs. On the
CPU torch.nn.LSTM is a fused layer of oneDNN; its cuDNN version has no double backward at all.
Everything runs on one thread, in float32. A contestant is timed only if it agrees with the cell in
float64 to 1e-5 of the length, which is what oneDNN's rounding needs; in float64 all agree to 1e-12
(tests/test_benchmarks_lstm.py). Ratios are taken in each round, in which every contestant has a
turn, in a new order.
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, autograd
from torch.func import grad

from benchmarks.maml import (
    TOLERANCE,
    described,
    flat,
    interleaved,
    one_thread,
    relative_error,
)
from metacourse.devices import compiled
from metacourse.lstm import cell, init_lstm, start_state
from metacourse.nets import Params

ROUND_SECONDS = 0.05  # of one contestant's turn, about
ROUNDS = 25
WEIGHTS = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
WORKS = "forward", "backward", "double backward"
COMPILED_STEPS = 20  # a longer double backward takes minutes to compile
GOALS = {"cell": "≤ 2", "compiled": "≤ 1.2"}  # times torch.nn.LSTM, at the chapter's sizes


class Size(NamedTuple):
    """What is unrolled: T steps for B sequences, D inputs, H units."""

    name: str
    n_steps: int
    n_sequences: int
    n_inputs: int
    n_hidden: int
    in_chapter: bool = True

    def __str__(self) -> str:
        return "T={}, B={}, D={}, H={}".format(*self[1:5])


SIZES = (
    Size("sinusoids", 10, 64, 2, 64),
    Size("letters", 50, 32, 133, 96),
    Size("optimiser", 20, 1510, 2, 20),
    Size("small", 20, 64, 40, 40, in_chapter=False),
    Size("large", 50, 128, 128, 128, in_chapter=False),
    Size("few sequences", 50, 16, 100, 100, in_chapter=False),
)


def unrolled(params: Params, x: Tensor) -> Tensor:
    """The hidden states after each step: x (B, T, D) → (B, T, H)."""
    state, states = start_state(params, len(x)), []
    for inputs in x.unbind(1):
        h, state = cell(params, inputs, state)
        states.append(h)
    return torch.stack(states, 1)


def problem(size: Size, dtype: torch.dtype = torch.float32) -> tuple[Params, Tensor]:
    """Weights and inputs, the same numbers for every contestant."""
    generator = torch.Generator().manual_seed(0)
    drawn = init_lstm(size.n_inputs, size.n_hidden, 1, generator)
    x = torch.randn(size.n_sequences, size.n_steps, size.n_inputs, generator=generator)
    return {name: drawn[name].to(dtype) for name in WEIGHTS}, x.to(dtype)


# ---- the contestants ---------------------------------------------------------------------------


def worked(work: str, forward: Callable[[], Tensor], weights: list[Tensor]) -> Callable:
    """The forward pass, its gradient, or the gradient of that gradient's square, by autograd."""

    def forward_only():
        with torch.no_grad():
            return [forward()]

    def backward(create_graph=False):
        return autograd.grad(forward().square().sum(), weights, create_graph=create_graph)

    def double_backward():
        return autograd.grad(sum(part.square().sum() for part in backward(True)), weights)

    return dict(zip(WORKS, (forward_only, backward, double_backward), strict=True))[work]


def ours(work: str, params: Params, x: Tensor) -> Callable:
    params = {name: value.clone().requires_grad_() for name, value in params.items()}
    return worked(work, lambda: unrolled(params, x), list(params.values()))


def torchs(work: str, params: Params, x: Tensor) -> Callable:
    sizes = params["weight_ih"].shape[1], params["weight_hh"].shape[1]
    lstm = torch.nn.LSTM(*sizes, batch_first=True, dtype=x.dtype)
    lstm.load_state_dict({f"{name}_l0": value for name, value in params.items()})
    return worked(work, lambda: lstm(x)[0], [getattr(lstm, f"{name}_l0") for name in WEIGHTS])


def ours_compiled(work: str, params: Params, x: Tensor) -> Callable:
    """Pure functions: `torch.func.grad` inside, no graph outside."""

    def forward(params, x):
        return {"h": unrolled(params, x)}

    def backward(params, x):
        return grad(lambda params: unrolled(params, x).square().sum())(params)

    def double_backward(params, x):
        def size(params):
            return sum(part.square().sum() for part in backward(params, x).values())

        return grad(size)(params)

    torch.compiler.reset()  # else the next size is compiled for shapes that vary
    fast = compiled(dict(zip(WORKS, (forward, backward, double_backward), strict=True))[work])

    def call():
        with torch.no_grad():  # grad differentiates by itself
            return list(fast(params, x).values())

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        call()
    if "Not compiled" in said.getvalue():
        raise ImportError(said.getvalue().splitlines()[-1])
    return call


def contestants(size: Size, work: str) -> dict[str, Callable]:
    makers = {"cell": ours, "torch": torchs}
    if work != "double backward" or size.n_steps <= COMPILED_STEPS:
        makers["compiled"] = ours_compiled
    return makers


# ---- the measurement ---------------------------------------------------------------------------


def measure() -> Iterator[tuple[str, str, str]]:
    yield "threads", one_thread(), ""
    for size in SIZES:
        yield size.name, str(size), ""
        for work in WORKS:
            yield from race(size, work)


def race(size: Size, work: str) -> Iterator[tuple[str, str, str]]:
    """Let the contestants that agree with the cell in float64 run side by side."""
    reference = flat(ours(work, *problem(size, torch.float64))())
    name, runners = f"{size.name}, {work}", {}
    for who, make in contestants(size, work).items():
        try:
            runner = make(work, *problem(size))
        except ImportError as missing:
            yield f"{name}: {who}", "not here", str(missing)
            continue
        error = relative_error(flat(runner()), reference)
        if error > TOLERANCE:
            yield f"{name}: {who}", f"DISAGREES: {error:.0e}", f"≤ {TOLERANCE:.0e}"
        else:
            runners[who] = runner
    once = max(interleaved(runners, 1, 1).values()).item() / 1e3
    times = interleaved(runners, ROUNDS, max(1, round(ROUND_SECONDS / once)))
    for who, milliseconds in times.items():
        yield f"{name}: {who}", described(1e3 * size.n_steps / milliseconds, " steps/s"), ""
    for who in GOALS:
        if who in times and "torch" in times:
            ratio = described(times[who] / times["torch"], " ×")
            yield f"{name}: {who} / torch", ratio, GOALS[who] if size.in_chapter else ""
