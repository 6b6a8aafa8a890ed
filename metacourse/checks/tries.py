"""What a try and a hint change in the learner's record of an exercise."""

from metacourse.checks import store
from metacourse.checks.report import Report


def note_try(name: str, report: Report) -> tuple[dict, str]:
    """Note a try, if it was one: the learner's record, and a remark if that cannot be kept."""
    if report.state == "unattempted":
        return {}, ""
    ok = report.state == "passed"
    return store.update("exercise", name, lambda record: tried(record, ok))


def tried(record: dict, ok: bool) -> dict:
    """A record after one more try."""
    failed = record.get("failed", 0) + (not ok)
    counts = {"tries": record.get("tries", 0) + 1, "failed": failed}
    return record | counts | {"passed": record.get("passed", False) or ok}


def helped(record: dict, n_hints: int) -> dict:
    """A record after one more hint."""
    return record | {"hints": min(record.get("hints", 0) + 1, n_hints)}
