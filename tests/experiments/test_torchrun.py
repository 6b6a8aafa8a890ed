"""Notebook 11a's programs: started in several processes, and stopped."""

import subprocess
import tempfile
import time

import psutil
import pytest

from metacourse.experiments import torchrun


def program():
    import torch

    from metacourse.distributed import place, processes, total

    with processes():
        rank, n_processes = place()
        total_rank = total(torch.tensor([float(rank)]))
        if rank == 0:
            print("said by the first of", n_processes)
    return {"ranks": total_rank}


def failing():
    raise ZeroDivisionError("on purpose")


def endless():
    import os
    import time
    from pathlib import Path

    Path(f"process {os.getpid()}").touch()
    while True:
        time.sleep(1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where temporary files are written."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_program_is_run_by_two_processes_and_returns_what_the_first_found(capsys):
    found = torchrun.in_processes(program)
    assert found["ranks"] == 0 + 1
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "$ torchrun --standalone --local-addr=localhost "
        "--nproc-per-node=2 --max-restarts=0 program.py",
        "said by the first of 2",
    ]


def test_a_program_that_fails_is_told_in_a_sentence(capsys):
    assert torchrun.in_processes(failing, n_processes=1) is None
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_a_machine_that_starts_no_process_is_told_in_a_sentence(monkeypatch, capsys):
    def refuse(*_, **__):
        raise PermissionError("no more processes")

    monkeypatch.setattr(torchrun.subprocess, "Popen", refuse)
    assert torchrun.in_processes(program) is None
    assert "cannot work together here (PermissionError)" in capsys.readouterr().out


def test_a_place_where_nothing_can_be_written_is_told_in_a_sentence(monkeypatch, capsys):
    def refuse(**_):
        raise OSError("read-only")

    monkeypatch.setattr(torchrun, "TemporaryDirectory", refuse)
    assert torchrun.in_processes(program) is None
    assert "cannot work together here" in capsys.readouterr().out


def test_a_machine_on_which_nobody_can_listen_is_told_at_once(monkeypatch, capsys):
    def refuse(*_, **__):
        raise OSError("no free port")

    monkeypatch.setattr(torchrun.socket, "create_server", refuse)
    assert torchrun.in_processes(program) is None
    assert "torchrun" not in capsys.readouterr().out


def test_no_file_is_left(folder):
    assert torchrun.in_processes(program, n_processes=1)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), subprocess.TimeoutExpired("torchrun", 1)])
def test_no_process_and_no_file_is_left_by_what_is_stopped(stop, folder, monkeypatch):
    started = []

    def stopped(*_, **__):
        while len(started) < 2:
            time.sleep(0.1)
            started[:] = [int(file.name.split()[1]) for file in folder.glob("*/process *")]
        raise stop

    monkeypatch.setattr(subprocess.Popen, "communicate", stopped)
    try:
        assert torchrun.in_processes(endless) is None
    except KeyboardInterrupt:
        assert isinstance(stop, KeyboardInterrupt)
    assert [pid for pid in started if psutil.pid_exists(pid)] == []
    assert list(folder.iterdir()) == []


def test_the_reason_is_the_last_error():
    assert torchrun.last_error("a\n  FirstError: x\nRuntimeError: no port\n") == (
        "RuntimeError: no port"
    )
    assert torchrun.last_error("") == "no reason given"
