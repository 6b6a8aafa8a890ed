"""What becomes of each cell when a newer edition meets what the learner made of theirs."""

import pytest

from metacourse.course.merge import merged
from tests.course.small import code, ids, notebook, sources, text, with_output

TITLE, TASK, STUB, END = (
    text("title", "# Lines"),
    code("task", "x = 1"),
    code("stub", "def f(): ..."),
    text("end", "The end."),
)
BASE = notebook(TITLE, TASK, STUB, END)
SOLVED = STUB | {"source": "def f(): return 2"}
NEW_STUB = STUB | {"source": "def f(x): ..."}


def without(*names):
    return notebook(*(cell for cell in BASE["cells"] if cell["id"] not in names))


def replaced(*cells):
    changed = {cell["id"]: cell for cell in cells}
    return notebook(*(changed.get(cell["id"], cell) for cell in BASE["cells"]))


def test_a_notebook_that_nobody_touched_becomes_the_new_one():
    new = notebook(END, NEW_STUB, text("brand-new", "More."), TITLE)
    assert merged(BASE, BASE, new) == (new, [])


def test_what_i_changed_stays():
    result, told = merged(BASE, replaced(SOLVED), replaced(text("title", "# Straight lines")))
    assert sources(result) == ["# Straight lines", "x = 1", "def f(): return 2", "The end."]
    assert told == []


def test_my_outputs_stay_where_the_source_is_the_same():
    mine = replaced(with_output(TASK, "1"), with_output(STUB, "2"))
    result, _ = merged(BASE, mine, replaced(NEW_STUB))
    assert [len(cell["outputs"]) for cell in result["cells"][1:3]] == [1, 0]


def test_new_outputs_of_the_course_come_where_mine_are_the_ones_handed_out():
    base = replaced(with_output(TASK, "old"))
    result, _ = merged(base, base, replaced(with_output(TASK, "new")))
    assert result["cells"][1]["outputs"][0]["text"] == "new"


def test_my_folding_of_a_cell_stays():
    folded = TASK | {"metadata": {"jupyter": {"source_hidden": True}}}
    result, _ = merged(BASE, replaced(folded), replaced(NEW_STUB))
    assert result["cells"][1] == folded


def test_a_cell_that_both_changed_is_mine_with_the_new_one_below():
    result, (told,) = merged(BASE, replaced(SOLVED), replaced(NEW_STUB))
    assert ids(result) == ["title", "task", "stub", "stub-new", "end"]
    assert result["cells"][2] == SOLVED
    assert result["cells"][3]["source"].endswith(
        "The course's version of it:\n\n```python\ndef f(x): ...\n```"
    )
    assert told == (
        "“def f(): return 2”, under “Lines”: you and the course have changed it: "
        "yours is kept, the course's stands below it"
    )


def test_the_same_change_on_both_sides_is_no_conflict():
    assert merged(BASE, replaced(SOLVED), replaced(SOLVED)) == (replaced(SOLVED), [])


def test_a_picture_pasted_into_a_cell_is_a_change_of_mine():
    pasted = END | {"attachments": {"a.png": {"image/png": "iVBO"}}}
    result, told = merged(BASE, replaced(pasted), replaced(text("end", "The very end.")))
    assert result["cells"][3] == pasted
    assert len(told) == 1


@pytest.mark.parametrize(
    ("source", "fence"), [("x", "```"), ("```\nx\n```", "````"), ("`````", "``````")]
)
def test_the_fence_is_longer_than_any_in_the_new_source(source, fence):
    new = replaced(text("end", source))
    result, _ = merged(BASE, replaced(text("end", "mine")), new)
    assert result["cells"][-1]["source"].endswith(f"\n{fence}markdown\n{source}\n{fence}")


def test_a_later_update_replaces_the_note_of_an_earlier_one():
    second, third = replaced(NEW_STUB), replaced(STUB | {"source": "def f(x, y): ..."})
    mine, _ = merged(BASE, replaced(SOLVED), second)
    result, _ = merged(second, mine, third)
    assert ids(result) == ["title", "task", "stub", "stub-new", "end"]
    assert "def f(x, y): ..." in result["cells"][3]["source"]


def test_a_note_that_i_wrote_into_stays_beside_the_newer_one():
    second, third = replaced(NEW_STUB), replaced(STUB | {"source": "def f(x, y): ..."})
    mine, _ = merged(BASE, replaced(SOLVED), second)
    mine["cells"][3]["source"] += "\nI prefer mine."
    result, _ = merged(second, mine, third)
    assert ids(result) == ["title", "task", "stub", "stub-new-2", "stub-new", "end"]
    assert result["cells"][4] == mine["cells"][3]


