"""Stop a learner's function that runs too long, whatever it catches."""

import contextlib
import ctypes
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

AGAIN = 1.0  # seconds until a call is stopped once more
MOST = 6.0  # times the seconds that a call may take which does not compute
OURS, ANY = (str(Path(__file__).parent), contextlib.__file__), object()


class Stopped(BaseException):
    """Raised inside a function that ran too long, and again as long as something swallows it.

    `except Exception` lets it through, a bare `except:` does not. So where one is caught, and where
    one is thrown away, the next line that the function runs raises another.
    """

    def __init__(self) -> None:
        self.call = stop_at_the_next_line()

    def __del__(self) -> None:
        stop_at_the_next_line(self.call)


def stop_at_the_next_line(call: object = ANY) -> object:
    """Let the next line inside of `limited_call`, of this one or of any, raise Stopped."""
    frame, frames = sys._getframe(1).f_back, []  # what made the exception, or threw it away
    while frame and frame.f_code is not limited_call.__code__:
        frames.append(frame)
        frame = frame.f_back
    found = frame and frame.f_locals["call"]
    if frame and call in (ANY, found):
        for each in frames:
            each.f_trace = raise_stopped
        sys.settrace(raise_stopped)
    return found


def raise_stopped(frame: FrameType, event: str, arg: Any) -> Callable:
    """A trace function. (Python takes it away when it raises.)"""
    if frame.f_code.co_filename.startswith(OURS):  # the check itself, which puts back what it set
        return raise_stopped
    raise Stopped


def stop(thread: int) -> None:
    """Raise Stopped in a thread, between two steps of its Python code."""
    raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc
    raise_in_thread(ctypes.c_ulong(thread), ctypes.py_object(Stopped))


def limited(seconds: float, function: Callable) -> Any:
    """Call a function and return its result; Stopped after `seconds`, in any thread and platform.

    They are seconds in which this process computes, so that other busy programs cost nothing; one
    that does not compute is given MOST times as long. One call into compiled code is waited for. No
    signal is used: the learner's own interrupt stays what it is.
    """
    thread, ended, fired = threading.get_ident(), threading.Event(), threading.Event()

    def watch() -> None:
        began, computed, wait = time.monotonic(), time.process_time(), seconds
        while not ended.wait(wait):
            wait = min(AGAIN, seconds)
            waited, worked = time.monotonic() - began, time.process_time() - computed
            if is_running(thread) and (worked >= 0.9 * seconds or waited >= MOST * seconds):
                fired.set()
                stop(thread)

    tracing = sys.gettrace()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return limited_call(function, object())
    finally:
        settle(watcher, ended, fired, tracing)


def limited_call(function: Callable, call: object) -> Any:
    """What is looked for on the stack; every call has an object of its own."""
    return function()


def is_running(thread: int) -> bool:
    """Whether a thread is inside of `limited_call`."""
    frame = sys._current_frames().get(thread)
    while frame and frame.f_code is not limited_call.__code__:
        frame = frame.f_back
    return frame is not None


def settle(
    watcher: threading.Thread,
    ended: threading.Event,
    fired: threading.Event,
    tracing: Callable | None,
) -> None:
    """End the watching, and take in an exception that is under way but has not arrived.

    One more is raised, which takes the place of the other, and is caught here. (Python 3.11 must
    not be told to raise none: its flag would stay up, and a debugger would hang.)
    """
    try:
        ended.set()
        watcher.join()
        if fired.is_set():
            sys.settrace(tracing)
            stop(threading.get_ident())
            while True:
                pass
    except Stopped:
        sys.settrace(tracing)
        watcher.join()
