"""What the kernels of a class may send. What came from the network is compared with what the
installed course knows and never shown: names, sentences and options are the course's own."""

import json
from typing import NamedTuple

from metacourse.checks.catalogue import all_names, find
from metacourse.course.classroom.asked import Asked, predictions

NUMBERS = 2**53  # from which learners draw


class Course(NamedTuple):
    """What may be told: the sentence of every numbered mistake, and what is asked, by name."""

    exercises: dict[str, tuple[str, ...]]
    predictions: dict[str, Asked]


class Check(NamedTuple):
    name: str
    state: str
    mistakes: frozenset[int]


class Vote(NamedTuple):
    name: str
    choice: int


class Message(NamedTuple):
    """Who tells what; nothing: that they are here."""

    person: int
    told: Check | Vote | None = None
    left: bool = False


def installed() -> Course:
    """The course that is installed here."""
    exercises = {name: find("EXERCISES", name).text.slips for name in all_names("EXERCISES")}
    told = {name: tuple(slip.why for slip in slips) for name, slips in exercises.items()}
    return Course(told, predictions())


def read(body: bytes, course: Course) -> Message:
    """The message that somebody sent. Raises ValueError if it is none."""
    try:
        sent = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    match sent:
        case {"person": person, **rest} if type(person) is int and 0 <= person < NUMBERS:
            return understood(person, rest, course)
    raise ValueError("nobody sent this")


def understood(person: int, sent: dict, course: Course) -> Message:
    match sent:
        case {"exercise": str(name), "state": str(state), "mistakes": list(numbers)}:
            return Message(person, check(name, state, numbers, course))
        case {"prediction": str(name), "choice": choice} if type(choice) is int:
            return Message(person, vote(name, choice, course))
        case {"left": True}:
            return Message(person, left=True)
    if sent:
        raise ValueError("not a message")
    return Message(person)


def check(name: str, state: str, numbers: list, course: Course) -> Check:
    known = range(len(course.exercises.get(name, ())))
    right = all(type(number) is int and number in known for number in numbers)
    if (
        name not in course.exercises
        or state not in ("passed", "failed", "unattempted")
        or not right
    ):
        raise ValueError("no such exercise, state or mistake")
    return Check(name, state, frozenset(numbers))


def vote(name: str, choice: int, course: Course) -> Vote:
    asked = course.predictions.get(name)
    if not asked or choice not in range(len(asked.answers)):
        raise ValueError("no such prediction or choice")
    return Vote(name, choice)
