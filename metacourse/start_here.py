"""Is this machine ready for the course? And the loss of the tour's exercise (chapter 00)."""

import platform
import re
import time
import tomllib
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse.devices import describe
from metacourse.tasks.glyphs import load_glyphs

PYTHONS = ("3.11", "3.12", "3.13")
CONSTRAINTS = Path(__file__).with_name("constraints.txt")  # the versions that were tested
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
    remedy = f"Install the course with Python {', '.join(PYTHONS)}, as its README says."
    return Finding("Python", version, "" if supported else remedy)


def check_packages() -> Finding:
    """Whether the packages are there and new enough; versions that were not tested are a note."""
    needed = {name: (installed(name), floor) for name, floor in lower_bounds().items()}
    wrong = [f"{name} {found}" for name, (found, floor) in needed.items() if is_below(found, floor)]
    if wrong:
        remedy = "Run make lab again, or install the course again as its README says."
        return Finding("Packages", f"missing or too old: {', '.join(wrong)}", remedy)
    tested = tested_versions()
    other = [
        f"{name} {found} (tested {tested[name]})"
        for name, (found, _) in needed.items()
        if found != tested[name]
    ]
    told = f"other than tested: {', '.join(other)}" if other else ""
    return Finding("Packages", told or f"{len(needed)} in the tested versions", "")


def lower_bounds() -> dict[str, str]:
    """{package: oldest version} of what the course needs, by its metadata, else by its checkout."""
    try:
        lines = metadata.requires("metacourse")
    except metadata.PackageNotFoundError:
        text = CONSTRAINTS.parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8")
        lines = tomllib.loads(text)["project"]["dependencies"]
    needed = [line for line in lines if ";" not in line]  # not those of an extra
    return {canonical(line): re.search(r"[>=]=([\d.]+)", line)[1] for line in needed}


def tested_versions() -> dict[str, str]:
    """{package: the version that was tested} of all that any part of the course needs."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").split()
    return {canonical(line): line.partition("==")[2] for line in lines}


def canonical(requirement: str) -> str:
    """The name in a requirement as packaging compares it: "Jinja2==3.1.6" → "jinja2" (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def installed(name: str) -> str:
    """The version of an installed package, without a local tag such as +cpu."""
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return "missing"


def is_below(version: str, floor: str) -> bool:
    """Whether a version is older than another; `missing` is."""
    return numbers(version) < numbers(floor)


def numbers(version: str) -> list[int]:
    """[2, 11, 0] of 2.11.0, of 2.11.0a1 and of 2.11.0.dev20260101."""
    return [int(number) for number in re.findall(r"\d+", re.match(r"[\d.]*", version)[0])]


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
        return Finding("Letters", str(error), "matplotlib's fonts are missing: install it again.")
    return Finding("Letters", f"{found} characters of many scripts", "")
