"""JupyterLab is run on the learner's folder, and ends with the command."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest

from metacourse.course import lab
from metacourse.course.edition import ours
from tests.browser.lab import Lab, isolated_environment, wait_for_lab


@pytest.mark.parametrize(("user", "flags"), [(0, ["--allow-root"]), (1000, [])])
def test_only_root_needs_permission_to_be_root(monkeypatch, user, flags):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert lab.command(["--port", "1"])[4:] == [*flags, "--port", "1"]


@pytest.mark.parametrize(("before", "after"), [({}, []), ({"JUPYTER_CONFIG_PATH": "a"}, ["a"])])
def test_settings_that_somebody_names_come_before_the_courses(before, after):
    found = lab.environment(before | {"OTHER": "kept"})
    assert found["JUPYTER_CONFIG_PATH"].split(os.pathsep) == [*after, str(lab.SETTINGS)]
    assert found["OTHER"] == "kept"


def test_the_first_page_is_a_notebook_of_the_course():
    settings = json.loads((lab.SETTINGS / "jupyter_lab_config.json").read_text())
    shown = settings["LabApp"]["default_url"].removeprefix("/lab/tree/")
    assert (ours() / shown).is_file()


def test_elsewhere_than_on_posix_it_waits_for_jupyterlab_and_leaves_ctrl_c_to_it(
    tmp_path, monkeypatch
):
    ignored = []
    windows = SimpleNamespace(
        name="nt", chdir=monkeypatch.chdir, environ=os.environ, pathsep=os.pathsep
    )
    script = "import os, pathlib; pathlib.Path('here').touch(); raise SystemExit(3)"
    monkeypatch.setattr(lab, "os", windows)
    monkeypatch.setattr(lab, "command", lambda arguments: [sys.executable, "-c", script])
    monkeypatch.setattr(signal, "signal", lambda *what: ignored.append(what))
    assert lab.run(tmp_path, []) == 3
    assert (tmp_path / "here").exists()
    assert ignored == [(signal.SIGINT, signal.SIG_IGN)]


def status(server, path):
    request = f"{server.url}/api/contents/{path}?token={server.token}"
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM")
def test_a_signal_to_the_command_ends_jupyterlab(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Lab(f"http://127.0.0.1:{port}", "secret", tmp_path / "copy")
    command = [sys.executable, "-m", "metacourse", "lab", "--folder", str(server.folder)]
    command += ["--no-browser", "--port", str(port), "--ip", "127.0.0.1"]
    environment = isolated_environment(tmp_path) | {"JUPYTER_TOKEN": server.token}
    del environment["JUPYTER_CONFIG_PATH"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for_lab(server, process, tmp_path / "log")
        assert status(server, "00_start_here.ipynb") == 200
        assert status(server, "kernels/maml.py") == 200
        process.terminate()
        process.wait(60)
    finally:
        process.kill()
    with pytest.raises(OSError, match="refused"):
        status(server, "")
