"""Whatever learner and course do to a notebook, nothing that the learner wrote is lost."""

import warnings
from collections import Counter

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st

from metacourse.course.merge import merged
from metacourse.course.recognise import content
from tests.course.small import code, ids, notebook, text, with_output

NOTE = "**New in the course.**"
PLACES = st.integers(0, 12)
TYPES = st.sampled_from([code, text])
# few, so that cells of one source are frequent; with fences, empty
COURSE_SOURCES = st.sampled_from(["", "a", "b\n", "```\nc\n```"])
SOURCES = st.one_of(COURSE_SOURCES, st.sampled_from(["mine 1", "mine 2"]))


@st.composite
def bases(draw):
    made = draw(st.lists(st.tuples(TYPES, COURSE_SOURCES), max_size=6))
    return notebook(*(make(f"c{n}", source) for n, (make, source) in enumerate(made)))


@st.composite
def changed(draw, base, sources, prefix):
    """A notebook after edits, deletions, moves, copies and new cells in any order."""
    cells = list(base["cells"])
    for n in range(draw(st.integers(0, 6))):
        act = draw(st.sampled_from(["edit", "delete", "move", "copy", "add"]))
        place, other = draw(PLACES) % (len(cells) + 1), draw(PLACES) % (len(cells) + 1)
        if act == "add":
            cells.insert(place, draw(TYPES)(f"{prefix}{n}", draw(sources)))
        elif place < len(cells) and act == "edit":
            cells[place] = cells[place] | {"source": draw(sources)}
        elif place < len(cells) and act == "copy":
            cells.insert(other, cells[place] | {"id": f"{prefix}{n}"})
        elif place < len(cells):
            cell = cells.pop(place)
            if act == "move":
                cells.insert(min(other, len(cells)), cell)
    return notebook(*cells)


@st.composite
def in_an_editor(draw, mine):
    """What an editor may do besides: run cells, drop all ids, use one id twice."""
    cells = mine["cells"]
    ran = draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells)))
    cells = [
        with_output(cell, "1") if run and cell["cell_type"] == "code" else cell
        for cell, run in zip(cells, ran, strict=True)
    ]
    how = draw(st.sampled_from(["as it is", "dropped", "doubled"]))
    if how == "dropped":
        cells = [{key: cell[key] for key in cell if key != "id"} for cell in cells]
    if how == "doubled" and cells:
        cells = [cells[0] | {"id": cells[-1]["id"]}, *cells[1:]]
    return notebook(*cells, minor=4 if how == "dropped" else 5)


@st.composite
def updates(draw):
    base = draw(bases())
    mine = draw(in_an_editor(draw(changed(base, SOURCES, "own"))))
    return base, mine, draw(changed(base, COURSE_SOURCES, "new"))


def contents(one):
    return Counter(repr(content(cell)) for cell in one["cells"] if NOTE not in cell["source"])


def assert_valid(one):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbformat.validate(nbformat.from_dict(one))
    assert len(set(ids(one))) == len(one["cells"])


@given(updates())
@settings(deadline=None, max_examples=300)
def test_all_that_the_learner_wrote_or_changed_is_in_the_result(update):
    base, mine, _ = update
    result, _ = merged(*update)
    assert contents(mine) - contents(base) <= contents(result)


@given(updates())
@settings(deadline=None)
def test_the_result_is_a_valid_notebook_with_unique_ids(update):
    assert_valid(merged(*update)[0])


@given(updates())
@settings(deadline=None)
def test_a_second_merge_changes_nothing(update):
    result, _ = merged(*update)
    new = update[2]
    again, told = merged(new, result, new)
    assert [cell | {"id": ""} for cell in again["cells"]] == [
        cell | {"id": ""} for cell in result["cells"]
    ]
    assert told == []


@given(updates())
@settings(deadline=None)
def test_a_merge_that_is_done_again_from_the_same_base_keeps_what_i_wrote(update):
    base, mine, new = update
    result, _ = merged(*update)
    again, _ = merged(base, result, new)
    assert contents(mine).keys() - contents(base).keys() <= contents(again).keys()


@given(updates())
@settings(deadline=None)
def test_without_changes_of_the_course_all_stays_as_it_is(update):
    base, mine, _ = update
    result, told = merged(base, mine, base)
    assert [content(cell) for cell in result["cells"]] == [content(cell) for cell in mine["cells"]]
    assert told == []


@given(bases().flatmap(lambda base: st.tuples(st.just(base), changed(base, COURSE_SOURCES, "new"))))
@settings(deadline=None)
def test_without_changes_of_the_learner_the_new_edition_is_the_result(editions):
    base, new = editions
    assert merged(base, base, new) == (new, [])


@given(st.data())
@settings(deadline=None)
def test_over_several_updates_nothing_is_lost(data):
    base = data.draw(bases())
    mine = base
    for round in "abc":
        mine = data.draw(in_an_editor(data.draw(changed(mine, SOURCES, f"own-{round}"))))
        new = data.draw(changed(base, COURSE_SOURCES, f"new-{round}"))
        result, _ = merged(base, mine, new)
        assert contents(mine) - contents(base) <= contents(result)
        assert_valid(result)
        base, mine = new, result
