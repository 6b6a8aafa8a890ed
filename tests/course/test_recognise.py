"""Which of a learner's cells is which of the course's."""

import pytest

from metacourse.course.recognise import unused, with_ids
from tests.course.small import code, text

COURSE = [text("title", "# Lines"), code("task", "x = 1"), code("stub", "..."), text("end", "End.")]


def bare(*cells, given=None):
    """The cells as an editor saves them that knows nothing of ids, or gives its own."""
    unnamed = [{key: cell[key] for key in cell if key != "id"} for cell in cells]
    return [cell | ({"id": f"{given}{n}"} if given else {}) for n, cell in enumerate(unnamed)]


def named(cells, new=()):
    return [cell["id"] for cell in with_ids(cells, COURSE, new)]


def test_ids_of_the_course_are_kept():
    assert named(COURSE) == ["title", "task", "stub", "end"]


def test_ids_of_cells_that_the_course_has_added_are_kept():
    assert named([code("added", "y")], new=[code("added", "z")]) == ["added"]


@pytest.mark.parametrize("given", [None, "4f3a"], ids=["dropped", "replaced"])
def test_cells_without_the_courses_ids_are_known_by_their_sources(given):
    assert named(bare(*reversed(COURSE), given=given)) == ["end", "stub", "task", "title"]


def test_without_ids_a_changed_cell_is_known_by_its_place_and_type():
    solved = bare(COURSE[0], COURSE[1], text(None, "my note"), code(None, "return 2"), COURSE[3])
    assert named(solved) == ["title", "task", "own", "stub", "end"]


def test_with_ids_my_new_cell_is_not_taken_for_one_that_i_removed():
    mine = [COURSE[0], COURSE[1], code("4f3a", "return 2"), COURSE[3]]
    assert named(mine) == ["title", "task", "4f3a", "end"]


def test_the_second_cell_with_an_id_of_the_course_gets_another():
    assert named([COURSE[1], COURSE[1] | {"source": "x = 5"}]) == ["task", "task-2"]


@pytest.mark.parametrize("wanted", [None, 3, "", "two words", "ä", "x" * 65])
def test_what_is_no_id_is_replaced(wanted):
    assert unused(wanted, {"own"}) == "own-2"


def test_a_new_id_is_never_too_long():
    assert len(unused("x" * 64, {"x" * 64})) <= 64
