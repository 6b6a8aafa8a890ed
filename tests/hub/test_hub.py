"""A hub with deploy's settings and three learners at once, as in class."""

from concurrent.futures import ThreadPoolExecutor

import nbformat
import psutil
import pytest

from metacourse.course.edition import ours
from tests.hub.hub import HANGS, Learner, running_hub

NOTEBOOK = "02a_the_factor.ipynb"
RIGHT = "def gradient(theta, x, y):\n    return 2 * x.T @ (x @ theta - y) / len(x)\n"
WRONG = "def gradient(theta, x, y):\n    return 2 * x.T @ (x @ theta - y)\n"
CHECK = 'check("linear_regression.gradient", gradient)'
SERVER, IMPORTED, RAN = 160, 330, 420  # MB that each may hold
CELLS = [c for c in nbformat.read(ours() / NOTEBOOK, as_version=4).cells if c.cell_type == "code"]
IMPORTS = next(cell.source for cell in CELLS if cell.id == "imports")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with running_hub(tmp_path_factory.mktemp("hub"), tmp_path_factory.mktemp("letters")) as running:
        yield running


def all_at_once(function, learners):
    with ThreadPoolExecutor(len(learners)) as threads:
        return list(threads.map(function, learners))


@pytest.fixture(scope="module")
def learners(hub):
    """Three who have come at once, each with the chapter's imports done."""
    three = [Learner(hub, name) for name in ("ada", "boris", "chen")]
    all_at_once(Learner.start, three)
    all_at_once(Learner.open_kernel, three)
    assert [said.error for said in all_at_once(lambda one: one.run(IMPORTS), three)] == [""] * 3
    yield three
    for learner in three:
        learner.stop()


def test_each_learner_finds_a_copy_of_the_course_and_its_first_page(hub, learners):
    for learner in learners:
        assert (learner.home / "metacourse" / NOTEBOOK).is_file()
        assert hub.ask("GET", f"{learner.base}/api/contents/{NOTEBOOK}").ok
    page = hub.ask("GET", f"{learners[0].base}/")
    assert page.url.endswith("/lab/tree/00_start_here.ipynb")


def test_a_kernel_keeps_to_one_thread_and_the_processor(learners):
    said = learners[0].run(
        "from metacourse.devices import best_device\n"
        "import os\n"
        "print(best_device(), os.environ['OMP_NUM_THREADS'])"
    )
    assert said.text == "cpu 1\n"


def test_imports_hold_little_memory(learners):
    for learner in learners:
        server, kernel = learner.megabytes()
        assert server < SERVER
        assert kernel < IMPORTED


def test_checks_answer_all_at_once_and_each_learner_keeps_their_own_record(learners):
    answers = dict(zip([learner.name for learner in learners], (RIGHT, WRONG, RIGHT), strict=True))
    said = all_at_once(lambda one: one.run(answers[one.name] + CHECK).text, learners)
    assert ["Passed" in text for text in said] == [True, False, True]
    assert "the sum" in said[1]
    told = all_at_once(lambda one: one.run('progress("linear_regression")').text, learners)
    assert [
        ["passed" in line for line in text.splitlines() if " gradient " in line] for text in told
    ] == [[True], [False], [True]]


def test_a_kernel_holds_little_after_run_all(learners):
    for cell in CELLS:
        assert learners[0].run(cell.source).error == ""
    assert learners[0].megabytes()[1] < RAN


def test_nothing_runs_on_when_the_hub_has_ended(tmp_path):
    with running_hub(tmp_path, tmp_path / "letters") as hub:
        learner = Learner(hub, "dora")
        learner.start()
        learner.open_kernel()
        processes = hub.process.children(recursive=True)
        learner.socket.close()
    assert len(processes) >= 3  # proxy, server, kernel
    assert psutil.wait_procs(processes, HANGS)[1] == []
