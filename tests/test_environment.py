"""pyproject.toml says what is known to work, constraints.txt which versions were tested."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from metacourse.course.lab import SETTINGS
from metacourse.course.web.doors import ON_BINDER
from tools.lock import BROUGHT_BY_TORCH, CONSTRAINTS, requirements
from tools.torch_build import CPU

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BINDER = REPOSITORY / "binder"
IN_COLAB = REPOSITORY / "tests" / "colab" / "constraints.txt"
TESTED = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
NEEDED = [line for line in requirements(PROJECT) if not BROUGHT_BY_TORCH.match(line)]


def accepts(python: str) -> bool:
    """Whether the project runs on a Python: "3.12"."""
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    return int(low) <= int(python.removeprefix("3.")) < int(high)


def versions(lines: list[str]) -> dict[str, str]:
    """{name: version} of lines `name==version`."""
    return {canonicalize_name(name): version for name, version in (p.split("==") for p in lines)}


def in_the_binder_environment(*command: str, folder: Path) -> str:
    """What a command prints where the course's command and this Python come first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(REPOSITORY)}
    options = {"cwd": folder, "env": environment, "capture_output": True, "text": True}
    return subprocess.run(command, check=True, **options).stdout


def conda_dependencies() -> list:
    text = (REPOSITORY / "environment.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["dependencies"]


def test_conda_installs_the_course_in_the_tested_versions():
    listed = next(entry["pip"] for entry in conda_dependencies() if isinstance(entry, dict))
    assert listed == [f"-c {CONSTRAINTS.relative_to(REPOSITORY).as_posix()}", "-e .[lab]"]


def test_environment_has_a_python_that_the_project_accepts():
    python = next(entry for entry in conda_dependencies() if str(entry).startswith("python="))
    assert accepts(python.removeprefix("python="))


def test_binder_has_a_python_that_the_project_accepts():
    python = (BINDER / "runtime.txt").read_text(encoding="utf-8")
    assert accepts(python.strip().removeprefix("python-"))


def test_binder_installs_the_course_in_the_tested_versions_with_the_cpu_build():
    text = (BINDER / "requirements.txt").read_text(encoding="utf-8")
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    assert f"--extra-index-url {CPU}" in lines
    assert f"-c {os.path.relpath(CONSTRAINTS, BINDER)}" in lines  # from the file's own folder
    assert [line for line in lines if line.startswith("-e")] == ["-e .[lab,gym,people]"]


def test_the_server_that_binder_starts_has_a_tested_version():
    assert "notebook" in versions(TESTED)


def test_binder_makes_the_learners_copy_where_its_links_lead(tmp_path):
    in_the_binder_environment(str(BINDER / "postBuild"), folder=tmp_path)
    assert (tmp_path / ON_BINDER / "00_start_here.ipynb").exists()


def test_binder_runs_its_server_with_the_settings_of_the_course(tmp_path):
    said = in_the_binder_environment(str(BINDER / "start"), "env", folder=tmp_path).splitlines()
    assert {
        f"JUPYTER_CONFIG_PATH={SETTINGS}",
        "OMP_NUM_THREADS=1",
        f"METACOURSE_FOLDER={tmp_path / ON_BINDER}",
    } <= {*said}


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_pip_replaces_nothing_that_colab_has(line):
    lines = IN_COLAB.read_text(encoding="utf-8").splitlines()
    colabs = versions([line for line in lines if not line.startswith("#")]) | {"torch": "2.11.0"}
    needed = Requirement(line)
    assert needed.specifier.contains(colabs[canonicalize_name(needed.name)])


@pytest.mark.parametrize("line", NEEDED)
def test_the_tested_version_is_one_that_the_project_accepts(line):
    needed = Requirement(line)
    assert needed.specifier.contains(versions(TESTED)[canonicalize_name(needed.name)])


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
