"""A world of their own for calls that may change or print anything, put back afterwards."""

import functools
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import numpy as np
import torch
from IPython.utils.capture import capture_output


@contextmanager
def own_settings() -> Iterator[None]:
    """Gradients on, float64 (the cases' own), the CPU; then these, the number of threads, the
    recursion limit and the folder are as they were."""
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    n_threads, limit, folder = torch.get_num_threads(), sys.getrecursionlimit(), here()
    grad = torch.is_grad_enabled()
    try:
        with ExitStack() as stack:
            if device.type != "cpu":
                stack.enter_context(torch.device("cpu"))
            if torch.is_inference_mode_enabled():
                stack.enter_context(torch.inference_mode(False))
            torch.set_grad_enabled(True)
            torch.set_default_dtype(torch.float64)
            yield
    finally:
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)
        if torch.get_default_device() != device:
            torch.set_default_device(None if device.type == "cpu" else device)
        torch.set_num_threads(n_threads)
        sys.setrecursionlimit(limit)
        with suppress(OSError):
            os.chdir(folder)


@contextmanager
def own_world(seed: int = 0) -> Iterator[None]:
    """`own_settings`, and random numbers of torch, NumPy and Python that start from this seed."""
    numbers, python_numbers = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        with own_settings(), torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            random.seed(seed)
            yield
    finally:
        np.random.set_state(numbers)  # noqa: NPY002
        random.setstate(python_numbers)


def in_own_settings(function: Callable) -> Callable:
    """A function whose every call has `own_settings`: what one call changes reaches neither the
    next that `observe` makes nor the gradients."""

    @functools.wraps(function, updated=())
    def in_settings(*args: Any, **kwargs: Any) -> Any:
        with own_settings():
            return function(*args, **kwargs)

    return in_settings


@contextmanager
def quiet(remarks: list[str]) -> Iterator[None]:
    """Hide what is printed or plotted in the block, and append a remark that says so."""
    before = figures()
    with capture_output(stderr=False) as caught:
        try:
            yield
        finally:
            opened = figures() - before
            for number in opened:
                sys.modules["matplotlib.pyplot"].close(number)
            if said := caught.stdout.strip():
                first = said.splitlines()[0].replace("`", "'")[:60]
                more = "" if len(first) == len(said) else " …"
                remarks.append(f"It also prints (`{first}`{more}); the check hid that.")
            if opened or caught.outputs:
                remarks.append("It also plots or displays something; the check hid that.")


def figures() -> set[int]:
    """The numbers of the open figures of pyplot, if it has been imported."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


def here() -> str:
    """The working folder; another one if it has been deleted."""
    try:
        return os.getcwd()
    except OSError:
        return os.path.expanduser("~")
