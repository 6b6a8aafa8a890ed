"""What takes seconds to make is kept in a folder: METACOURSE_CACHE, else the user's cache."""

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

Kept = tuple[dict[str, Tensor], dict[str, Any]]  # tensors, and what else there is to say of them


def folder() -> Path:
    """Where things are kept; it need not be there yet."""
    return Path(os.environ.get("METACOURSE_CACHE") or platformdirs.user_cache_path("metacourse"))


def kept(name: str, make: Callable[[], Kept]) -> Kept:
    """Return what is kept under a name; if there is nothing, or a broken file, make it and keep it.

    The name should change when what is made does. A folder that cannot be written costs time only.
    """
    path = folder() / f"{name}.safetensors"
    found = _read(path)
    if found is None:
        found = make()
        with suppress(OSError):
            _write(path, *found)
    return found


def _read(path: Path) -> Kept | None:
    try:
        with safe_open(path, "pt") as file:
            told = {key: json.loads(value) for key, value in file.metadata().items()}
            return {key: file.get_tensor(key) for key in file.keys()}, told  # noqa: SIM118
    except (OSError, SafetensorError, AttributeError, ValueError):  # none yet, or broken
        return None


def _write(path: Path, tensors: dict[str, Tensor], told: dict[str, Any]) -> None:
    """Write under another name first, so that nobody ever reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        unfinished = Path(scratch) / path.name
        save_file(tensors, unfinished, {key: json.dumps(value) for key, value in told.items()})
        unfinished.replace(path)
