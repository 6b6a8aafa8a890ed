"""What the web edition takes down of a live figure, while its notebook runs.

Where METACOURSE_RECORD names a folder, each widget that is shown is recorded there, as JSON, under
the name of the cell that shows it.
"""

import hashlib
import json
import os
from collections import Counter
from pathlib import Path

from IPython import get_ipython

shown: Counter[str] = Counter()  # widgets of a cell, so far


def cell_key(source: str) -> str:
    """The name under which what a cell shows is recorded: of its source alone."""
    return hashlib.sha256(source.strip().encode()).hexdigest()[:16]


def keep(widget) -> None:
    """Record a widget that is being shown, if recordings are wanted and it has any."""
    folder = os.environ.get("METACOURSE_RECORD")
    if not folder or not hasattr(widget, "record"):
        return
    key = cell_key(get_ipython().kernel.get_parent()["content"]["code"])
    path = Path(folder) / f"{key}-{shown[key]}.json"
    shown[key] += 1
    if not path.exists():
        text = json.dumps(widget.record(), ensure_ascii=False, separators=(",", ":"))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(text, encoding="utf-8")
        part.replace(path)  # never half-written
