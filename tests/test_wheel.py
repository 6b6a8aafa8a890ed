"""What is installed without a checkout: the package, its data, the notebooks, the command."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
NEEDED = "pyproject.toml", "README.md", "LICENSE"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that pip builds from a copy of the checkout: {name: content}."""
    source = tmp_path_factory.mktemp("checkout")
    for name in NEEDED:
        shutil.copy(REPOSITORY / name, source)
    for name in ("metacourse", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__", ".*", "*.checkpoint")
        shutil.copytree(REPOSITORY / name, source / name, ignore=ignored)
    build = "-m pip wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir wheels ."
    subprocess.run([sys.executable, *build.split()], cwd=source, check=True, timeout=300)
    (path,) = (source / "wheels").iterdir()
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def content(folder, within):
    """{name in the wheel: content} of a folder's files, without what Python or Jupyter made."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".checkpoint"]
    names = {path: path.relative_to(folder).as_posix() for path in paths}
    return {
        f"{within}/{name}": path.read_bytes()
        for path, name in names.items()
        if "__pycache__" not in name and "/." not in f"/{name}"
    }


def test_it_has_every_file_of_the_package_and_of_the_notebooks(wheel):
    package = content(REPOSITORY / "metacourse", "metacourse")
    notebooks = content(REPOSITORY / "notebooks", "metacourse/notebooks")
    assert {name: wheel[name] for name in wheel if ".dist-info/" not in name} == package | notebooks


@pytest.mark.parametrize(
    "name",
    [
        "metacourse/constraints.txt",
        "metacourse/trained/weights/maml.safetensors",
        "metacourse/checks/exercises/maml.inner_adapt.slips",
        "metacourse/checks/quizzes/maml.self_check.quiz",
        "metacourse/course/jupyter/jupyter_lab_config.json",
        "metacourse/course/jupyter/jupyter_server_config.py",
        "metacourse/course/jupyter/custom/custom.css",
        "metacourse/course/jupyter/labconfig/default_setting_overrides.json",
        "metacourse/notebooks/00_start_here.ipynb",
        "metacourse/notebooks/results.json",
        "metacourse/notebooks/images/chapter_02.png",
    ],
)
def test_it_has_a_file_of_each_kind(wheel, name):
    assert wheel[name]


def test_it_brings_the_command(wheel):
    (entry_points,) = (wheel[name] for name in wheel if name.endswith("entry_points.txt"))
    assert "metacourse = metacourse.course.command:main" in entry_points.decode().splitlines()


def test_jupyterlab_comes_only_with_the_extra_lab(wheel):
    (metadata,) = (wheel[name] for name in wheel if name.endswith(".dist-info/METADATA"))
    lines = [line for line in metadata.decode().splitlines() if "jupyterlab" in line.lower()]
    needed = [line for line in lines if line.startswith("Requires-Dist")]
    assert [line.partition(";")[2].strip() for line in needed] == ['extra == "lab"']
