"""For all tests, of notebooks too: leave the learner's files alone, stop what runs for ever."""

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

SECONDS_PER_NOTEBOOK = 900  # for hangs alone; `benchmarks chapters` measures what is promised

scratch = tempfile.TemporaryDirectory(prefix="metacourse-test-")
os.environ["METACOURSE_PROGRESS"] = str(Path(scratch.name, "progress.json"))
os.environ["METACOURSE_CACHE"] = str(Path(scratch.name, "cache"))
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"  # workers and their kernels share the cores
os.environ["IPYTHONDIR"] = str(Path(scratch.name, "ipython"))

seconds_spent: Counter[Path] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail the cell (collected by nbval) with which its notebook has taken too long."""
    start = time.perf_counter()
    result = yield
    if item.path.suffix == ".ipynb":
        seconds_spent[item.path] += time.perf_counter() - start
        if seconds_spent[item.path] > SECONDS_PER_NOTEBOOK:
            pytest.fail(f"{item.path.name} takes more than {SECONDS_PER_NOTEBOOK} s", pytrace=False)
    return result
