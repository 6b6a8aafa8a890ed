"""pyproject.toml says what is known to work, constraints.txt which versions were tested."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock import BROUGHT_BY_TORCH, CONSTRAINTS, requirements

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TESTED = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
NEEDED = [line for line in requirements(PROJECT) if not BROUGHT_BY_TORCH.match(line)]


def conda_dependencies() -> list:
    text = (REPOSITORY / "environment.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["dependencies"]


def test_conda_installs_the_course_in_the_tested_versions():
    listed = next(entry["pip"] for entry in conda_dependencies() if isinstance(entry, dict))
    assert listed == [f"-c {CONSTRAINTS.relative_to(REPOSITORY).as_posix()}", "-e .[lab]"]


def test_environment_has_a_python_that_the_project_accepts():
    python = next(entry for entry in conda_dependencies() if str(entry).startswith("python="))
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert int(low) <= int(python.removeprefix("python=3.")) < int(high)


@pytest.mark.parametrize("line", NEEDED)
def test_the_tested_version_is_one_that_the_project_accepts(line):
    tested = {canonicalize_name(name): version for name, version in (p.split("==") for p in TESTED)}
    needed = Requirement(line)
    assert needed.specifier.contains(tested[canonicalize_name(needed.name)])


@pytest.mark.parametrize("line", NEEDED)
def test_every_requirement_has_a_lower_bound_and_none_is_exact(line):
    assert {each.operator for each in Requirement(line).specifier} - {"<"} == {">="}


def test_jupyterlab_is_not_needed_where_another_program_shows_the_notebooks():
    assert [line for line in PROJECT["dependencies"] if line.startswith("jupyterlab")] == []
    assert [line for line in NEEDED if line.startswith("jupyterlab")] != []


def test_the_project_does_not_need_itself():
    project = {
        "name": "toy",
        "dependencies": ["a>=1"],
        "optional-dependencies": {"lab": ["b>=1"], "test": ["toy[lab]", "c>=1"]},
    }
    assert requirements(project) == ["a>=1", "b>=1", "c>=1"]


def test_constraints_are_exact_and_hold_for_every_build_of_torch():
    assert [line for line in TESTED if not re.fullmatch(r"[\w.-]+==[\d.]+(\w*\d)?", line)] == []
    assert [line for line in TESTED if BROUGHT_BY_TORCH.match(line)] == []
