"""pyproject.toml, environment.yml and constraints.txt name the same versions."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEST_TOOLS = PROJECT["optional-dependencies"]["test"]
CONSTRAINTS = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()


def versions(pins: list[str]) -> dict[str, str]:
    """{name: version} of pins such as `torch==2.13.0`, the names spelt alike."""
    pairs = (pin.split("==") for pin in pins)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def conda_dependencies() -> list:
    text = (REPOSITORY / "environment.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["dependencies"]


def test_environment_lists_the_versions_of_pyproject():
    listed = next(entry["pip"] for entry in conda_dependencies() if isinstance(entry, dict))
    assert [pin for pin in listed if "==" not in pin] == ["-c constraints.txt", "-e ."]
    assert versions([pin for pin in listed if "==" in pin]) == versions(PROJECT["dependencies"])


def test_environment_has_a_python_that_the_project_accepts():
    python = next(entry for entry in conda_dependencies() if str(entry).startswith("python="))
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert int(low) <= int(python.removeprefix("python=3.")) < int(high)


@pytest.mark.parametrize("pin", PROJECT["dependencies"] + TEST_TOOLS)
def test_constraints_hold_each_pin_of_pyproject(pin):
    assert versions([pin]).items() <= versions(CONSTRAINTS).items()


def test_constraints_are_exact_and_hold_for_every_build_of_torch():
    assert [
        line for line in CONSTRAINTS if not re.fullmatch(r"[\w.-]+==[\d.]+(\w*\d)?", line)
    ] == []
    assert not [line for line in CONSTRAINTS if re.match(r"nvidia|cuda|triton", line)]
