"""How long each notebook takes from a clean kernel, its start included."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError

from tools.notebooks import REPOSITORY, execute


def measure() -> Iterator[tuple[str, str, str]]:
    paths = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
    if not paths:
        yield "chapters", "no notebooks", ""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["METACOURSE_PROGRESS"] = str(Path(scratch, "progress.json"))
        for path in paths:
            start = time.perf_counter()
            try:
                execute(nbformat.read(path, as_version=4), path.parent)
                measured = f"{time.perf_counter() - start:.1f} s"
            except CellExecutionError as error:
                measured = f"fails with {error.ename}"
            yield f"run all of {path.stem}", measured, "< 60 s"
