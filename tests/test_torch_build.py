"""Which build of PyTorch is installed, and where there is none."""

import http.server
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import nullcontext
from pathlib import Path

import pytest

from tools.torch_build import CPU, answers, choice, no_build

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "torch_build.py"


def reachable(url):
    return True


def unreachable(url):
    return False


def never_asked(url):
    raise AssertionError(f"asked for {url}")


@pytest.mark.parametrize(
    ("computer", "said"),
    [
        (("Darwin", "x86_64", "", ""), "Intel Macs"),
        (("Linux", "x86_64", "", ""), "without glibc"),
        (("Linux", "aarch64", "musl", "1.2"), "without glibc"),
        (("Linux", "x86_64", "glibc", "2.27"), "glibc 2.27"),
        (("Linux", "x86_64", "glibc", "2.4"), "glibc 2.4"),
    ],
)
def test_a_computer_without_pytorch_is_told_why(computer, said):
    assert said in no_build(*computer)


@pytest.mark.parametrize(
    "computer",
    [
        ("Darwin", "arm64", "", ""),
        ("Linux", "x86_64", "glibc", "2.28"),
        ("Linux", "aarch64", "glibc", "2.39"),
        ("Windows", "AMD64", "", ""),
    ],
)
def test_other_computers_have_one(computer):
    assert no_build(*computer) == ""


def test_linux_without_an_nvidia_driver_gets_the_small_build():
    index, said = choice("", "Linux", False, reachable)
    assert index == CPU
    assert "200 MB" in said


def test_where_pytorchs_own_index_does_not_answer_pip_chooses():
    index, said = choice("", "Linux", False, unreachable)
    assert index == ""
    assert "does not answer" in said
    assert "GB" in said


@pytest.mark.parametrize(("system", "size"), [("Linux", "GB"), ("Darwin", "100 MB")])
def test_an_nvidia_driver_or_a_mac_gets_pips_own_choice(system, size):
    index, said = choice("", system, system == "Linux", never_asked)
    assert index == ""
    assert size in said


@pytest.mark.parametrize(
    ("wanted", "index"),
    [("cpu", CPU), ("default", ""), ("https://example.org/cu130", "https://example.org/cu130")],
)
@pytest.mark.parametrize("has_nvidia", [False, True])
def test_what_is_wanted_is_taken_without_a_look_at_the_computer(wanted, index, has_nvidia):
    assert choice(wanted, "Linux", has_nvidia, never_asked)[0] == index


def run(**environment):
    command = [sys.executable, "-I", "-S", str(SCRIPT)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


def test_it_prints_an_option_for_pip_and_tells_the_learner_in_one_line():
    done = run(METACOURSE_TORCH="cpu", PIP_EXTRA_INDEX_URL="https://example.org")
    assert done.stdout == f"--extra-index-url {CPU}\n"
    (line,) = done.stderr.splitlines()
    assert "METACOURSE_TORCH" in line


def test_an_index_that_pip_already_has_is_a_choice():
    done = run(PIP_EXTRA_INDEX_URL="https://example.org/cu130")
    assert done.stdout == "\n"
    assert "by itself" in done.stderr


class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404 if self.path == "/missing" else 200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def test_an_index_that_answers_is_found(server):
    assert answers(f"{server}/", seconds=30)


def test_an_index_that_lacks_pytorch_is_not(server):
    assert not answers(f"{server}/missing", seconds=30)


def test_an_index_that_keeps_us_waiting_is_not(monkeypatch):
    def urlopen(url, timeout):  # a name server that does not answer knows of no timeout
        time.sleep(3)
        return nullcontext()

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    assert not answers("https://example.org", seconds=0.1)


def test_an_address_that_is_none_is_not_found():
    assert not answers("no address")
