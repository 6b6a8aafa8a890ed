"""The check of homework: at home, and when nbgrader runs it."""

import functools
import importlib
import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import torch
from torch.func import vmap

import metacourse
from metacourse import linear_regression as linreg
from metacourse.checks import child, grading, mine, next_hint, reference, slips, store
from metacourse.checks.catalogue import all_names, find
from metacourse.checks.engine import diagnose, draw
from metacourse.checks.grading import GRADED, NotPassed, check, skipped
from metacourse.checks.own_work import changed_kernel, is_borrowed
from tests.checks.answers import load

NAME = "linear_regression.gradient"
SUM = "This is the gradient of the sum of the squared errors."
EXERCISES = all_names("EXERCISES")
RIGHT = [answer for answer in load() if answer.kind == "right"]


def right(theta, x, y):
    return 2 * torch.einsum("sd,s->d", x, x @ theta - y) / len(y)


def of_the_sum(theta, x, y):
    return 2 * x.T @ (x @ theta - y)


def untouched(theta, x, y): ...


@pytest.fixture
def shown(monkeypatch):
    """What is displayed."""
    things = []
    monkeypatch.setattr(grading, "display", lambda thing, **_: things.append(thing))
    return things


@pytest.fixture
def graded(shown, monkeypatch):
    """A check as nbgrader runs it: {exercise, state, mistakes, sentence}, or the points it gave."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    def grade(function, **options):
        try:
            points = check(NAME, function, assignment="hw02", **options)
        except NotPassed:
            points = 0
        return shown[-1][GRADED] | {"points": points}

    return grade


# ---- at home -------------------------------------------------------------------------------------


def test_at_home_a_try_is_reported_and_noted_in_the_learners_progress(shown):
    assert check(NAME, of_the_sum, assignment="hw02") is None
    assert shown[-1].sentence.startswith(SUM)
    assert store.read("exercise", NAME)[0] == {"tries": 1, "failed": 1, "passed": False}


def test_at_home_a_function_that_has_passed_is_there_for_later_exercises(shown, monkeypatch):
    monkeypatch.setattr(metacourse.checks, "display", lambda _: None)
    check(NAME, right, assignment="hw02")
    assert mine(NAME).__wrapped__ is right


def test_at_home_no_line_of_the_solution_is_shown_however_often_one_fails(shown):
    for _ in range(5):
        check(NAME, of_the_sum, assignment="hw02")
    assert shown[-1].facts == ()


def test_the_last_hint_at_home_does_not_lead_to_the_solution():
    *_, last = (next_hint(NAME, solution_follows=False) for _ in range(3))
    assert last.remarks == ("That was the last hint.",)


def test_at_home_there_is_a_button_for_hints_and_none_for_the_solution(shown, monkeypatch):
    monkeypatch.setattr(grading.panel, "in_notebook", lambda: True)
    check(NAME, of_the_sum, assignment="hw02")
    row, _ = shown[-1].children
    assert [button.description for button in row.children] == ["Hint"]


def test_at_home_a_remark_says_what_will_be_refused_when_graded(shown):
    check(NAME, lambda theta, x, y: linreg.gradient(theta, x, y), assignment="hw02")
    assert shown[-1].state == "passed"
    assert shown[-1].remarks[1].startswith("This calls the course's own `gradient`")


def test_at_home_a_remark_names_a_kernel_that_was_changed(shown, monkeypatch):
    monkeypatch.setattr(linreg, "gradient", right)
    check(NAME, right, assignment="hw02")
    assert shown[-1].remarks[1].startswith("`metacourse.linear_regression.gradient` is not")


def test_at_home_looking_for_what_will_be_refused_warns_of_nothing(shown):
    n_calls = []

    def warning(theta, x, y):
        n_calls.append(1)
        if len(n_calls) > 7:  # the check itself has called it on every case, and once more
            warnings.warn("again", stacklevel=1)
        return right(theta, x, y)

    check(NAME, warning, assignment="hw02")
    assert (shown[-1].state, len(n_calls) > 7) == ("passed", True)


def test_at_home_nothing_is_said_of_what_is_the_learners_own(shown):
    check(NAME, right, assignment="hw02")
    assert not any("graded" in remark for remark in shown[-1].remarks)


# ---- when graded ---------------------------------------------------------------------------------


def test_a_right_answer_gets_all_points(graded):
    told = graded(right)
    assert (told["exercise"], told["state"], told["points"]) == (NAME, "passed", None)


def test_a_named_mistake_is_told_by_its_number(graded):
    told = graded(of_the_sum)
    assert (told["state"], told["points"]) == ("failed", 0)
    assert find("EXERCISES", NAME).text.slips[told["mistakes"][0]].why == told["sentence"]


def test_a_named_mistake_may_earn_points_that_nbgrader_reads_as_a_number(graded):
    assert float(repr(graded(of_the_sum, partial=3)["points"])) == 3


@pytest.mark.parametrize("function", [untouched, lambda theta, x, y: theta, 7])
def test_what_is_wrong_without_a_name_earns_nothing(graded, function):
    assert graded(function, partial=3)["points"] == 0


def test_a_stub_that_was_not_touched_is_told_from_a_failure(graded):
    assert graded(untouched)["state"] == "unattempted"


def test_what_decides_on_points_does_not_ask_the_environment(shown):
    with pytest.raises(NotPassed):
        grading.graded(NAME, of_the_sum, assignment="hw02")


def test_nothing_is_noted_when_graded(graded, progress_file):
    graded(of_the_sum)
    assert not progress_file.exists()


def test_warnings_and_prints_reach_nobody_even_from_compiled_code(graded, capfd):
    def noisy(theta, x, y):
        os.write(2, b"compiled")
        print("python", file=sys.stderr)
        return 2 * torch.tensor(x).T @ (x @ theta - y) / len(x)  # torch warns

    assert graded(noisy)["state"] == "passed"
    assert capfd.readouterr() == ("", "")


def test_who_has_kept_a_stream_of_the_notebook_writes_nothing_either(graded, monkeypatch):
    class Stream:  # as that of a notebook: it sends what is written in a child to its parent
        def write(self, text):
            os.write(to_the_parent, text.encode())

    from_the_child, to_the_parent = os.pipe()
    kept = Stream()

    def logging(theta, x, y):
        kept.write("noise")
        return right(theta, x, y)

    monkeypatch.setattr(sys, "stderr", kept)
    assert graded(logging)["state"] == "passed"
    os.close(to_the_parent)
    with open(from_the_child) as heard:
        assert heard.read() == ""


def test_an_answer_may_start_processes(graded):
    def side_by_side(theta, x, y):
        with multiprocessing.get_context("fork").Pool(1) as pool:
            return right(theta, x, y) + pool.apply(int)

    assert graded(side_by_side)["state"] == "passed"


def test_a_process_that_an_answer_leaves_behind_is_ended(graded):
    started, number = os.pipe()

    def leaving(theta, x, y):
        left = subprocess.Popen(["sleep", "600"], start_new_session=True)
        os.write(number, f"{left.pid}\n".encode())
        return right(theta, x, y)

    assert graded(leaving)["state"] == "passed"
    os.close(number)
    with open(started) as numbers:
        left = [int(line) for line in numbers]
    assert left
    psutil.wait_procs([psutil.Process(n) for n in left if psutil.pid_exists(n)], timeout=30)
    assert not any(psutil.pid_exists(n) for n in left)


def test_a_notebook_that_ignores_the_end_of_its_children_is_graded(graded):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert graded(right)["state"] == "passed"
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_where_a_fork_cannot_differentiate_the_instructor_is_told_and_nobody_judged(
    graded, shown, monkeypatch
):
    def refuse(*_, **__):
        raise RuntimeError("Unable to handle autograd's threading")

    monkeypatch.setattr(torch.Tensor, "backward", refuse)
    with pytest.raises(RuntimeError, match="grade on a machine without"):
        graded(right)
    assert shown == []


def test_what_an_answer_changes_stays_in_the_child(graded):
    seen = []

    def changing(theta, x, y):
        seen.append(1)
        return right(theta, x, y)

    assert graded(changing)["state"] == "passed"
    assert seen == []


def test_an_endless_loop_that_swallows_everything_is_stopped(graded, monkeypatch):
    monkeypatch.setenv(grading.LIMIT, "6")  # half a second for a call

    def endless(theta, x, y):
        while True:
            try:
                theta = theta + 1
            except:  # noqa: E722
                theta = theta - 1

    assert graded(endless)["state"] == "failed"


def test_what_nothing_can_stop_is_killed(graded, monkeypatch):
    monkeypatch.setenv(grading.LIMIT, "1")
    told = graded(lambda theta, x, y: time.sleep(600))
    assert told["sentence"] == "It did not end within 1 s, and could not be stopped."


def test_an_answer_that_ends_the_process_fails_alone(graded):
    assert graded(lambda theta, x, y: os._exit(0))["sentence"] == child.ENDED


def test_a_pool_of_threads_before_the_fork_does_no_harm(graded):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        torch.rand(400, 400) @ torch.rand(400, 400)
        assert graded(lambda theta, x, y: right(theta, x, y))["state"] == "passed"
    finally:
        torch.set_num_threads(before)


def test_a_system_that_cannot_fork_is_told_so(graded, monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(RuntimeError, match="grade it on Linux or macOS"):
        graded(right)


def test_the_error_of_a_failed_check_is_one_line_in_the_feedback():
    assert NotPassed("why")._render_traceback_() == ["NotPassed: why"]


# ---- other cases for every assignment ------------------------------------------------------------


def test_an_assignment_has_cases_of_its_own_always_the_same_with_the_same_edges():
    exercise = find("EXERCISES", NAME)
    usual, one, again, other = (
        draw(exercise, skip=skip) for skip in (0, skipped("a"), skipped("a"), skipped("b"))
    )
    assert [len(cases[-1]["theta"]) for cases in (usual, one, other)] == [1, 1, 1]
    assert torch.equal(one[0]["x"], again[0]["x"])
    assert len({cases[0]["theta"][0].item() for cases in (usual, one, other)}) == 3


def test_an_answer_that_knows_the_courses_cases_by_heart_fails(graded):
    known = {str(case["theta"]): case for case in draw(find("EXERCISES", NAME))}

    def by_heart(theta, x, y):
        return right(theta, x, y) if str(theta) in known else theta

    assert graded(by_heart)["state"] == "failed"


@pytest.mark.parametrize("assignment", ["hw02", "week-7"])
@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_and_the_program_pass_on_the_cases_of_an_assignment(name, assignment):
    exercise = find("EXERCISES", name)
    program = slips.build(exercise.text.program, exercise.namespace)
    for function in (exercise.reference, program):
        report = diagnose(exercise, function, skip=skipped(assignment))
        assert report.state == "passed", report


@pytest.mark.parametrize("answer", RIGHT, ids=lambda a: f"{a.name}: {a.what}")
def test_a_right_answer_passes_on_the_cases_of_any_assignment(answer):
    exercise = find("EXERCISES", answer.name)
    for assignment in ("hw02", "week-7"):
        report = diagnose(exercise, answer.function, skip=skipped(assignment))
        assert report.state == "passed", report


# ---- own work ------------------------------------------------------------------------------------


def caught(theta, x, y):
    try:
        return linreg.gradient(theta, x, y)
    except BaseException:
        return theta


def threaded(theta, x, y):
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(linreg.gradient, theta, x, y).result()


@pytest.mark.parametrize(
    "function",
    [
        linreg.gradient,
        lambda theta, x, y: linreg.gradient(theta, x, y),
        reference(NAME),
        functools.partial(linreg.gradient),
        lambda theta, x, y: vmap(linreg.gradient)(theta[None], x[None], y[None])[0],
        caught,
        threaded,
    ],
    ids=["alias", "call", "reference", "partial", "vmap", "in a try", "in a thread"],
)
def test_an_answer_that_uses_the_courses_own_is_refused(graded, function):
    assert graded(function)["sentence"].startswith("This calls the course's own `gradient`")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_of_every_exercise_is_known_again_and_its_program_is_not(name):
    exercise = find("EXERCISES", name)
    program = slips.build(exercise.text.program, exercise.namespace)
    assert is_borrowed(exercise, functools.partial(exercise.reference))
    assert not is_borrowed(exercise, program)


@pytest.mark.parametrize("answer", RIGHT, ids=lambda a: f"{a.name}: {a.what}")
def test_of_the_right_answers_only_the_one_that_calls_its_kernel_is_refused(answer):
    by_the_kernel = answer.what == "from the kernel without penalty"
    assert is_borrowed(find("EXERCISES", answer.name), answer.function) == by_the_kernel


def test_the_key_passes_when_a_notebook_is_validated(graded, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert graded(reference(NAME))["state"] == "passed"


def test_a_kernel_that_was_changed_is_refused(graded, monkeypatch):
    monkeypatch.setattr(linreg, "gradient", lambda theta, x, y: 0 * theta)
    told = graded(linreg.gradient)
    assert told["sentence"].startswith("`metacourse.linear_regression.gradient` is not")


def test_a_kernel_whose_code_was_changed_is_refused(graded, monkeypatch):
    monkeypatch.setattr(linreg.loss, "__code__", (lambda theta, x, y: 0).__code__)
    assert graded(right)["sentence"].startswith("`metacourse.linear_regression.loss` is not")


def test_nothing_is_changed_in_the_course_as_it_is():
    for module in pkgutil.walk_packages(metacourse.__path__, "metacourse."):
        if "__main__" not in module.name and not module.name.startswith("metacourse.course"):
            importlib.import_module(module.name)
    assert changed_kernel() == ""
