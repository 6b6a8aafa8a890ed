"""A real JupyterLab and a real Chromium, for the browser tests, screenshots and benchmarks."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
HOW_TO_GET_CHROMIUM = (
    "no Chromium found: install it (Debian: apt install chromium, or Google Chrome, or "
    "`.venv/bin/playwright install chromium`), or set METACOURSE_CHROMIUM to its program"
)
CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


def find_chromium() -> str | None:
    """The Chromium or Chrome to use: METACOURSE_CHROMIUM, an installed one, playwright's own."""
    names = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    candidates = [os.environ.get("METACOURSE_CHROMIUM"), *map(shutil.which, names), mac]
    with sync_playwright() as playwright:
        candidates.append(playwright.chromium.executable_path)
    return next((path for path in candidates if path and Path(path).exists()), None)


@dataclass
class Lab:
    """A running JupyterLab: its address, its token and the folder whose notebooks it shows."""

    url: str
    token: str
    folder: Path


def isolated_environment(state: Path) -> dict[str, str]:
    """The environment of a lab that does not touch the learner's settings and progress."""
    folders = "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH")]
    inherited = {name: os.environ[name] for name in os.environ if name != "NBGRADER_EXECUTION"}
    return inherited | {
        **{name: str(state / name.lower()) for name in folders},
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
        "JUPYTER_CONFIG_PATH": str(REPOSITORY / "metacourse/course/jupyter"),
        "METACOURSE_PROGRESS": str(state / "progress.json"),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }


@contextmanager
def running_lab(notebooks: Path, state: Path, *, dark: bool = False) -> Iterator[Lab]:
    """Run JupyterLab on a copy of the folder `notebooks`, with all that it writes under `state`."""
    folder = state / "notebooks"
    shutil.copytree(notebooks, folder, ignore=shutil.ignore_patterns(".*"))
    theme = {"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}}
    overrides = state / "jupyter_config_dir/labconfig/default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(theme if dark else {}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(f"http://127.0.0.1:{port}", secrets.token_hex(16), folder)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.allow_root": True,
        "ServerApp.root_dir": folder,
        "IdentityProvider.token": lab.token,
        "LabApp.expose_app_in_browser": True,  # run_all and the output readers speak to the app
    }
    with (state / "lab.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser"]
            + [f"--{name}={value}" for name, value in options.items()],
            env=isolated_environment(state),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for_lab(lab, process, state / "lab.log")
            yield lab
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for_lab(lab: Lab, process: subprocess.Popen, log: Path, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run a headless Chromium."""
    chromium = find_chromium()
    if chromium is None:
        raise RuntimeError(HOW_TO_GET_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
