"""What a class has told the board in the last hour: kept in memory, shown in fives."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from metacourse.course.classroom.limits import Limit
from metacourse.course.classroom.messages import Check, Course, Vote, read

HOUR = 3600.0
FIVE = 5  # people: fewer are not shown, and more are counted in steps of as many
MOST_PEOPLE = 500
FROM_ONE_ADDRESS = 100  # new people in an hour: all of a hub's come from one
TOP = 3  # mistakes shown of an exercise


class Heard(NamedTuple):
    """The last that somebody has told, and when; and when each mistake was last told of."""

    when: float
    told: Check | Vote
    mistakes: dict[int, float]

    def since(self, start: float) -> "Heard":
        """Without the mistakes of an earlier time."""
        kept = {number: when for number, when in self.mistakes.items() if when > start}
        return self._replace(mistakes=kept)


def in_fives(count: int) -> int:
    """The nearest multiple of five, 0 below five: counts seen once tell of no fewer.

    It does not hide somebody from those who watch: one more person can turn 5 into 10, and whoever
    sends messages of their own can bring a count to where it turns.
    """
    return FIVE * round(count / FIVE) if count >= FIVE else 0


class Room:
    """Who is in the room, and the last that each has told of an exercise or a prediction."""

    def __init__(self, course: Course, now: Callable[[], float] = time.monotonic):
        self.course, self.now = course, now
        self.newcomers = Limit(FROM_ONE_ADDRESS, FROM_ONE_ADDRESS / HOUR, now)
        self.people: dict[int, float] = {}  # a random number each, and when it was last heard
        self.heard: dict[str, dict[int, Heard]] = {
            name: {} for name in (*course.exercises, *course.predictions)
        }

    def take(self, body: bytes, address: str) -> bool:
        """Note a message; whether it was one, and there was room for whom it is from."""
        try:
            message = read(body, self.course)
        except ValueError:
            return False
        if message.left:
            self.drop(message.person)
        elif not self.admits(message.person, address):
            return False
        elif message.told:
            self.note(message.person, message.told)
        return True

    def admits(self, person: int, address: str) -> bool:
        """Whether somebody is in the room or may come in; then they were heard just now."""
        full = len(self.people) >= MOST_PEOPLE
        if person not in self.people and (full or not self.newcomers.allows(address)):
            return False
        self.people[person] = self.now()
        return True

    def note(self, person: int, told: Check | Vote) -> None:
        """Keep what somebody has told in the place of what they told before; a mistake stays."""
        heard, now = self.heard[told.name], self.now()
        before = heard[person].mistakes if person in heard else {}
        new = dict.fromkeys(told.mistakes, now) if isinstance(told, Check) else {}
        heard[person] = Heard(now, told, before | new)

    def drop(self, person: int) -> None:
        for table in (self.people, *self.heard.values()):
            table.pop(person, None)

    def forget(self) -> None:
        """Forget what was told an hour ago, and who has told nothing since."""
        start = self.now() - HOUR
        self.people = {person: when for person, when in self.people.items() if when > start}
        for name, heard in self.heard.items():
            self.heard[name] = {
                person: it.since(start) for person, it in heard.items() if it.when > start
            }
        self.newcomers.forget()

    def counts(self) -> dict:
        """All that is shown: every count is a multiple of five."""
        self.forget()
        told = {
            name: list(heard.values()) for name, heard in self.heard.items() if len(heard) >= FIVE
        }
        return {
            "people": in_fives(len(self.people)),
            "exercises": [
                self.exercise(name, told[name]) for name in self.course.exercises if name in told
            ],
            "votes": [
                self.vote(name, told[name]) for name in self.course.predictions if name in told
            ],
        }

    def exercise(self, name: str, heard: list[Heard]) -> dict:
        """How many have passed and not, and the mistakes that most were told of."""
        states = Counter(it.told.state for it in heard)
        untouched = len(self.people) - states["passed"] - states["failed"]
        made = counted(number for it in heard for number in it.mistakes)
        sentences = self.course.exercises[name]
        return {
            "name": name,
            "passed": in_fives(states["passed"]),
            "failed": in_fives(states["failed"]),
            "untouched": in_fives(untouched),
            "mistakes": [{"text": sentences[i], "people": n} for i, n in made[:TOP]],
        }

    def vote(self, name: str, heard: list[Heard]) -> dict:
        """How many have voted for what."""
        question, answers, *_ = self.course.predictions[name]
        chosen = dict(counted(it.told.choice for it in heard))
        options = [{"text": text, "people": chosen.get(i, 0)} for i, text in enumerate(answers)]
        return {
            "name": name,
            "question": question,
            "people": in_fives(len(heard)),
            "options": options,
        }


def counted(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """How often each number stands there, in fives, none fewer; the most frequent first.

    Of equal counts the smaller number is first: the order says no more than the counts.
    """
    many = {number: in_fives(n) for number, n in Counter(numbers).items() if n >= FIVE}
    return sorted(many.items(), key=lambda item: (-item[1], item[0]))
