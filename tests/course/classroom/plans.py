"""Small sittings for the tests of the plan."""

from metacourse.course.classroom.sittings import Exercise, Note, Sitting, Vote, part


def sitting(name: str, plan: str, *, home: str = "", core: bool = False, **more) -> Sitting:
    """A sitting with such a plan, and an exercise of 5 minutes in each of its sections."""
    parts = tuple(part(text) for text in plan.split(" · "))
    notes = [Note("At home", home, "")] if home else []
    notes += [Note("Core", "why", "")] if core else []
    given = {"exercises": (), "votes": (), "notes": ()} | more
    notes += given.pop("notes")
    return Sitting(name, f"Title of {name}", parts, notes=tuple(notes), **given)


def exercise(number: int, section: str, check: str = "a.b") -> Exercise:
    return Exercise(f"Exercise {number}", f"`f{number}`", 5, section, check)


def vote(section: str) -> Vote:
    return Vote(f"Question {section}?", ("yes", "no"), "most say yes", "“no”", section)
