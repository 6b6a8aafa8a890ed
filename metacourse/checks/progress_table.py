"""The table that `progress()` shows: what the learner did, in words."""

from metacourse.checks import store
from metacourse.checks.catalogue import KINDS, chapters, find
from metacourse.checks.report import Table


def table(only: str = "") -> Table:
    """Every exercise, quiz and prediction of every chapter, or of one, with what the learner did.

    Raises LookupError for a chapter that does not exist.
    """
    known = chapters()
    if only and only not in known:
        raise LookupError(f'There is no chapter "{only}". There are: {", ".join(known)}.')
    records, remark = store.seen()
    sections: dict[str, list] = {}
    for chapter, module in known.items():
        if only not in ("", chapter):
            continue
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
