"""The parts of `make lab` that can be tested without installing anything."""

import shutil
import subprocess
import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tools.installed import is_complete, is_here
from tools.torch_build import CPU

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
    (tmp_path / "metacourse").mkdir()
    for name in ("Makefile", "pyproject.toml", "metacourse/constraints.txt"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    shutil.copytree(REPOSITORY / "tools", tmp_path / "tools")
    return tmp_path


def make(project, *arguments) -> subprocess.CompletedProcess:
    command = ["make", "--no-print-directory", "-C", str(project), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


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


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("echo Python 3.9.2", "answers: Python 3.9.2"),
        ("exit 1", "answers: nothing"),
        (
            "printf 'pyenv: not found\\n\\nIt exists in:\\n  3.12.1\\n' >&2; exit 127",
            "exists in:   3.12.1",
        ),
    ],
)
def test_a_wrong_python_gets_one_line_with_what_it_says_itself(project, answer, said):
    python = program(project / "other-python", f'test "$1" = --version || exit 1\n{answer}')
    result = make(project, "lab", f"PYTHON={python}")
    assert result.returncode != 0
    (line,) = (result.stdout + result.stderr).splitlines()
    assert "metacourse needs Python 3.11, 3.12 or 3.13" in line
    assert said in line


def program(path, script):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def python(project):
    """A Python that makes a .venv of itself, and notes in `called` what it is asked to do there."""
    return program(
        project / "fake-python",
        f"""case "$*" in
            -c*) ;;
            "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
            *torch_build.py) exec {sys.executable} "$@" ;;
            *) echo "PIP_USER=$PIP_USER $*" >> called ;;
        esac""",
    )


def test_make_lab_installs_the_tested_versions_and_passes_its_arguments_on(project, python):
    arguments = ["ARGS=--no-browser --port 8899", "METACOURSE_TORCH=cpu"]
    result = make(project, "lab", f"PYTHON={python}", *arguments)
    assert result.returncode == 0, result.stderr
    install, lab = (project / "called").read_text().splitlines()
    options = f"--extra-index-url {CPU} -c metacourse/constraints.txt -e .[lab]"
    assert install == f"PIP_USER=0 -m pip install {options}"
    assert lab.endswith(" -m metacourse lab --no-browser --port 8899")


def test_where_there_is_no_pytorch_nothing_is_installed(project, python):
    refusal = "import sys; sys.exit('There is no PyTorch here.')"
    (project / "tools/torch_build.py").write_text(refusal)
    result = make(project, "lab", f"PYTHON={python}")
    assert result.returncode != 0
    assert "There is no PyTorch here." in result.stderr
    assert not (project / "called").exists()
    assert not (project / ".venv/.installed").exists()


def test_a_stamp_on_a_broken_environment_is_taken_away(project):
    (project / ".venv").mkdir()
    (project / ".venv/.installed").touch()
    assert "-m venv --clear .venv" in make(project, "--dry-run", "lab").stdout
    assert not (project / ".venv/.installed").exists()
