"""What the board shows of a class, and what it forgets."""

import pytest

from metacourse.course.classroom.room import (
    FROM_ONE_ADDRESS,
    HOUR,
    MOST_PEOPLE,
    counted,
    in_fives,
)
from tests.course.classroom.small import Clock, new_room, told, with_people


def checked(state, *mistakes, name="toy.step"):
    return {"exercise": name, "state": state, "mistakes": [*mistakes]}


def voted(choice):
    return {"prediction": "toy.side", "choice": choice}


def of_thirty():
    """A room of thirty: 17 have passed, 9 not, 4 have not tried; nobody has begun the other."""
    room = with_people(new_room(), 30)
    for person in range(26):
        room.take(told(person, **checked("failed", person % 2)), "10.0.0.1")
        room.take(told(person, **voted(person % 2)), "10.0.0.1")
    for person in range(17):
        room.take(told(person, **checked("passed")), "10.0.0.1")
    return room


def test_thirty_learners_are_counted_in_fives():
    assert of_thirty().counts() == {
        "people": 30,
        "exercises": [
            {
                "name": "toy.step",
                "passed": 15,
                "failed": 10,
                "untouched": 0,
                "mistakes": [
                    {"text": "The factor `scale` is missing.", "people": 15},
                    {"text": "It takes one step.", "people": 15},
                ],
            }
        ],
        "votes": [
            {
                "name": "toy.side",
                "question": "Which `side` is <i>it</i>?",
                "people": 25,
                "options": [
                    {"text": "left", "people": 15},
                    {"text": "<b>right</b>", "people": 15},
                    {"text": "`both`", "people": 0},
                ],
            }
        ],
    }


def test_of_four_people_nothing_is_shown():
    room = with_people(new_room(), 4, checked("failed", 0), voted(1))
    assert room.counts() == {"people": 0, "exercises": [], "votes": []}


def test_of_five_people_something_is():
    counts = with_people(new_room(), 5, checked("failed", 0), voted(1)).counts()
    assert counts["people"] == 5
    assert counts["exercises"][0]["mistakes"][0]["people"] == 5
    assert [option["people"] for option in counts["votes"][0]["options"]] == [0, 5, 0]


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (1, 0), (4, 0), (5, 5), (7, 5), (8, 10), (12, 10), (30, 30)]
)
def test_a_count_is_rounded_to_fives_and_fewer_are_nobody(count, shown):
    assert in_fives(count) == shown


def test_the_rarest_parts_cannot_be_found_as_differences():
    room = with_people(new_room(), 20, checked("passed"), voted(0))
    before = room.counts()
    room.take(told(0, **checked("failed", 2)), "10.0.0.1")
    room.take(told(1, **voted(2)), "10.0.0.1")
    assert room.counts() == before


def test_equal_counts_say_nothing_by_their_order():
    assert counted([2] * 7 + [1] * 5 + [0] * 4) == [(1, 5), (2, 5)]


def test_somebody_counts_once_with_the_last_state_and_all_mistakes():
    messages = (
        checked("failed", 0),
        checked("failed", 1),
        checked("unattempted"),
        voted(0),
        voted(2),
    )
    counts = with_people(new_room(), 5, *messages).counts()
    (exercise,) = counts["exercises"]
    assert (exercise["failed"], exercise["untouched"]) == (0, 5)
    assert [mistake["people"] for mistake in exercise["mistakes"]] == [5, 5]
    assert [option["people"] for option in counts["votes"][0]["options"]] == [0, 0, 5]


def test_who_leaves_is_forgotten():
    room = with_people(new_room(), 5, checked("passed"), voted(0))
    assert room.take(told(3, left=True), "10.0.0.3")
    assert room.counts() == {"people": 0, "exercises": [], "votes": []}


def test_what_was_told_is_forgotten_after_an_hour():
    clock = Clock()
    room = with_people(new_room(clock), 5, checked("passed"))
    clock.seconds += HOUR - 1
    with_people(room, 5, voted(0))
    clock.seconds += 1
    counts = room.counts()
    assert (counts["people"], counts["exercises"], len(counts["votes"])) == (5, [], 1)
    assert not any(room.heard["toy.step"])
    clock.seconds += HOUR
    room.forget()
    assert (room.people, room.heard["toy.side"], room.newcomers.left) == ({}, {}, {})


def test_a_mistake_is_forgotten_after_an_hour_though_its_maker_goes_on_telling():
    clock = Clock()
    room = with_people(new_room(clock), 5, checked("failed", 0))
    clock.seconds += HOUR - 1
    with_people(room, 5, checked("failed", 1))
    clock.seconds += 1
    (exercise,) = room.counts()["exercises"]
    assert [each["text"] for each in exercise["mistakes"]] == ["It takes one step."]
    assert exercise["failed"] == 5


def test_thousands_of_random_numbers_from_one_address_stay_out():
    room = new_room()
    taken = [room.take(told(person), "10.0.0.66") for person in range(3000)]
    assert sum(taken) == len(room.people) == FROM_ONE_ADDRESS
    assert room.take(told(2**40), "10.0.0.7")


def test_a_full_room_listens_to_those_who_are_in():
    room = new_room()
    for person in range(2 * MOST_PEOPLE):
        room.take(told(person), f"10.0.{person % 250}.1")
    assert len(room.people) == MOST_PEOPLE
    assert room.take(told(0, **checked("passed")), "10.0.0.1")
    assert not room.take(told(MOST_PEOPLE, **checked("passed")), "10.0.0.1")
