"""Is this machine ready for the course? And the loss of the tour's exercise (chapter 00)."""

import platform
import time
from importlib import metadata
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse.devices import describe
from metacourse.tasks.glyphs import load_glyphs

PYTHONS = ("3.11", "3.12", "3.13")
LAPTOP = 100.0  # GFLOP/s of one core of the machine on which the chapters were timed


class Finding(NamedTuple):
    """What was looked at, what was found, and what to do about it (empty: all is well)."""

    what: str
    found: str
    remedy: str


def mean_squared_error(answers: Tensor, y: Tensor) -> Tensor:
    """Return the mean squared error 1/S Σ (answer − y)².

    Shapes: answers (S,), y (S,) → (). Unit: y squared.
    """
    return ((answers - y) ** 2).mean()


def check_machine() -> list[Finding]:
    """Look at all that the course needs; takes about two seconds."""
    return [check_python(), check_packages(), check_device(), check_speed(), check_letters()]


def check_python(version: str = platform.python_version()) -> Finding:
    """Whether this Python is one that the course runs on."""
    supported = version.rpartition(".")[0] in PYTHONS
    remedy = f"Install Python {', '.join(PYTHONS)}; then make lab PYTHON=python{PYTHONS[1]}."
    return Finding("Python", version, "" if supported else remedy)


def check_packages() -> Finding:
    """Whether the packages are those that the course was tested with."""
    pins = [line.split("==") for line in metadata.requires("metacourse") if ";" not in line]
    other = [f"{name} {found}" for name, pin in pins if (found := installed(name)) != pin]
    found = f"{len(pins)} in the tested versions" if not other else f"different: {', '.join(other)}"
    return Finding("Packages", found, "Run make lab again: it mends the set-up." if other else "")


def installed(name: str) -> str:
    """The version of an installed package, without a local tag such as +cpu."""
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return "missing"


def check_device() -> Finding:
    """Which device computes."""
    try:
        return Finding("Device", describe(), "")
    except ValueError as error:
        return Finding("Device", str(error), "Unset METACOURSE_DEVICE, then restart the kernel.")


def check_speed(seconds: float = 1.0) -> Finding:
    """How fast this machine multiplies matrices, beside the one the chapters were timed on."""
    share = gigaflops(seconds) / LAPTOP
    rounded = 2.0 ** round(torch.tensor(share).log2().item())
    slow = "Training takes longer than the chapters say: close other programs, plug in the charger."
    found = f"about {rounded:g} × the machine that the chapters were timed on"
    return Finding("Speed", found, slow if rounded < 0.5 else "")


def gigaflops(seconds: float) -> float:
    """Multiply matrices on one core for some seconds; return billions of operations per second."""
    matrix = torch.randn(512, 512, generator=torch.Generator().manual_seed(0))
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    start, count = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds:
        matrix @ matrix
        count += 1
    torch.set_num_threads(n_threads)
    return 2 * 512**3 * count / elapsed / 1e9


def check_letters() -> Finding:
    """Whether the letters of the fonts inside matplotlib can be drawn."""
    try:
        found = sum(len(load_glyphs(split).images) for split in ("train", "validation", "test"))
    except OSError as error:
        return Finding("Letters", str(error), "matplotlib's fonts are missing: run make lab again.")
    return Finding("Letters", f"{found} characters of many scripts", "")
