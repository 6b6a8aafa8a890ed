"""A folder is brought up to date; the learner's files survive whatever happens."""

import pytest

from metacourse.course.files import read_notebook
from metacourse.course.update import BEFORE, PRISTINE
from tests.course.editions import FIRST, MINE, NAME, SECOND, seen, updated
from tests.course.small import sources


def test_a_new_folder_gets_the_edition(tmp_path):
    updated(tmp_path / "not" / "yet" / "there", FIRST)
    assert seen(tmp_path / "not" / "yet" / "there") == FIRST


def test_what_nobody_touched_is_renewed(folder):
    assert updated(folder, SECOND) == [f"{NAME}: updated"]
    assert seen(folder) == SECOND


def test_what_nobody_touched_is_renewed_at_every_update(folder):
    for edition in (SECOND, FIRST, SECOND):
        assert updated(folder, edition) == [f"{NAME}: updated"]
        assert seen(folder) == edition


def test_a_second_update_writes_nothing(folder):
    (folder / NAME).write_bytes(MINE)
    updated(folder, SECOND)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert updated(folder, SECOND) == []
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_my_notebook_is_merged_and_a_copy_from_before_is_kept(folder):
    (folder / NAME).write_bytes(MINE)
    lines = updated(folder, SECOND)
    result = sources(read_notebook((folder / NAME).read_bytes()))
    assert result[:3] == ["# Straight lines", "1", "return"]
    assert "...  # x" in result[3]
    assert (folder / BEFORE / NAME).read_bytes() == MINE
    assert lines[0] == f"{NAME}: updated"
    assert lines[1].startswith(
        "    “return”, under “Straight lines”: you and the course have changed it"
    )


@pytest.mark.parametrize("name", ["results.json", "images/a.png", "kernels/lines.py"])
def test_another_file_that_i_changed_stays(folder, name):
    (folder / name).write_bytes(b"mine")
    lines = updated(folder, SECOND)
    assert seen(folder) == SECOND | {name: b"mine"}
    assert f"{name}: yours is kept; delete it to get the course's" in lines


@pytest.mark.parametrize("name", FIRST)
def test_a_file_that_i_deleted_comes_back_fresh(folder, name):
    (folder / name).unlink()
    assert updated(folder, FIRST) == []
    assert seen(folder) == FIRST


def test_files_of_my_own_are_left_alone(folder):
    (folder / "mine.ipynb").write_bytes(b"{}")
    updated(folder, SECOND)
    assert seen(folder) == SECOND | {"mine.ipynb": b"{}"}


def test_a_notebook_of_that_name_that_is_not_the_courses_is_renamed(tmp_path):
    (tmp_path / NAME).write_bytes(MINE)
    lines = updated(tmp_path, FIRST)
    assert seen(tmp_path) == FIRST | {"01_lines-yours.ipynb": MINE}
    assert lines == [
        f"{NAME}: it could not be read as the course's; it is now 01_lines-yours.ipynb"
    ]


def test_a_renamed_notebook_never_overwrites_another(tmp_path):
    others = {"01_lines-yours.ipynb": b"a", "01_lines-yours-2.ipynb": b"b"}
    for name, content in others.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / NAME).write_bytes(MINE)
    updated(tmp_path, FIRST)
    assert seen(tmp_path) == FIRST | others | {"01_lines-yours-3.ipynb": MINE}


@pytest.mark.parametrize(
    "broken",
    [
        *(b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000, b'{"nbformat": 4}'),
        *(b'{"nbformat": 3, "cells": []}', b'{"nbformat": 4, "cells": [3]}'),
        b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}',
        b'{"nbformat": 4, "cells": [{"cell_type": "poem", "source": ""}]}',
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}',
    ],
    ids=range(12),
)
def test_a_notebook_that_cannot_be_read_is_set_aside(folder, broken):
    (folder / NAME).write_bytes(broken)
    (line,) = updated(folder, SECOND)
    assert seen(folder) == SECOND | {"01_lines-yours.ipynb": broken}
    assert "01_lines-yours.ipynb" in line


def test_a_folder_in_the_place_of_a_notebook_is_set_aside(folder):
    (folder / NAME).unlink()
    (folder / NAME).mkdir()
    updated(folder, SECOND)
    assert seen(folder) == SECOND
    assert (folder / "01_lines-yours.ipynb").is_dir()


@pytest.mark.parametrize("name", FIRST)
def test_without_its_pristine_copy_an_unchanged_file_is_still_the_courses(folder, name):
    (folder / PRISTINE / name).unlink()
    assert updated(folder, FIRST) == []
    assert seen(folder) == FIRST


def test_a_broken_pristine_copy_costs_a_new_name_only(folder):
    (folder / NAME).write_bytes(MINE)
    (folder / PRISTINE / NAME).write_bytes(b"{")
    updated(folder, SECOND)
    assert seen(folder) == SECOND | {"01_lines-yours.ipynb": MINE}


def test_a_broken_copy_from_before_costs_nothing(folder):
    (folder / BEFORE).mkdir()
    (folder / BEFORE / NAME).write_bytes(b"{")
    (folder / NAME).write_bytes(MINE)
    assert updated(folder, SECOND)[0] == f"{NAME}: updated"
    assert (folder / BEFORE / NAME).read_bytes() == MINE


def test_what_the_course_no_longer_has_goes_if_i_did_not_change_it(folder):
    assert updated(folder, {NAME: FIRST[NAME]}) == []
    assert seen(folder) == {NAME: FIRST[NAME]}


def test_what_the_course_no_longer_has_stays_if_i_changed_it(folder):
    (folder / NAME).write_bytes(MINE)
    rest = {name: FIRST[name] for name in FIRST if name != NAME}
    assert updated(folder, rest) == [f"{NAME}: the course no longer has it; yours stays"]
    assert updated(folder, rest) == []
    assert seen(folder) == rest | {NAME: MINE}
