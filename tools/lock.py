"""Choose the exact version of every package anew and write metacourse/constraints.txt.

pip takes the newest that pyproject.toml allows, all extras included, for the oldest Python that the
course accepts; nothing is installed.
CUDA's own packages are left out, as each build of torch brings its own.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
CONSTRAINTS = REPOSITORY / "metacourse" / "constraints.txt"
OLDEST_PYTHON = "3.11.0"
BROUGHT_BY_TORCH = re.compile(r"nvidia-|cuda-|triton|setuptools")


def resolve(requirements: list[str]) -> list[str]:
    """`name==version` of each requirement and all that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        command = (
            f"-m pip install --quiet --dry-run --target {folder} --report {folder}/report.json"
        )
        platform = f"--only-binary :all: --python-version {OLDEST_PYTHON}"
        subprocess.run(
            [sys.executable, *command.split(), *platform.split(), *requirements], check=True
        )
        report = json.loads(Path(folder, "report.json").read_text(encoding="utf-8"))
    packages = [entry["metadata"] for entry in report["install"]]
    return [f"{package['name']}=={package['version'].split('+')[0]}" for package in packages]


def requirements(project: dict) -> list[str]:
    """What the project and all its extras need, without the project itself."""
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return [line for line in lines if not line.startswith(project["name"])]


def main() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    pins = resolve(requirements(tomllib.loads(text)["project"]))
    kept = [pin for pin in pins if not BROUGHT_BY_TORCH.match(pin)]
    lines = sorted(kept, key=lambda pin: pin.lower().split("=="))
    CONSTRAINTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
