"""Notebooks as bytes and as dicts; files that are written whole or not at all."""

import json
import os
from copy import deepcopy
from pathlib import Path
from typing import Any

from metacourse.places import replacing

Cell = dict[str, Any]
Notebook = dict[str, Any]

EMPTY = {
    "code": {"metadata": {}, "outputs": [], "execution_count": None},
    "markdown": {"metadata": {}},
    "raw": {"metadata": {}},
}  # what every cell of a type has beside its source


def read_notebook(data: bytes) -> Notebook:
    """Read a notebook of format 4, each source as one text; cells may lack ids.

    Raises ValueError if it is not one.
    """
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
        well_formed = notebook["nbformat"] == 4
        cells = [whole(cell) for cell in notebook["cells"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("not a notebook") from error
    if not well_formed:
        raise ValueError("not a notebook of format 4")
    return {"metadata": {}} | notebook | {"cells": cells}


def whole(cell: dict) -> Cell:
    """A cell with all that its type has. Raises TypeError or KeyError if it is not one."""
    return deepcopy(EMPTY[cell["cell_type"]]) | cell | {"source": "".join(cell["source"])}


def notebook_bytes(notebook: Notebook) -> bytes:
    """The notebook in the form in which JupyterLab saves it."""
    cells = [cell | {"source": cell["source"].splitlines(True)} for cell in notebook["cells"]]
    text = json.dumps(notebook | {"cells": cells}, indent=1, ensure_ascii=False, sort_keys=True)
    return f"{text}\n".encode()


def write(path: Path, data: bytes) -> None:
    """Write the whole file, or leave what was there. Raises OSError if it cannot be written."""
    with replacing(path) as unfinished, unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
