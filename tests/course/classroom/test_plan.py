"""Which notebooks and sections are done in which session."""

from functools import partial

import pytest

from metacourse.course.classroom.plan import called, clock, days, default, o_clock, units, weeks
from metacourse.course.classroom.sittings import Note
from tests.course.classroom.plans import exercise, sitting, vote

ONE = sitting("1", "5 recall · 20 section 1 · 20 section 2 · 5 the card")
TWO = sitting("2", "5 recall · 10 section 1 · 20 section 2")


def done(sessions):
    """The parts of each session: [["1: recall", …], …]."""
    return [
        [f"{piece.sitting.name}: {part.what}" for piece in session.pieces for part in piece.parts]
        for session in sessions
    ]


def test_what_names_no_section_stays_with_its_neighbour():
    assert [[part.minutes for part in unit] for unit in units(ONE)] == [[5, 20], [20, 5]]


def test_a_notebook_without_sections_stays_whole():
    assert len(units(sitting("0", "2 the machine · 3 the map"))) == 1


def test_sessions_are_filled_in_the_order_of_the_course():
    assert done(weeks(2, 50, [ONE, TWO])) == [
        ["1: recall", "1: section 1", "1: section 2", "1: the card"],
        ["2: recall", "2: section 1", "2: section 2"],
    ]
    assert done(weeks(3, 40, [ONE, TWO])) == [
        ["1: recall", "1: section 1"],
        ["1: section 2", "1: the card", "2: recall", "2: section 1"],
        ["2: section 2"],
    ]


def test_no_session_is_longer_than_it_may_be():
    for minutes in range(25, 90):
        assert max(session.minutes for session in weeks(9, minutes, [ONE, TWO])) <= minutes


def test_too_few_weeks_are_refused_with_the_number_that_would_do():
    with pytest.raises(ValueError, match="1, 2 need 3 weeks of 40 minutes"):
        weeks(2, 40, [ONE, TWO])


def test_sessions_that_are_too_short_for_a_section_are_refused_with_its_name():
    with pytest.raises(ValueError, match="20 minutes do not hold “5 recall · 20 section 1” of 1"):
        weeks(9, 20, [ONE])


@pytest.mark.parametrize(
    ("minutes", "begins"),
    [
        (60, ["9:00", "10:15", "11:30", "13:30", "14:45", "16:00"]),
        (90, ["9:00", "10:45", "13:15", "15:00"]),
        (210, ["9:00", "13:30"]),
    ],
)
def test_a_day_has_breaks_and_lunch_in_the_middle_and_ends_at_five(minutes, begins):
    assert [o_clock(start) for start in clock(minutes)] == begins
    assert clock(minutes)[-1] + minutes <= 17 * 60


def test_a_day_that_holds_one_session_alone_is_refused():
    with pytest.raises(ValueError, match="does not hold two sessions of 300 minutes"):
        clock(300)


def test_sessions_of_days_say_the_day_and_the_hours():
    sessions = days(2, 210, [sitting(str(i), "200 section 1") for i in range(3)])
    assert [session.when for session in sessions] == [
        "Day 1, 9:00–12:30",
        "Day 1, 13:30–17:00",
        "Day 2, 9:00–12:30",
    ]


def test_too_few_days_are_refused():
    with pytest.raises(ValueError, match="need 3 sessions of 210 minutes, and 1 days hold 2"):
        days(1, 210, [sitting(str(i), "200 section 1") for i in range(3)])


def test_the_core_comes_first_then_the_others_as_far_as_they_fit():
    course = [
        sitting("1", "10 section 1", core=True),
        sitting("2", "10 section 1"),
        sitting("3", "30 section 1"),
        sitting("4", "10 section 1"),
        sitting("5", "10 section 1", core=True),
    ]
    taken = {n: default(course, partial(weeks, n, 10)) for n in (2, 4)}
    assert [each.name for each in taken[2]] == ["1", "5"]
    assert [each.name for each in taken[4]] == ["1", "2", "5"]  # 4 may need 3


def test_notebooks_are_called_by_name_and_keep_their_order():
    assert called(["2", "1"], [ONE, TWO]) == [ONE, TWO]
    with pytest.raises(ValueError, match="no notebook is called 3: there are 1, 2"):
        called(["1", "3"], [ONE, TWO])


def test_votes_and_notes_are_those_of_the_sections_and_what_holds_for_all():
    notes = [Note("Prepare", "a pen", section) for section in ("", "1", "2")]
    votes = tuple(vote(section) for section in ("", "1", "2", "3"))
    divided = sitting("1", "5 recall · 20 section 1 · 20 section 2", votes=votes, notes=notes)
    first, second = (session.pieces[0] for session in weeks(2, 25, [divided]))
    assert [vote.section for vote in first.votes] == ["", "1"]
    assert [vote.section for vote in second.votes] == ["2"]
    assert [note.section for note in first.notes] == ["", "1"]
    assert [note.section for note in second.notes] == ["", "2"]


def test_an_exercise_is_done_or_given_where_its_section_is_and_the_rest_at_the_end():
    divided = sitting(
        "1",
        "20 section 1 with exercise 1 · 20 section 2",
        home="exercise 2, section 3 with exercise 3",
        exercises=(exercise(1, "1"), exercise(2, "1"), exercise(3, "3")),
    )
    first, second = (session.pieces[0] for session in weeks(2, 20, [divided]))
    assert [each.title for each in first.in_class] == ["Exercise 1"]
    assert [each.title for each in first.at_home] == ["Exercise 2"]
    assert [each.title for each in second.at_home] == ["Exercise 3"]
