"""JupyterLab on a learner's folder, with settings that its own command line overrides."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SETTINGS = Path(__file__).resolve().parent / "jupyter"
HOW_TO_GET_IT = "JupyterLab is not installed: pip install jupyterlab"


def is_installed() -> bool:
    return importlib.util.find_spec("jupyterlab") is not None


def command(arguments: Sequence[str]) -> list[str]:
    """JupyterLab's command line; -P keeps a learner's random.py out of the server's imports."""
    return [sys.executable, "-P", "-m", "jupyterlab", *flags_of_root(), *arguments]


def flags_of_root() -> list[str]:
    """What Jupyter wants to be told by root, as it is in some containers."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The inherited environment, with the course's settings behind those that are named in it."""
    paths = [inherited.get("JUPYTER_CONFIG_PATH"), str(SETTINGS)]
    return {**inherited, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}


def run(folder: Path, arguments: Sequence[str]) -> int:
    """Run JupyterLab in a folder until it ends; on POSIX it takes this process's place.

    So a signal reaches it. On Windows Ctrl-C does: it then asks whether it should stop.
    """
    os.chdir(folder)
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(sys.executable, command(arguments), environment(os.environ))
    with subprocess.Popen(command(arguments), env=environment(os.environ)) as process:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return process.wait()
