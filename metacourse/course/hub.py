"""A learner's server on a JupyterHub: their copy of the course in JupyterLab, and its limits."""

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from metacourse.course import lab

IDLE = 3600  # seconds after which a kernel, then a server, that nobody uses gives its memory back
LIMITS = (
    f"--MappingKernelManager.cull_idle_timeout={IDLE}",
    "--MappingKernelManager.cull_interval=300",
    "--MappingKernelManager.cull_connected=True",  # a page left open is not use
    f"--ServerApp.shutdown_no_activity_timeout={IDLE}",
)
USUAL = {
    "OMP_NUM_THREADS": "1",  # many kernels share the cores
    "METACOURSE_DEVICE": "cpu",
    "JUPYTERHUB_DEFAULT_URL": "/lab/tree/00_start_here.ipynb",
}
HOW_TO_GET_IT = "JupyterHub, which starts this command, is not installed: pip install jupyterhub"


def is_installed() -> bool:
    return importlib.util.find_spec("jupyterhub") is not None


def command(arguments: Sequence[str]) -> list[str]:
    """The command line of the server; -P keeps a learner's random.py out of its imports."""
    start = [sys.executable, "-P", "-m", "jupyterhub.singleuser"]
    return [*start, *LIMITS, *lab.flags_of_root(), *arguments]


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What is usual on a shared machine, unless the inherited environment says otherwise."""
    return USUAL | lab.environment(inherited)


def run(folder: Path, arguments: Sequence[str]) -> None:
    """Run the server in a folder, or without it in the learner's home, in this process's place, so
    that the hub's signals reach it."""
    os.chdir(folder if folder.is_dir() else Path.home())
    sys.stdout.flush()
    os.execve(sys.executable, command(arguments), environment(os.environ))
