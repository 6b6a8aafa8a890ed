import json

from metacourse.checks.catalogue import chapters
from metacourse.course.web.forms.progress import progress
from tests.course.web.pages_of import DATA, NAMES, cells, shown

KINDS = "questions", "predictions", "lines"


def counted(chapter=""):
    return json.loads(DATA.search(progress(chapter))[1])


def test_the_table_has_all_chapters_or_one():
    assert [each["heading"] for each in counted()] == [m.CHAPTER for m in chapters().values()]
    assert [each["heading"] for each in counted("maml")] == ["03 MAML"]


def test_all_that_is_counted_can_be_answered_on_a_page():
    forms = "".join(
        shown(cell)
        for name in NAMES
        for cell in cells(name)
        if "metacourse-progress" not in shown(cell)
    )
    names = [name for each in counted() for kind in KINDS for name in each[kind]]
    assert len(names) == len(set(names))
    assert [name for name in names if f'data-id="{name}"' not in forms] == []
