"""Where a class stands, read from what nbgrader leaves: counts, whatever the hand-ins hold."""

import json
import os

import pytest

from metacourse.checks import describe
from metacourse.checks.catalogue import find
from metacourse.checks.grading import BORROWED, GRADED
from metacourse.course.classroom.class_report import (
    NAMELESS,
    NO_ANSWER,
    assignments,
    in_order,
    sentence,
)
from metacourse.course.files import notebook_bytes
from tests.course.classroom.graded import error, failed, graded, hand_in, passed, shown
from tests.course.small import code, notebook, text

ADAPT = "linear_regression.adapt"
DEEP = b"[" * 700 + b"]" * 700


@pytest.fixture
def only(tmp_path):
    """The one exercise of the one assignment that is graded in `tmp_path`."""

    def read():
        ((_, exercise),) = assignments(tmp_path)[0].exercises.items()
        return exercise

    return read


def test_states_are_counted(tmp_path, only):
    cells = [passed(ADAPT)] * 2 + [failed(ADAPT, 0), graded(ADAPT, shown("unattempted"), error())]
    for learner, cell in enumerate(cells):
        hand_in(tmp_path, str(learner), text("a", "A"), cell, code("mine", "x = 1"))
    assert only().states == {"passed": 2, "failed": 1, "untouched": 1}
    assert assignments(tmp_path)[0].n_hand_ins == 4


def test_mistakes_are_counted_by_their_numbers_and_what_has_none_apart(tmp_path, only):
    for learner, mistakes in enumerate([(3,), (3, 1), ()]):
        hand_in(tmp_path, str(learner), failed(ADAPT, *mistakes))
    assert only().mistakes == {3: 2, 1: 1, None: 1}


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (describe.stopped({}, 10.0, 0.1).sentence, "stopped: it did not end in time"),
        (BORROWED.format(name="adapt"), "an answer that calls the course's own function"),
    ],
)
def test_what_has_no_end_or_is_borrowed_is_counted_by_its_kind(tmp_path, only, sentence, told):
    answer = graded("maml.inner_adapt", shown("failed", sentence=sentence), error())
    hand_in(tmp_path, "a", answer)
    assert only().mistakes == {told: 1}


def test_points_are_those_that_nbgrader_gives(tmp_path, only):
    part = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
    part |= {"data": {"text/plain": "2.5"}}
    for learner, cell in enumerate(
        [passed(ADAPT), failed(ADAPT, 0), graded(ADAPT, shown("failed", 0), part)]
    ):
        hand_in(tmp_path, str(learner), cell)
    assert (only().points, only().worth) == (12.5, 10)


@pytest.mark.parametrize(
    ("outputs", "why"),
    [
        ([error("SyntaxError")], "SyntaxError"),
        ([error("<b>Bold</b>")], "an error"),
        ([error("=1+1")], "an error"),
        ([], "nothing was shown"),
        ([shown("splendid"), error("NotPassed")], "NotPassed"),
        ([shown("passed", mistakes="all"), error("E")], "E"),
        ([shown("failed", mistakes=[True]), error("E")], "E"),
        ([shown("failed", mistakes=[1.5]), error("E")], "E"),
        ([shown("failed", mistakes=[1000]), error("E")], "E"),
        ([shown("failed", mistakes=[-1]), error("E")], "E"),
        ([{"output_type": "display_data", "metadata": {}, "data": {GRADED: "x"}}, error("E")], "E"),
        ([{"output_type": "display_data", "metadata": {}, "data": {"a/b": 1}}, error("E")], "E"),
        ([{"output_type": "stream", "name": "stdout", "text": "✓ Passed"}, error("E")], "E"),
    ],
)
def test_what_shows_no_result_is_no_answer_with_the_name_of_the_error(tmp_path, only, outputs, why):
    hand_in(tmp_path, "ann", graded(ADAPT, *outputs))
    assert only().states == {NO_ANSWER: 1}
    assert only().why == {why: 1}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{not json",
        b"[1, 2]",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"nbformat": 3, "cells": []}).encode(),
        json.dumps({"nbformat": 4, "cells": [{"cell_type": "code"}]}).encode(),
        notebook_bytes(notebook(code("a", "x") | {"metadata": ["nbgrader"]})),
        notebook_bytes(notebook(graded(ADAPT) | {"outputs": 5})),
        notebook_bytes(notebook(graded(ADAPT) | {"outputs": [{"output_type": "error"}, 7]})),
        notebook_bytes(notebook(graded(ADAPT, {"data": "DEEP"}))).replace(b'"DEEP"', DEEP),
        notebook_bytes(notebook(graded(ADAPT, points=float("nan")))),
        notebook_bytes(notebook(graded(ADAPT, points="many"))),
        notebook_bytes(notebook(graded(ADAPT, shown("passed"), points=10**400))),
        notebook_bytes(notebook(graded(ADAPT) | {"metadata": {"nbgrader": {"grade": True}}})),
    ],
)
def test_a_broken_notebook_is_named_and_the_others_are_counted(tmp_path, only, broken):
    hand_in(tmp_path, "ann", passed(ADAPT))
    path = hand_in(tmp_path, "bob")
    path.write_bytes(broken)
    assert assignments(tmp_path)[0].unreadable == [path]
    assert only().states == {"passed": 1}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without pipes in folders")
