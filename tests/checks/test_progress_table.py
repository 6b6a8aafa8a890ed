"""The table of `progress()`."""

import pytest

from metacourse.checks import store
from metacourse.checks.progress_table import table


def test_the_table_lists_everything_of_the_chapter(chapter):
    assert str(table()).splitlines() == [
        "99 Toys",
        "  ○ product                  exercise    not attempted yet",
        "  ○ draw                     exercise    not attempted yet",
        "  ○ sums                     quiz        not attempted yet",
        "  ○ side                     prediction  not attempted yet",
        "  ○ share                    prediction  not attempted yet",
    ]


def test_one_chapter_can_be_shown_alone(chapter):
    assert list(table("toy").sections) == ["99 Toys"]


def test_an_unknown_chapter_is_told_with_those_that_there_are(chapter):
    with pytest.raises(LookupError, match=r'no chapter "tory". There are: .*toy'):
        table("tory")


@pytest.mark.parametrize(
    ("kind", "name", "record", "told"),
    [
        ("exercise", "product", {"tries": 1, "passed": True}, "passed, tried 1 time"),
        ("exercise", "product", {"tries": 3, "hints": 2}, "tried 3 times · 2 hints used"),
        ("exercise", "product", {"solution": True}, "not attempted yet · solution seen"),
        ("quiz", "sums", {"tries": 1, "right": ["1 + 1 = ?"]}, "1 of 2 right, tried 1 time"),
        (
            "quiz",
            "sums",
            {"tries": 2, "right": ["1 + 1 = ?", "2 + 2 = ?"]},
            "passed, 2 of 2 right, tried 2 times",
        ),
        ("prediction", "side", {"answer": "left"}, "committed"),
        ("prediction", "side", {"answer": 2.0, "revealed": True}, "committed and revealed"),
    ],
)
def test_the_table_says_what_was_done(chapter, kind, name, record, told):
    store.update(kind, f"toy.{name}", lambda _: record)
    rows = table().sections["99 Toys"]
    assert [row[3] for row in rows if row[1] == name] == [told]
