"""The learner's progress: a small JSON file on their own machine, never sent anywhere.

What cannot be written this kernel remembers as changes; they are made in the file, whatever
another kernel has written there meanwhile, as soon as that can be done.
"""

import json
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import platformdirs

from metacourse.checks.catalogue import KINDS
from metacourse.checks.lock import alone
from metacourse.places import named, reason, replacing

VERSION = 1
FORMAT = f"metacourse progress {VERSION}"
FIELDS = {  # what a record may hold
    "tries": int,
    "failed": int,
    "passed": bool,
    "hints": int,
    "solution": bool,
    "right": list,
    "answer": (str, float),
    "revealed": bool,
    "options": (dict, list, type(None)),
    "unit": str,
}
RENAMED = {  # what stood under another name in older editions
    "lstm.learned_update": "learned_optimisers.learned_update",
    "lstm.meta_lstm_step": "learned_optimisers.meta_lstm_step",
    "lstm.preprocess": "learned_optimisers.preprocess",
    "lstm.which_learner": "learned_optimisers.which_learner",
    "maml.meta_sgd": "maml.meta_sgd_step",
}
Change = Callable[[dict], dict]  # from a record to the one that takes its place
unsaved: list[tuple[str, str, Change]] = []  # kind and name of the record, and what to do to it


def path() -> Path:
    """Where the file is, links followed: METACOURSE_PROGRESS, or in the user's data folder.

    Raises OSError when there is no such place.
    """
    return Path(os.path.realpath(named("METACOURSE_PROGRESS", in_the_data_folder)))


def in_the_data_folder() -> Path:
    return platformdirs.user_data_path("metacourse") / "progress.json"


def grading() -> bool:
    """Whether somebody else runs the notebook: then nothing is read or noted."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def empty() -> dict:
    return {"format": FORMAT} | {kind: {} for kind in KINDS.values()}


def load() -> tuple[dict, str]:
    """The records and a remark; a file that is not ours is set aside.

    Raises OSError when the file cannot be read, or is a newer course's.
    """
    try:
        text = path().read_bytes()
    except FileNotFoundError:
        return empty(), ""
    try:
        records = json.loads(text)
    except (ValueError, RecursionError):
        records = None
    if well_formed(records):
        return renamed(empty() | records), ""
    if newer(records):
        raise OSError("a newer version of the course wrote it: update this one")
    aside = path().with_name(f"{path().name}.corrupt-{datetime.now():%Y%m%d-%H%M%S-%f}")
    os.replace(path(), aside)
    return empty(), f"Your progress file could not be understood; it was set aside as {aside.name}."


def renamed(records: dict) -> dict:
    """The same records under the names of today; what was done since under these stays."""
    for section in (records[kind] for kind in KINDS.values()):
        for old in RENAMED.keys() & section.keys():
            section.setdefault(RENAMED[old], section.pop(old))
    return records


def newer(records: object) -> bool:
    form = str(records.get("format")) if isinstance(records, dict) else ""
    found = re.fullmatch(r"metacourse progress (\d{1,9})", form)
    return bool(found) and int(found[1]) > VERSION


def well_formed(records: object) -> bool:
    if not isinstance(records, dict) or records.get("format") != FORMAT:
        return False
    sections = [records.get(kind, {}) for kind in KINDS.values()]
    if not all(isinstance(section, dict) for section in sections):
        return False
    return all(
        isinstance(record, dict)
        and all(isinstance(record[field], FIELDS[field]) for field in FIELDS.keys() & record.keys())
        for section in sections
        for record in section.values()
    )


def save(records: dict) -> None:
    """Write the whole file at once; a new one is for the learner's eyes only. OSError if not."""
    text = json.dumps(records, indent=1, ensure_ascii=False)
    with replacing(path(), mode=0o600) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def with_unsaved(records: dict) -> dict:
    """These records after all that this kernel could not write."""
    for kind, name, change in unsaved:
        records[kind][name] = change(records[kind].get(name, {}))
    return records


def seen() -> tuple[dict, str]:
    """The records, as far as there are any, and a remark if the file is in trouble."""
    if grading():
        return empty(), ""
    try:
        with alone(path()):
            records, remark = load()
    except OSError as error:
        records, remark = empty(), trouble(error)
    return with_unsaved(records), remark


def read(kind: str, name: str) -> tuple[dict, str]:
    """One record, empty if there is none, and a remark if the file is in trouble."""
    records, remark = seen()
    return records[kind].get(name, {}), remark


def update(kind: str, name: str, change: Change) -> tuple[dict, str]:
    """Replace one record by change(record); returns the new record and a remark.

    It may be called more than once, later too: change must depend on nothing but the record.
    """
    if grading():
        return change({}), ""
    remark = ""
    unsaved.append((kind, name, change))
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with alone(path()):
            records, remark = load()
            save(with_unsaved(records))
            unsaved.clear()
    except OSError as error:
        records, remark = seen()[0], f"{remark} {trouble(error)}".strip()
    return records[kind][name], remark


def reset() -> str:
    """Forget all records; returns a remark if the file is in trouble."""
    unsaved.clear()
    if grading():
        return ""
    try:
        with alone(path()):
            _, remark = load()
            save(empty())
    except OSError as error:
        return trouble(error)
    return remark


def trouble(error: OSError) -> str:
    try:
        where = f" in {path()}"
    except OSError:  # the error says why there is no place
        where = ""
    return f"Your progress cannot be kept{where} ({reason(error)}); the rest works."
