"""Which build of PyTorch pip is to take; run by any Python, before something is installed.

Prints an option for pip, or none, and on stderr a line for whoever waits. METACOURSE_TORCH chooses
otherwise: `cpu`, `default` (what pip takes by itself) or the address of an index.
"""

import os
import platform
import shutil
import sys
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from threading import Thread

CPU = "https://download.pytorch.org/whl/cpu"
OLDEST_GLIBC = 2, 28


def no_build(system: str, machine: str, libc: str, version: str) -> str:
    """Why there is no PyTorch for this computer, in a sentence; empty if there is."""
    if system == "Darwin" and machine == "x86_64":
        return (
            "There is no PyTorch for Intel Macs that is new enough for the course. "
            "(On Apple silicon: this Python is one for Intel, take one for arm64.)"
        )
    if system == "Linux" and libc != "glibc":
        return "There is no PyTorch for Linux without glibc, such as Alpine: take Debian or Ubuntu."
    if system == "Linux" and tuple(map(int, version.split(".")[:2])) < OLDEST_GLIBC:
        return f"There is no PyTorch for glibc {version}: a Linux with 2.28 or newer is needed."
    return ""


def choice(
    wanted: str, system: str, has_nvidia: bool, answers: Callable[[str], bool]
) -> tuple[str, str]:
    """The index that pip is to look at besides its own, or none, and a line that says why."""
    if wanted == "default":
        return "", "PyTorch: the build that pip takes by itself."
    if wanted:
        index = CPU if wanted == "cpu" else wanted
        return index, f"PyTorch: the build from {index}, as METACOURSE_TORCH says."
    if system != "Linux":
        return "", "PyTorch: the build for this system, about 100 MB."
    if has_nvidia:
        return "", "PyTorch: the build with CUDA, several GB (METACOURSE_TORCH=cpu: about 200 MB)."
    if answers(f"{CPU}/torch/"):
        return CPU, "PyTorch: the CPU build, about 200 MB (METACOURSE_TORCH=default: with CUDA)."
    return "", f"PyTorch: the build that pip finds, perhaps several GB; {CPU} does not answer."


def has_nvidia_driver() -> bool:
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").exists()


def answers(url: str, seconds: float = 3.0) -> bool:
    """Whether a page can be read within some seconds, looking up its name included."""
    answered = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=seconds):
                answered.append(True)
        except (OSError, HTTPException, ValueError):
            pass

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(answered)


def main() -> None:
    own_index = "default" if os.environ.get("PIP_EXTRA_INDEX_URL") else ""
    wanted = os.environ.get("METACOURSE_TORCH") or own_index
    computer = platform.system(), platform.machine(), *platform.libc_ver()
    if not wanted and (reason := no_build(*computer)):
        sys.exit(f"{reason} METACOURSE_TORCH=default tries all the same.")
    index, said = choice(wanted, platform.system(), has_nvidia_driver(), answers)
    print(said, file=sys.stderr)
    print(f"--extra-index-url {index}" if index else "")


if __name__ == "__main__":
    main()
