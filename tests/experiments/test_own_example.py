"""The folder of digits of notebook 10b."""

import pytest

from metacourse.experiments.own_example import baseline_outcomes, write_digits
from metacourse.tasks.folders import alarm, load_own


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "digits"
    write_digits(folder)
    return load_own(folder)


def test_all_ten_digits_are_classes_and_nothing_else_is(own):
    assert own.classes == [str(label) for label in range(10)]
    assert {place for places in own.splits.values() for place in places} == {*range(10)}


def test_what_happens_to_folders_is_found_and_told(own):
    said = " · ".join(own.findings)
    for part in ("3/notes.png", "4/copy of 00.png", "1/00.png = 7/looks like 7.png", "other"):
        assert part in said
    assert own.leaks == [("1/00.png", "7/looks like 7.png")]


def test_what_stood_in_two_classes_is_used_in_neither_so_the_alarm_is_silent(own):
    assert not {"1/00.png", "7/looks like 7.png"} & {e for of in own.examples for e in of}
    assert alarm(own) == []


def test_simple_methods_are_measured_on_the_same_tasks_and_beat_guessing(own):
    found = baseline_outcomes(own, 5)
    assert next(iter(found)) == "Pixels, nearest mean"
    assert len(found) == 4
    assert all(
        (one.classes == found["Pixels, nearest mean"].classes).all() for one in found.values()
    )
    assert all(one.right.mean() > 0.6 for one in found.values())
