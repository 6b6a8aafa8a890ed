"""What a JupyterHub starts for each learner; tests/hub runs it for real."""

import os
import sys

import pytest

from metacourse.course import command, hub


@pytest.fixture
def started(monkeypatch):
    """What would have taken the command's place: its folder, arguments and environment."""
    seen = {}

    def instead(program, arguments, environment):
        seen.update(folder=os.getcwd(), arguments=arguments, environment=environment)

    monkeypatch.chdir(".")  # the folder is put back afterwards
    monkeypatch.setattr(os, "execve", instead)
    return seen


def test_the_server_runs_in_the_learners_copy_which_is_up_to_date(tmp_path, started):
    command.main(["hub", "--folder", str(tmp_path / "copy"), "--port=1"])
    assert started["folder"] == str(tmp_path / "copy")
    assert (tmp_path / "copy/00_start_here.ipynb").is_file()
    assert started["arguments"][:4] == [sys.executable, "-P", "-m", "jupyterhub.singleuser"]
    assert started["arguments"][-1] == "--port=1"


def test_a_copy_that_cannot_be_written_does_not_keep_the_server_from_starting(
    tmp_path, started, monkeypatch, capsys
):
    monkeypatch.setenv("HOME", str(tmp_path))
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    command.main(["hub", "--folder", str(in_the_way / "copy")])
    assert started["folder"] == str(tmp_path)
    assert "not up to date" in capsys.readouterr().err


def test_without_jupyterhub_the_command_says_what_is_missing(
    tmp_path, started, monkeypatch, capsys
):
    monkeypatch.setattr(hub, "is_installed", lambda: False)
    assert command.main(["hub", "--folder", str(tmp_path / "copy")]) == 1
    assert "pip install jupyterhub" in capsys.readouterr().err
    assert not started


@pytest.mark.parametrize("name", hub.USUAL)
def test_what_the_hub_says_comes_before_what_is_usual(name):
    assert hub.environment({name: "said"})[name] == "said"
    assert hub.environment({})[name] == hub.USUAL[name]
