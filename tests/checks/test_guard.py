import contextlib
import cProfile
import signal
import subprocess
import sys
import threading
import time

import pytest

from metacourse.checks.guard import Stopped, limited


def spin():
    while True:
        pass


def step():
    return sum(i * i for i in range(1000))


def swallow():
    while True:
        try:
            step()
        except:  # noqa: E722
            continue


def swallow_in_two_loops():
    while True:
        try:
            while True:
                try:
                    step()
                except:  # noqa: E722
                    continue
        except:  # noqa: E722
            continue


def sleep_on():
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(0.01)


@pytest.mark.parametrize("endless", [spin, swallow, swallow_in_two_loops, sleep_on])
def test_what_never_ends_is_stopped_whatever_it_swallows(endless):
    with pytest.raises(Stopped):
        limited(0.1, endless)


def test_no_signal_handler_no_thread_and_no_trace_is_left_behind():
    before = signal.getsignal(signal.SIGINT), threading.active_count(), sys.gettrace()
    for endless in (spin, swallow):
        with pytest.raises(Stopped):
            limited(0.1, endless)
    assert limited(60, lambda: 3) == 3
    assert (signal.getsignal(signal.SIGINT), threading.active_count(), sys.gettrace()) == before


def test_the_limit_works_outside_the_main_thread():
    stopped = []

    def work():
        try:
            limited(0.1, spin)
        except Stopped:
            stopped.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert stopped == [True]


def test_an_exception_passes_through():
    with pytest.raises(ZeroDivisionError):
        limited(60, lambda: 1 / 0)


def test_a_call_that_ends_as_its_time_ends_leaves_nothing_under_way():
    def busy():
        for _ in range(2000):
            step()

    for _ in range(20):
        with contextlib.suppress(Stopped):
            limited(0.002, lambda: [step() for _ in range(30)])
        for _ in range(1000):  # where a late exception would arrive
            pass


@pytest.mark.parametrize("before", [lambda: limited(60, step), lambda: limited(0.1, swallow)])
def test_a_debugger_and_a_profiler_work_afterwards(before):
    """On Python 3.11 they would hang for ever if an exception were taken back."""
    with contextlib.suppress(Stopped):
        before()
    seen = []
    sys.settrace(lambda frame, event, arg: seen.append(event))
    step()
    sys.settrace(None)
    profile = cProfile.Profile()
    profile.runcall(step)
    assert "call" in seen
    assert any("step" in str(entry.code) for entry in profile.getstats())


def test_a_trace_function_that_was_there_is_there_again():
    def tracer(frame, event, arg):
        return tracer

    sys.settrace(tracer)
    try:
        with contextlib.suppress(Stopped):
            limited(0.1, swallow)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)


def test_a_program_that_ends_after_a_stop_says_nothing_of_it():
    program = """
from metacourse.checks.guard import Stopped, limited

def spin():
    while True:
        pass

try:
    limited(0.1, spin)
except Stopped as error:
    kept = error
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
