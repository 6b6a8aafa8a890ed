"""The recordings of a notebook's live figures: made in one execution, kept by content."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from metacourse.course.edition import PACKAGE
from metacourse.course.files import Cell, read_notebook
from metacourse.figures.recorded import cell_key

NOT_SEEN = "course", "checks"  # parts of the package on which no picture depends
COMPLETE = "complete"
RUN = "import sys, nbclient, nbformat\nnotebook = nbformat.read(sys.argv[1], as_version=4)\n" + (
    "client = nbclient.NotebookClient(notebook, timeout=600, kernel_name='python3', "
    "resources={'metadata': {'path': sys.argv[2]}})\nclient.execute()\n"
)


def folder_of(path: Path, cache_folder: Path) -> Path:
    """Where the recordings of a notebook are kept: a name of its programs and of the package's."""
    notebook = read_notebook(path.read_bytes())
    programs = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    found = hashlib.sha256(package_digest().encode() + json.dumps(programs).encode())
    return cache_folder / f"{path.stem}-{found.hexdigest()[:16]}"


@cache
def package_digest() -> str:
    """A name of all programs, weights and tables on which a picture may depend."""
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        inside = path.relative_to(PACKAGE)
        if path.suffix in {".py", ".safetensors", ".json", ".csv"} and (
            inside.parts[0] not in (*NOT_SEEN, "notebooks")
        ):
            found.update(inside.as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def record(path: Path, cache_folder: Path) -> None:
    """Run a notebook once with its live figures recorded, unless that has been done."""
    folder = folder_of(path, cache_folder)
    if (folder / COMPLETE).exists():
        return
    environment = os.environ | {"METACOURSE_RECORD": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", RUN, str(path), str(path.parent)]
    subprocess.run(command, env=environment, check=True)
    finish(folder)


def finish(folder: Path) -> None:
    """Note that all figures of a notebook are recorded, also where it has none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COMPLETE).touch()


def recordings(cell: Cell, folder: Path) -> Iterator[dict]:
    """What was recorded of a cell, in the order in which it shows its widgets."""
    key, n = cell_key(cell["source"]), 0
    while (path := folder / f"{key}-{n}.json").exists():
        yield json.loads(path.read_text(encoding="utf-8"))
        n += 1
