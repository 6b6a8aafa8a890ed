"""A real JupyterHub with deploy's settings, and learners on it, for tests and benchmarks."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests
import websocket

from tests.hub.messages import Said, execute_request, heard

REPOSITORY = Path(__file__).resolve().parents[2]
HANGS = 300  # seconds after which what should have answered long ago is given up


@dataclass
class Hub:
    """A running hub: the address of its proxy, its own behind that, a token that may do anything,
    and where its learners live."""

    url: str
    behind: str
    token: str
    homes: Path
    process: psutil.Process

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    def ask(self, method: str, path: str, **options) -> requests.Response:
        """An answer of the hub, or of a server through the proxy (PyPI's, which lets ten requests
        through at a time). Raises requests.HTTPError if it is no."""
        url = f"{self.behind if path.startswith('/hub/') else self.url}{path}"
        answer = requests.request(method, url, headers=self.headers, timeout=HANGS, **options)
        answer.raise_for_status()
        return answer


@dataclass
class Learner:
    """Somebody with a server of their own, and one kernel."""

    hub: Hub
    name: str
    kernel: str = ""
    socket: websocket.WebSocket = field(default=None, repr=False)

    @property
    def base(self) -> str:
        return f"/user/{self.name}"

    @property
    def home(self) -> Path:
        return self.hub.homes / self.name

    def start(self) -> float:
        """Ask for a server; returns the seconds until it is ready. Raises RuntimeError if it never
        will be."""
        self.hub.ask("POST", f"/hub/api/users/{self.name}")
        start = time.perf_counter()
        self.hub.ask("POST", f"/hub/api/users/{self.name}/server")
        deadline = start + HANGS
        while time.perf_counter() < deadline:
            told = self.hub.ask("GET", f"/hub/api/users/{self.name}").json()
            server = told["servers"].get("", {})
            if server.get("ready"):
                return time.perf_counter() - start
            if not server.get("pending"):
                break  # given up by the hub
            time.sleep(0.5)
        raise RuntimeError(f"{self.name}'s server did not start")

    def open_kernel(self) -> None:
        folder = {"name": "python3", "path": ""}
        self.kernel = self.hub.ask("POST", f"{self.base}/api/kernels", json=folder).json()["id"]
        address = self.hub.url.replace("http", "ws", 1)
        self.socket = websocket.create_connection(
            f"{address}{self.base}/api/kernels/{self.kernel}/channels",
            header=self.hub.headers,
            timeout=HANGS,
        )

    def run(self, code: str) -> Said:
        """Run code in the kernel and wait for its end."""
        message, said, start = execute_request(code), Said(), time.perf_counter()
        self.socket.send(json.dumps(message))
        missing = {"idle", "reply"}
        while missing:
            told = self.socket.recv()
            answer = json.loads(told) if isinstance(told, str) else {}  # else a widget's picture
            if answer and answer["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                missing.discard(heard(answer, said))
        said.seconds = time.perf_counter() - start
        return said

    def megabytes(self) -> tuple[float, float]:
        """What the server and the kernel hold, shared pages divided among those who share them."""
        server = next(p for p in self.hub.process.children(recursive=True) if self._is_server(p))
        kernel = next(
            p for p in server.children(recursive=True) if self.kernel in " ".join(p.cmdline())
        )
        return tuple(p.memory_full_info().pss / 2**20 for p in (server, kernel))

    def _is_server(self, process: psutil.Process) -> bool:
        return (
            "jupyterhub.singleuser" in process.cmdline()
            and process.environ()["JUPYTERHUB_USER"] == self.name
        )

    def stop(self) -> None:
        """End the kernel's connection and the server."""
        if self.socket:
            self.socket.close()
        self.hub.ask("DELETE", f"/hub/api/users/{self.name}/server")


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]


@contextmanager
def running_hub(state: Path, letters: Path) -> Iterator[Hub]:
    """Run a hub with all that it and its learners write under `state`, letters kept in `letters`;
    at the end it takes its learners' servers with it. Raises RuntimeError if it does not start."""
    ports, token = free_ports(3), secrets.token_hex(16)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(REPOSITORY),
        "METACOURSE_STATE": str(state),
        "METACOURSE_PORTS": " ".join(map(str, ports)),
        "METACOURSE_TOKEN": token,
        "METACOURSE_CACHE": str(letters),
    }
    config = Path(__file__).with_name("jupyterhub_config.py")
    command = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
    with (state / "hub.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=state, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    url, behind = (f"http://127.0.0.1:{ports[index]}" for index in (0, 2))
    hub = Hub(url, behind, token, state / "homes", psutil.Process(process.pid))
    try:
        _wait_for(hub, process, state / "hub.log")
        yield hub
    finally:
        stop(process)


def _wait_for(hub: Hub, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + HANGS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            hub.ask("GET", "/hub/api/users")
            return
        except requests.RequestException:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterHub did not start:\n{log.read_text()[-3000:]}")


def stop(process: subprocess.Popen) -> None:
    """End a hub; what it leaves behind after all is killed."""
    left = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(HANGS)
    finally:
        for one in (process, *psutil.wait_procs(left, 10)[1]):
            one.kill()
