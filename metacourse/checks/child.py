"""What a function returns in a child process, which is killed when it does not end."""

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import torch

NO_FORK = (
    "Homework is graded in processes that are forked, and this system cannot fork: grade it on "
    "Linux or macOS."
)
ENDED = "It ended the program that was checking it."


def returned(function: Callable[[], Any], seconds: float) -> Any:
    """What the function returns; a sentence if it ends the process, or does not end in time.

    Nothing that it prints or changes reaches this process. Raises RuntimeError without fork.
    """
    if not hasattr(os, "fork"):
        raise RuntimeError(NO_FORK)
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=run, args=(function, sender), daemon=True)
    with warnings.catch_warnings(action="ignore"):  # of forking beside threads
        child.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            return f"It did not end within {seconds:g} s, and could not be stopped."
        return receiver.recv()
    except EOFError:
        return ENDED
    finally:
        end(child)
        receiver.close()


def run(function: Callable[[], Any], sender: Connection) -> None:
    """In the child: be silent, send what the function returns, and end at once."""
    os.setsid()  # an interrupt is the parent's; what the answer starts is killed with it
    silence()
    torch.set_num_threads(1)  # a pool of threads does not outlive a fork
    sender.send(function())
    os._exit(0)


def silence() -> None:
    """Nothing is printed any more, by Python or by compiled code."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def end(child: multiprocessing.Process) -> None:
    """Kill a child and all that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.join()
    child.close()
