"""The parts of `make lab` that can be tested without installing anything."""

import shutil
import subprocess
import tomllib
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tools.installed import is_complete, is_here

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def package(tmp_path):
    """The metadata folder of an installed package of two files, one of them compiled."""
    metadata = tmp_path / "toy-1.0.dist-info"
    metadata.mkdir()
    (metadata / "RECORD").write_text("toy/a.py,sha256=x,3\ntoy/__pycache__/a.cpython-311.pyc,,\n")
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/a.py").touch()
    return metadata


@pytest.fixture
def project(tmp_path):
    """A copy of what `make lab` needs before it installs."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    shutil.copytree(REPOSITORY / "tools", tmp_path / "tools")
    return tmp_path


def make(project, *arguments) -> subprocess.CompletedProcess:
    command = ["make", "--no-print-directory", "-C", str(project), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_every_file_of_the_package_is_installed_with_it():
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["metacourse"]
    folder = REPOSITORY / "metacourse"
    files = {
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {path for pattern in patterns for path in folder.glob(pattern)}
    assert [path.name for path in files - packed if path.suffix != ".py"] == []


def test_a_whole_package_is_complete(package):
    assert is_complete(Distribution.at(package))


def test_a_package_that_lacks_a_file_is_not_complete(package):
    (package.parent / "toy/a.py").unlink()
    assert not is_complete(Distribution.at(package))


def test_a_package_whose_installation_was_interrupted_is_not_complete(package):
    (package / "RECORD").unlink()
    assert not is_complete(Distribution.at(package))


def test_the_course_of_another_folder_is_not_this_one(tmp_path):
    assert is_here(REPOSITORY)
    assert not is_here(tmp_path)


@pytest.mark.parametrize(("version", "said"), [("Python 3.9.2", "Python 3.9.2"), ("", "not there")])
def test_a_wrong_python_gets_one_line(project, version, said):
    python = project / "other-python"
    python.write_text(f'#!/bin/sh\ntest "$1" = --version && echo {version} && exit 0\nexit 1\n')
    python.chmod(0o755)
    result = make(project, "lab", f"PYTHON={python}")
    assert result.returncode != 0
    (line,) = (result.stdout + result.stderr).splitlines()
    assert "metacourse needs Python 3.11, 3.12 or 3.13" in line
    assert said in line


def test_a_stamp_on_a_broken_environment_is_taken_away(project):
    (project / ".venv").mkdir()
    (project / ".venv/.installed").touch()
    assert "-m venv --clear .venv" in make(project, "--dry-run", "lab").stdout
    assert not (project / ".venv/.installed").exists()
