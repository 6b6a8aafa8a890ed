"""What a reader has answered so far, by chapter: a table that a script fills."""

from metacourse.checks.catalogue import chapters
from metacourse.course.web.forms import exercises, questions
from metacourse.course.web.forms.veil import data, digest


def progress(chapter: str = "") -> str:
    """The HTML of the table for one chapter, or for all.

    Its data are for each chapter the names under which answers are kept.
    """
    known = chapters()
    counted = [found(name, module) for name, module in known.items() if chapter in ("", name)]
    return f'<div class="metacourse-progress">{questions.without_scripts()}{data(counted)}</div>'


def found(chapter: str, module) -> dict:
    """The heading of a chapter, and all that can be answered in it."""

    def names(kind: str) -> list[str]:
        return [f"{chapter}.{name}" for name in getattr(module, kind, ())]

    return {
        "heading": module.CHAPTER,
        "questions": [one for name in names("QUIZZES") for one in questions.identities(name)],
        "predictions": [digest(name) for name in names("PREDICTIONS")],
        "lines": [one for name in names("EXERCISES") for one in exercises.identities(name)],
    }
