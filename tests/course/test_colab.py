"""What the first cell of a notebook on Colab does, with Colab's own module played by another."""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from metacourse.checks import store
from metacourse.course import colab


@pytest.fixture(autouse=True)
def learner(tmp_path, monkeypatch):
    """A learner without a Drive, who has done something."""
    local = tmp_path / "local.json"
    local.write_text(json.dumps(store.empty()), encoding="utf-8")
    monkeypatch.setenv("METACOURSE_PROGRESS", "")
    monkeypatch.setattr(store, "in_the_data_folder", lambda: local)
    monkeypatch.setattr(colab, "DRIVE", tmp_path / "MyDrive")
    return local


@pytest.fixture
def managers(monkeypatch):
    """The managers of widgets that were switched on, in a Python that Colab started."""
    switched_on = []
    output = SimpleNamespace(enable_custom_widget_manager=lambda: switched_on.append("custom"))
    modules = {"google": ModuleType("google"), "google.colab": ModuleType("google.colab")}
    modules["google.colab"].output = output
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return switched_on


@pytest.fixture
def drive(managers):
    colab.DRIVE.mkdir()
    return colab.DRIVE / "metacourse" / "progress.json"


def test_elsewhere_it_says_so_and_does_nothing(capsys, learner):
    colab.ready()
    assert capsys.readouterr().out == f"{colab.ELSEWHERE}\n"
    assert store.path() == learner


def test_on_colab_widgets_that_colab_does_not_know_are_switched_on(managers):
    colab.ready()
    assert managers == ["custom"]


def test_without_a_drive_it_says_that_progress_goes_with_the_machine(managers, capsys, learner):
    colab.ready()
    assert capsys.readouterr().out == f"{colab.READY} {colab.NO_DRIVE}\n"
    assert store.path() == learner


def test_with_a_drive_progress_is_kept_in_it(drive, capsys):
    colab.ready()
    assert store.path() == drive
    assert capsys.readouterr().out == f"{colab.READY} Your progress is kept in {drive}.\n"


def test_what_was_done_before_the_drive_came_goes_along(drive, learner):
    colab.ready()
    assert drive.read_bytes() == learner.read_bytes()


def test_what_the_drive_has_is_not_overwritten(drive):
    drive.parent.mkdir()
    drive.write_text("from another day", encoding="utf-8")
    colab.ready()
    assert drive.read_text(encoding="utf-8") == "from another day"


def test_a_second_run_changes_nothing(drive, capsys):
    colab.ready()
    told = capsys.readouterr().out
    colab.ready()
    assert capsys.readouterr().out == told
    assert store.path() == drive


def test_a_file_that_the_learner_has_named_stays_the_one(drive, tmp_path, monkeypatch):
    monkeypatch.setenv("METACOURSE_PROGRESS", str(tmp_path / "mine.json"))
    colab.ready()
    assert store.path() == tmp_path / "mine.json"
    assert not drive.exists()
