"""What a function returns in a child process, which is killed when it does not end."""

import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import psutil  # ipykernel brings it
import torch

from metacourse.checks.world import own_settings

NO_FORK = (
    "Homework is graded in processes that are forked, and this system cannot fork: grade it on "
    "Linux or macOS."
)
NO_BACKWARD = (
    "Homework is graded in processes that are forked, and here PyTorch cannot run `backward` "
    "in one, because of a GPU: grade on a machine without, or hide it (CUDA_VISIBLE_DEVICES=)."
)
A_WHILE = 60  # seconds for the parent to see what the child has started
ENDED = "It ended the program that was checking it."


class CannotGrade(RuntimeError):
    """This machine cannot grade, whatever the answer."""


def returned(function: Callable[[], Any], seconds: float) -> Any:
    """What the function returns; a sentence if it ends the process, or does not end in time.

    Nothing that it prints or changes reaches this process. Raises RuntimeError without fork, and
    where a fork cannot run `backward`.
    """
    if not hasattr(os, "fork"):
        raise RuntimeError(NO_FORK)
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=run, args=(function, sender))
    with warnings.catch_warnings(action="ignore"):  # of forking beside threads
        child.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            return f"It did not end within {seconds:g} s, and could not be stopped."
        told = receiver.recv()
        if isinstance(told, CannotGrade):
            raise told
        return told
    except EOFError:
        return ENDED
    finally:
        end(child)
        receiver.close()


def run(function: Callable[[], Any], sender: Connection) -> None:
    """In the child: be silent, send what the function returns, and wait to be ended."""
    os.setsid()  # an interrupt is the parent's; what the answer starts is killed with it
    silence()
    torch.set_num_threads(1)  # a pool of threads does not outlive a fork
    sender.send(function() if runs_backward() else CannotGrade(NO_BACKWARD))
    time.sleep(A_WHILE)
    os._exit(0)


def runs_backward() -> bool:
    """Whether PyTorch can differentiate in this fork: not after it has done so beside a GPU."""
    try:
        with own_settings():
            torch.ones(1, requires_grad=True).backward()
    except RuntimeError:
        return False
    return True


def silence() -> None:
    """Nothing is printed any more, by Python, by compiled code, or by who has kept a stream."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.write = len  # a notebook's stream sends to its parent
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def end(child: multiprocessing.Process) -> None:
    """Kill a child and all that it has started."""
    started = []
    with suppress(psutil.Error):
        started = psutil.Process(child.pid).children(recursive=True)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    for each in started:
        with suppress(psutil.Error):
            each.kill()
    child.join()
    with suppress(ValueError):  # nobody can wait for a child where SIGCHLD is ignored
        child.close()
