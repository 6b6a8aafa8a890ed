"""What takes seconds to make is kept in a folder: METACOURSE_CACHE, else the user's cache."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import platformdirs
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from metacourse.places import named, replacing

Kept = tuple[dict[str, Tensor], dict[str, Any]]  # tensors, and what else there is to say of them
unkept: dict[str, Kept] = {}  # what could not be written; this kernel remembers it


def folder() -> Path:
    """Where things are kept; it need not be there yet. Raises OSError when there is no home."""
    return named("METACOURSE_CACHE", lambda: platformdirs.user_cache_path("metacourse"))


def kept(name: str, make: Callable[[], Kept]) -> Kept:
    """Return what is kept under a name; if there is nothing, or a broken file, make it and keep it.

    The name should change when what is made does. A folder that cannot be written costs time only,
    once in every kernel.
    """
    found = _read(name) or deepcopy(unkept.get(name))
    if found is None:
        found = make()
        try:
            _write(name, *found)
        except OSError:
            unkept[name] = deepcopy(found)
    return found


def _path(name: str) -> Path:
    return folder() / f"{name}.safetensors"


def _read(name: str) -> Kept | None:
    try:
        with safe_open(_path(name), "pt") as file:
            told = {key: json.loads(value) for key, value in file.metadata().items()}
            return {key: file.get_tensor(key) for key in file.keys()}, told  # noqa: SIM118
    except (OSError, SafetensorError, AttributeError, ValueError):  # none yet, or broken
        return None


def _write(name: str, tensors: dict[str, Tensor], told: dict[str, Any]) -> None:
    content = save(tensors, {key: json.dumps(value) for key, value in told.items()})
    with replacing(_path(name)) as unfinished:
        unfinished.write_bytes(content)
