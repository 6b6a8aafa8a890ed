"""What a cell has freed does not stay in its kernel."""

import sys
from types import SimpleNamespace

import psutil
import pytest
import torch

from metacourse.checks import memory, panel


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs glibc")
def test_memory_between_what_is_in_use_is_given_back():
    parts = [torch.ones(16_000) for _ in range(2000)]  # 64 kB each
    kept = parts[::100]
    del parts
    before = psutil.Process().memory_info().rss
    memory.give_back()
    assert before - psutil.Process().memory_info().rss > 80e6
    assert all(part.sum() == 16_000 for part in kept)


def test_where_the_library_cannot_do_it_nothing_happens(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: SimpleNamespace())
    memory.give_back()


@pytest.mark.parametrize("in_notebook", [True, False])
def test_it_is_done_after_cells_of_notebooks_only(monkeypatch, in_notebook):
    registered = []
    events = SimpleNamespace(register=lambda *what: registered.append(what))
    monkeypatch.setattr(panel, "in_notebook", lambda: in_notebook)
    monkeypatch.setattr(memory, "get_ipython", lambda: SimpleNamespace(events=events))
    memory.give_back_after_cells()
    assert registered == [("post_run_cell", memory.give_back)] * in_notebook
