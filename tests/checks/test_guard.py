import signal
import threading

import pytest

from metacourse.checks.guard import Stopped, time_limit, untouched


def spin():
    while True:
        pass


def test_no_signal_handler_and_no_timer_is_left_behind():
    before = signal.getsignal(signal.SIGINT), threading.active_count()
    with pytest.raises(Stopped), time_limit(0.1):
        spin()
    with time_limit(60):
        pass
    assert (signal.getsignal(signal.SIGINT), threading.active_count()) == before


def test_the_limit_works_outside_the_main_thread():
    stopped = []

    def work():
        try:
            with time_limit(0.1):
                spin()
        except Stopped:
            stopped.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert stopped == [True]


@pytest.mark.parametrize(
    ("function", "is_stub"),
    [(lambda: ..., True), (lambda y: ..., True), (lambda y: y[..., :-1], False)],
)
def test_a_lambda_that_slices_with_dots_is_no_stub(function, is_stub):
    assert untouched(function) is is_stub
