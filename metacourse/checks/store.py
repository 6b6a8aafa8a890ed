"""The learner's progress: a small JSON file on their own machine, never sent anywhere."""

import json
import os
import tempfile
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path

import platformdirs

from metacourse.checks.catalogue import KINDS, chapters, find
from metacourse.checks.report import Table

FORMAT = "metacourse progress 1"
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
unsaved: dict[Path, dict] = {}  # where nothing can be written, this kernel remembers


def path() -> Path:
    """Where the file is: METACOURSE_PROGRESS, or the user's data folder."""
    chosen = os.environ.get("METACOURSE_PROGRESS")
    return Path(chosen) if chosen else platformdirs.user_data_path("metacourse") / "progress.json"


def empty() -> dict:
    return {"format": FORMAT} | {kind: {} for kind in KINDS.values()}


def load() -> tuple[dict, str]:
    """The records and a remark; a file that is not ours is set aside. OSError if unreadable."""
    if path() in unsaved:
        return deepcopy(unsaved[path()]), ""
    try:
        text = path().read_bytes()
    except FileNotFoundError:
        return empty(), ""
    try:
        records = json.loads(text)
    except (ValueError, RecursionError):
        records = None
    if well_formed(records):
        return empty() | records, ""
    aside = path().with_name(f"{path().name}.corrupt-{datetime.now():%Y%m%d-%H%M%S-%f}")
    os.replace(path(), aside)
    return empty(), f"Your progress file could not be understood; it was set aside as {aside.name}."


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
    """Write the whole file at once: other kernels see the old or the new one, never a half."""
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(records, file, indent=1, ensure_ascii=False)
        os.replace(name, target)
        unsaved.pop(target, None)
    except BaseException:
        os.unlink(name)
        raise


def load_safely() -> tuple[dict, str]:
    """The records, or empty ones and a remark that says why."""
    try:
        return load()
    except OSError as error:
        return empty(), trouble(error)


def read(kind: str, name: str) -> tuple[dict, str]:
    """One record, empty if there is none, and a remark if the file is in trouble."""
    records, remark = load_safely()
    return records[kind].get(name, {}), remark


def update(kind: str, name: str, change: Callable[[dict], dict]) -> tuple[dict, str]:
    """Replace one record by change(record); returns the new record and a remark."""
    unreadable = None
    try:
        records, remark = load()
    except OSError as error:
        records, unreadable = empty(), error
    record = records[kind][name] = change(records[kind].get(name, {}))
    try:
        if unreadable:
            raise unreadable
        save(records)
    except OSError as error:
        unsaved[path()] = records
        remark = trouble(error)
    return record, remark


def trouble(error: OSError) -> str:
    return f"Your progress cannot be kept in {path()} ({error.strerror}); the rest works."


def table() -> Table:
    """Every exercise, quiz and prediction of every chapter, with what the learner did."""
    records, remark = load_safely()
    sections: dict[str, list] = {}
    for chapter, module in chapters().items():
        rows = sections.setdefault(getattr(module, "CHAPTER", chapter), [])
        for attribute, kind in KINDS.items():
            things = getattr(module, attribute, ())
            for name in things:
                record = records[kind].get(f"{chapter}.{name}", {})
                symbol, told = STATES[kind](record, f"{chapter}.{name}")
                rows.append((symbol, name, kind, told))
    return Table(sections, remark)


def exercise_state(record: dict, name: str) -> tuple[str, str]:
    tries = record.get("tries", 0)
    told = "passed" if record.get("passed") else "not attempted yet"
    if tries:
        told = f"{'passed, ' * record.get('passed', False)}tried {tries} time{'s' * (tries > 1)}"
    if hints := record.get("hints", 0):
        told += f" · {hints} hint{'s' * (hints > 1)} used"
    if record.get("solution"):
        told += " · solution seen"
    return ("✓" if record.get("passed") else "–" if tries else "○"), told


def quiz_state(record: dict, name: str) -> tuple[str, str]:
    texts = [question.text for question in find("QUIZZES", name)]
    right = sum(text in record.get("right", []) for text in texts)
    if not record.get("tries"):
        return "○", "not attempted yet"
    done = right == len(texts)
    told = f"{'passed, ' * done}{right} of {len(texts)} right, tried {record['tries']} times"
    return ("✓" if done else "–"), told.replace("tried 1 times", "tried 1 time")


def prediction_state(record: dict, name: str) -> tuple[str, str]:
    if "answer" not in record:
        return "○", "not attempted yet"
    return "✓", "committed and revealed" if record.get("revealed") else "committed"


STATES = {"exercise": exercise_state, "quiz": quiz_state, "prediction": prediction_state}