def test_a_pipe_in_the_place_of_a_notebook_is_not_waited_for(tmp_path, only):
    hand_in(tmp_path, "ann", passed(ADAPT))
    path = hand_in(tmp_path, "bob")
    path.unlink()
    os.mkfifo(path)
    assert assignments(tmp_path)[0].unreadable == [path]
    assert only().states == {"passed": 1}


def test_a_hand_in_that_nbgrader_gave_up_is_counted_as_ungraded(tmp_path):
    hand_in(tmp_path, "ann", passed(ADAPT))
    hand_in(tmp_path, "bob", passed(ADAPT)).unlink()
    (found,) = assignments(tmp_path)
    assert (found.n_hand_ins, found.n_ungraded) == (1, 1)


def test_each_assignment_is_counted_alone(tmp_path):
    hand_in(tmp_path, "ann", passed(ADAPT), assignment="hw2")
    hand_in(tmp_path, "ann", failed(ADAPT), assignment="hw1")
    states = {each.name: each.exercises[ADAPT].states for each in assignments(tmp_path)}
    assert states == {"hw1": {"failed": 1}, "hw2": {"passed": 1}}


def test_a_folder_without_an_assignment_is_told_which_command_makes_one(tmp_path):
    with pytest.raises(OSError, match="`metacourse assignment` makes one"):
        assignments(tmp_path)


def test_without_hand_ins_the_command_that_collects_them_is_told(tmp_path):
    (tmp_path / "source" / "hw1").mkdir(parents=True)
    with pytest.raises(OSError, match="call `nbgrader collect hw1`"):
        assignments(tmp_path)


def test_with_hand_ins_the_command_that_grades_them_is_told(tmp_path):
    hand_in(tmp_path, "ann", passed(ADAPT)).unlink()
    with pytest.raises(OSError, match="call `nbgrader autograde hw1`"):
        assignments(tmp_path)


def test_a_mistake_is_told_by_the_sentence_of_the_course():
    assert sentence(ADAPT, 0) == find("EXERCISES", ADAPT).text.slips[0].why
    assert sentence(ADAPT, None) == NAMELESS


@pytest.mark.parametrize(("name", "number"), [(ADAPT, 10_000), (ADAPT, -1), ("later.one", 0)])
def test_a_mistake_of_another_version_has_a_sentence_too(name, number):
    assert "does not name" in sentence(name, number)


def test_exercises_are_in_the_order_of_the_course_and_others_last():
    names = ["maml.inner_adapt", "a.new_one", ADAPT, "concepts.sample_episode"]
    assert in_order(names) == [names[3], ADAPT, names[0], "a.new_one"]
