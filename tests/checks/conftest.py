"""A progress file of their own for all tests, and a toy chapter."""

import importlib
import sys
import types
from collections import Counter

import pytest

import metacourse.checks
from metacourse.checks import quizzes, slips, store
from tests.checks import toy


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv("METACOURSE_PROGRESS", str(tmp_path / "kept" / "progress.json"))
    monkeypatch.setattr(store, "unsaved", [])
    monkeypatch.setattr(metacourse.checks, "hinted", Counter())
    return tmp_path / "kept" / "progress.json"


@pytest.fixture
def chapter(monkeypatch):
    """The module `toy` as if it lay in metacourse/checks."""
    monkeypatch.setitem(sys.modules, "metacourse.checks.toy", toy)
    found = [types.SimpleNamespace(name="toy")]
    monkeypatch.setattr("metacourse.checks.catalogue.pkgutil.iter_modules", lambda path: found)
    monkeypatch.setattr(slips, "FOLDER", toy.TEXTS)
    monkeypatch.setattr(quizzes, "FOLDER", toy.TEXTS)
    monkeypatch.setattr(metacourse.checks, "passed", {})
    return importlib.import_module("metacourse.checks.toy")


@pytest.fixture
def shown(monkeypatch):
    """What the public calls display, as a list."""
    things = []
    monkeypatch.setattr(metacourse.checks, "display", things.append)
    return things
