"""The recordings of a notebook's live figures: made in one execution, kept by content."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from metacourse.course.classroom import Unclear
from metacourse.course.edition import PACKAGE
from metacourse.course.files import Cell, read_notebook
from metacourse.figures.recorded import cell_key

NOT_SEEN = "course", "checks"  # parts of the package on which no picture depends
COMPLETE = "complete"
COLOURS = re.compile(r"\x1b\[[\d;]*m")  # of a traceback in a terminal
SIDE_BY_SIDE = 2  # notebooks, each on one core
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


def record_all(paths: list[Path], cache_folder: Path) -> Iterator[str]:
    """Run the notebooks whose live figures have not been recorded, two at a time; yields what is
    done. What is finished when something fails, or when somebody stops it, need not be done again.

    Raises Unclear if a notebook fails.
    """
    left = [path for path in paths if not (folder_of(path, cache_folder) / COMPLETE).exists()]
    if left:
        yield f"{len(left)} notebooks are run once, to record their figures; each may take minutes"
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        running = {pool.submit(record, path, cache_folder): path for path in left}
        try:
            for n, done in enumerate(as_completed(running), start=1):
                done.result()
                yield f"{n} of {len(left)}: {running[done].name}"
        finally:
            pool.shutdown(cancel_futures=True)


def record(path: Path, cache_folder: Path) -> None:
    """Run a notebook once with its live figures recorded; the learner's progress stays as it is.

    Raises Unclear if the notebook fails.
    """
    folder = folder_of(path, cache_folder)
    with TemporaryDirectory() as scratch:
        own = {"METACOURSE_RECORD": str(folder), "OMP_NUM_THREADS": "1"}
        own["METACOURSE_PROGRESS"] = str(Path(scratch, "progress.json"))
        command = [sys.executable, "-c", RUN, str(path), str(path.parent)]
        ended = subprocess.run(command, env=os.environ | own, capture_output=True, text=True)
    if ended.returncode:
        said = COLOURS.sub("", ended.stderr).strip().splitlines()
        why = said[-1] if said else "no reason was given"
        raise Unclear(f"{path.name} could not be run: {why}")
    finish(folder)


def finish(folder: Path) -> None:
    """Note that all figures of a notebook are recorded, also where it has none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COMPLETE).touch()


def recordings(cell: Cell, folder: Path) -> Iterator[dict]:
    """What was recorded of a cell, in the order in which it shows its widgets.

    Raises Unclear if a file is damaged.
    """
    key, n = cell_key(cell["source"]), 0
    while (path := folder / f"{key}-{n}.json").exists():
        try:
            yield json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            again = "delete its folder, and the next call records this notebook again"
            raise Unclear(f"{path} is damaged: {again}") from error
        n += 1