def test_a_note_that_i_deleted_stays_away_until_the_course_changes_the_cell_again():
    second = replaced(NEW_STUB)
    result, told = merged(second, replaced(SOLVED), replaced(NEW_STUB, text("end", "Over.")))
    assert sources(result)[2:] == ["def f(): return 2", "Over."]
    assert told == []


def test_a_note_never_takes_the_id_of_a_cell_of_the_course():
    new = notebook(*replaced(NEW_STUB)["cells"], text("stub-new", "Its own."))
    result, _ = merged(BASE, replaced(SOLVED), new)
    assert ids(result) == ["title", "task", "stub", "stub-new-2", "end", "stub-new"]


def test_a_note_never_takes_the_id_of_a_cell_that_i_removed():
    new = notebook(*replaced(NEW_STUB)["cells"], text("stub-new", "Its own."))
    base = notebook(*BASE["cells"], text("stub-new", "Its own."))
    assert "stub-new" not in ids(merged(base, replaced(SOLVED), new)[0])
    assert "stub-new" not in ids(merged(base, replaced(SOLVED), replaced(NEW_STUB))[0])


def test_my_own_cells_stay_behind_the_cell_that_they_stood_behind():
    mine = notebook(text("top", "0"), TITLE, TASK, text("note", "1"), code("try", "2"), STUB, END)
    new = notebook(TITLE, text("added", "+"), TASK, text("more", "+"), STUB, END)
    result, _ = merged(BASE, mine, new)
    expected = ["top", "title", "added", "task", "note", "try", "more", "stub", "end"]
    assert ids(result) == expected


def test_a_cell_that_i_doubled_stays_double():
    mine = notebook(TITLE, TASK, code("copy", "x = 1"), STUB, END)
    assert merged(BASE, mine, replaced(NEW_STUB))[0]["cells"][1:3] == [TASK, code("copy", "x = 1")]


def test_two_cells_with_one_id_are_both_kept_under_two():
    mine = notebook(TITLE, TASK, TASK | {"source": "x = 5"}, STUB, END)
    result, _ = merged(BASE, mine, replaced(NEW_STUB))
    assert sources(result)[1:3] == ["x = 1", "x = 5"]
    assert ids(result)[1:3] == ["task", "task-2"]


def test_a_cell_that_i_moved_stays_there_and_is_renewed():
    mine = notebook(STUB, TITLE, TASK, END)
    result, _ = merged(BASE, mine, replaced(NEW_STUB))
    assert result["cells"] == [NEW_STUB, TITLE, TASK, END]


def test_a_cell_moved_by_cut_and_paste_is_known_by_its_source():
    mine = notebook(END | {"id": "4f3a"}, TITLE, TASK, STUB)
    result, _ = merged(BASE, mine, replaced(text("end", "The very end.")))
    assert ids(result) == ["end", "title", "task", "stub"]
    assert result["cells"][0]["source"] == "The very end."


def test_a_cell_that_i_removed_stays_away():
    assert merged(BASE, without("task"), replaced(NEW_STUB)) == (
        notebook(TITLE, NEW_STUB, END),
        [],
    )


def test_i_am_told_when_the_course_changed_a_cell_that_i_removed():
    result, told = merged(BASE, without("stub"), replaced(NEW_STUB))
    assert "stub" not in ids(result)
    assert told == [
        "“def f(x): ...”, under “Lines”: you removed it, and the course has changed it since"
    ]


def test_a_cell_that_the_course_removed_goes():
    assert merged(BASE, replaced(SOLVED), without("task"))[0] == notebook(TITLE, SOLVED, END)


def test_a_cell_that_the_course_removed_stays_if_i_wrote_in_it():
    result, _ = merged(BASE, replaced(SOLVED), without("stub"))
    assert result["cells"] == [TITLE, TASK, SOLVED, END]


def test_my_kernel_and_other_settings_of_the_notebook_stay():
    mine = replaced(SOLVED) | {"metadata": {"kernelspec": {"name": "other"}}}
    assert merged(BASE, mine, replaced(NEW_STUB))[0]["metadata"] == mine["metadata"]


def test_it_leaves_its_arguments_alone():
    base, mine, new = replaced(TASK), replaced(SOLVED), replaced(NEW_STUB)
    merged(base, mine, new)
    assert (base, mine, new) == (BASE, replaced(SOLVED), replaced(NEW_STUB))
