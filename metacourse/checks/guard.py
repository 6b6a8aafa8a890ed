"""Run a learner's function so that whatever it does, the check can tell what it was."""

import ctypes
import inspect
import linecache
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from IPython.utils.capture import capture_output

AGAIN = 1.0  # seconds until a call is stopped once more
HERE, ANY = str(Path(__file__).parent), object()


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
    frame, frames = sys._getframe(2), []
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
    if frame.f_code.co_filename.startswith(HERE):
        return raise_stopped
    raise Stopped


def stop(thread: int) -> None:
    """Raise Stopped in a thread, between two steps of its Python code."""
    raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc
    raise_in_thread(ctypes.c_ulong(thread), ctypes.py_object(Stopped))


def limited(seconds: float, function: Callable) -> Any:
    """Call a function and return its result; Stopped after `seconds`, in any thread and platform.

    One call into compiled code is waited for. No signal is used: the learner's own interrupt stays
    what it is.
    """
    thread, ended, fired = threading.get_ident(), threading.Event(), threading.Event()

    def watch() -> None:
        wait = seconds
        while not ended.wait(wait):
            if is_running(thread):
                fired.set()
                stop(thread)
            wait = AGAIN

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
            if first := caught.stdout.strip().splitlines()[:1]:
                remarks.append(f"It also prints (`{first[0][:60]}` …); the check hid that.")
            if opened or caught.outputs:
                remarks.append("It also plots or displays something; the check hid that.")


def figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


def explain(error: BaseException, line: tuple[str, str] | None) -> str:
    """A sentence or two about an exception that a learner's function raised, in `learners_line`."""
    match error:
        case RecursionError():
            return "It calls itself again and again without an end (`RecursionError`)."
        case SystemExit():
            return "It ends the whole program (`SystemExit`); a function should `return` instead."
    message = message_of(error)
    told = f"It raised `{type(error).__name__}`: {message}" + ("" if message[-1:] in ".?" else ".")
    if "NoneType" in message and line and ".grad" in line[1]:
        told += (
            " `.grad` is None: `backward()` fills it only for tensors that were made with "
            "`requires_grad_()`, not for results of a computation. `torch.autograd.grad` returns "
            "the gradient of any tensor."
        )
    if "Boolean value of Tensor" in message:
        told += (
            " Python's `max`, `min`, `if` and `and` compare single numbers: for tensors there are "
            "`torch.relu`, `.clamp(min=0)` and `torch.where`."
        )
    return told


def message_of(error: BaseException) -> str:
    """What an exception says, on one line."""
    try:
        return " ".join(str(error).split())[:300]
    except Exception:
        return "an error that cannot say what it is"


def learners_line(error: BaseException, function: Callable) -> tuple[str, str] | None:
    """The last line of the learner's own file or cell that an exception came through."""
    try:
        code = getattr(inspect.unwrap(function), "__code__", None)
    except ValueError:  # wrapped around itself
        return None
    frames = traceback.walk_tb(error.__traceback__)
    lines = [n for frame, n in frames if code and frame.f_code.co_filename == code.co_filename]
    if not lines:
        return None
    return f"line {lines[-1]}", linecache.getline(code.co_filename, lines[-1]).strip()
