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
TABLES = ".safetensors", ".json", ".csv"
NAMED = re.compile(r"\bmetacourse(?:\.\w+)*")
LISTED = re.compile(r"from (metacourse[\w.]*) import (\([^)]*\)|[^\n]*)")
QUOTED = re.compile(r"[\"']([a-z_]+?)(?:[\"'.]|_\{|_\d)")  # "maml", "wages.csv", f"walker_{n}"
NUMBER = re.compile(r"_\d+$")
COMPLETE = "complete"
COLOURS = re.compile(r"\x1b\[[\d;]*m")  # of a traceback in a terminal
SIDE_BY_SIDE = 2  # notebooks, each on one core
RUN = "import sys, nbclient, nbformat\nnotebook = nbformat.read(sys.argv[1], as_version=4)\n" + (
    "client = nbclient.NotebookClient(notebook, timeout=600, kernel_name='python3', "
    "resources={'metadata': {'path': sys.argv[2]}})\nclient.execute()\n"
)


def folder_of(path: Path, cache_folder: Path) -> Path:
    """Where the recordings of a notebook are kept: a name of its programs and of what they use."""
    notebook = read_notebook(path.read_bytes())
    programs = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return cache_folder / f"{path.stem}-{digest(tuple(programs))[:16]}"


@cache
def digest(programs: tuple[str, ...]) -> str:
    """A name of programs, and of the modules and tables of the package that they use."""
    used = needed([*programs])
    used |= tables("".join([*programs, *map(text_of, used)]))
    found = hashlib.sha256(json.dumps(programs).encode())
    for name in sorted(used):
        found.update(name.encode() + (PACKAGE / name).read_bytes())
    return found.hexdigest()


def needed(programs: list[str]) -> set[str]:
    """The modules of the package, as paths in it, that programs import and that these import; not
    the command and the checks, on which no picture depends."""
    found, left = set(), list(programs)
    while left:
        new = imported(left.pop()) - found
        found |= new
        left += map(text_of, new)
    return found


@cache
def imported(program: str) -> frozenset[str]:
    """The modules of the package that a program names, in functions as well; not its map."""
    names = set(NAMED.findall(program))
    for module, listed in LISTED.findall(program):
        names |= {f"{module}.{name}" for name in re.findall(r"\w+", listed)}
    parts = [tuple(name.split(".")[1:]) for name in names]
    paths = {Path(*part[:n]) for part in parts for n in range(1, len(part) + 1)}
    files = {f"{path}.py" for path in paths} | {f"{path / '__init__.py'}" for path in paths}
    return frozenset(
        name for name in files if Path(name).parts[0] not in NOT_SEEN and (PACKAGE / name).is_file()
    )


def tables(text: str) -> set[str]:
    """The weights and tables of the package, as paths in it, that programs name in quotes."""
    paths = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.suffix in TABLES]
    ours = [path for path in paths if path.parts[0] not in (*NOT_SEEN, "notebooks")]
    named = set(QUOTED.findall(text))
    return {path.as_posix() for path in ours if NUMBER.sub("", path.stem) in named}


@cache
def text_of(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8")


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
