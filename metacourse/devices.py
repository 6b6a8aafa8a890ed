"""Where tensors live: a GPU when there is one, else the CPU."""

import functools
import os
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves


def best_device() -> torch.device:
    """The device to compute on: CUDA, else MPS, else the CPU; the environment variable
    METACOURSE_DEVICE overrides the choice.

    Raises ValueError when METACOURSE_DEVICE names no device of this machine.
    """
    available = _available()
    chosen = os.environ.get("METACOURSE_DEVICE") or available[0]
    if chosen not in available:
        allowed = ", ".join(available)
        raise ValueError(f"METACOURSE_DEVICE is {chosen!r}; on this machine it may be: {allowed}")
    return torch.device(chosen)


def describe() -> str:
    """One line on `best_device()`, such as "cpu (2 threads), chosen automatically"."""
    device = best_device()
    by = "by METACOURSE_DEVICE" if os.environ.get("METACOURSE_DEVICE") else "automatically"
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        details = f"{properties.name}, {properties.total_memory / 1e9:.0f} GB"
    else:
        n_threads = torch.get_num_threads()
        details = "Apple GPU" if device.type == "mps" else f"{n_threads} threads"
    return f"{device} ({details}), chosen {by}"


def compiled(function: Callable) -> Callable:
    """Return a pure function of tensors compiled by `torch.compile`: the same numbers, sooner.

    Its first call compiles, for about 20 s, or 2 s when the compiler has kept its work from an
    earlier time. Where that fails, as it does without a C++ compiler, a line says so and the
    function runs as it is. Numbers among the arguments are compiled in: keep them fixed. On CUDA
    the next call writes over the tensors that this one returned: use them before, or copy them.
    """
    chosen = None

    @functools.wraps(function)
    def call(*args):
        nonlocal chosen
        if chosen is not None:
            return chosen(*args)
        print("Compiling: about 20 s the first time.", flush=True)
        try:
            fast = torch.compile(function, options=_options(args))
            result = fast(*args)
        except Exception as error:
            fast, result = function, function(*args)  # fails by itself if the fault is its own
            print(f"Not compiled ({type(error).__name__}): slower, with the same numbers.")
        chosen = fast
        return result

    return call


def _options(args: tuple) -> dict[str, bool]:
    """What saves most of the time between small operations: on CUDA they are recorded once and
    played back, on the CPU one compiled program calls them all."""
    on_cuda = any(isinstance(leaf, Tensor) and leaf.is_cuda for leaf in tree_leaves(args))
    return {"triton.cudagraphs": True} if on_cuda else {"cpp_wrapper": True}


def _available() -> list[str]:
    """Names of this machine's devices, the best first."""
    cuda = ["cuda"] if torch.cuda.is_available() else []
    cuda += [f"cuda:{index}" for index in range(torch.cuda.device_count())] if cuda else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]
