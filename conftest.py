"""For all tests, of notebooks too: leave the learner's files alone, stop what runs for ever."""

import os
import tempfile
from pathlib import Path

import psutil
import pytest

from metacourse.course.web import recordings

CPU_SECONDS = 1200  # of a notebook that is run forwards, backwards and section by section

scratch = tempfile.TemporaryDirectory(prefix="metacourse-test-")
os.environ["METACOURSE_PROGRESS"] = str(Path(scratch.name, "progress.json"))
os.environ["METACOURSE_CACHE"] = str(Path(scratch.name, "cache"))
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"  # workers and their kernels share the cores
os.environ["IPYTHONDIR"] = str(Path(scratch.name, "ipython"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail the cell (collected by nbval) with which its notebook has computed too long: by the
    processor's clock, which other busy programs do not move."""
    result = yield
    if item.path.suffix == ".ipynb":
        kernel = psutil.Process(item.parent.kernel.km.provisioner.pid)
        if sum(kernel.cpu_times()[:2]) > CPU_SECONDS:
            pytest.fail(f"{item.path.name} computes more than {CPU_SECONDS} s", pytrace=False)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Record a notebook's live figures for the web edition in the run that tests it, if wanted."""
    if folder := recorded(item):
        os.environ["METACOURSE_RECORD"] = str(folder)  # its kernel starts after this


def pytest_runtest_teardown(item, nextitem):
    folder = recorded(item)
    if folder and (nextitem is None or nextitem.path != item.path):
        recordings.finish(folder)
        os.environ.pop("METACOURSE_RECORD")


def recorded(item) -> Path | None:
    """Where the recordings of an item's notebook go, if it is one and they are wanted."""
    cache = os.environ.get("METACOURSE_RECORDINGS")
    if not cache or item.path.suffix != ".ipynb":
        return None
    return recordings.folder_of(item.path, Path(cache).resolve())
