"""The pad: what it accepts as a drawing, handing in, and what stands there without a kernel."""

import json
import math

import pytest
import traitlets

from metacourse.widgets.pad import MOST_POINTS, Pad, check_drawing

CROSS = [[[0.2, 0.2], [0.8, 0.8]], [[0.8, 0.2], [0.2, 0.8]]]
DOT = [[[0.5, 0.5]]]
WRONG = {
    "no list": ("a drawing", r"strokes needs a list of one or more strokes, got 'a drawing'"),
    "no strokes": ([], "strokes needs a list of one or more strokes"),
    "a stroke without points": ([[[0, 0]], []], r"strokes\[1\] needs a list of one or more points"),
    "a stroke that is a number": ([3], r"strokes\[0\] needs a list of one or more points, got 3"),
    "a dict": ({"0": []}, "strokes needs a list"),
    "three numbers": ([[[0, 0], [0, 0, 0]]], r"strokes\[0\]\[1\] needs two numbers"),
    "one number": ([[[0]]], r"strokes\[0\]\[0\] needs two numbers, x and y, got \[0\]"),
    "text": ([[["0", "1"]]], "needs two numbers"),
    "truth": ([[[True, False]]], "needs two numbers"),
    "nothing": ([[[None, 0.5]]], "needs two numbers"),
    "a complex number": ([[[1j, 0.5]]], "needs two numbers"),
    "not a number": ([[[0.5, math.nan]]], "needs x and y from 0 to 1"),
    "infinity": ([[[math.inf, 0.5]]], "needs x and y from 0 to 1"),
    "left of the pad": ([[[-0.01, 0.5]]], "needs x and y from 0 to 1"),
    "below the pad": ([[[0.5, 1.01]]], "needs x and y from 0 to 1"),
    "a huge number": ([[[10**400, 0.5]]], "needs x and y from 0 to 1"),
    "too many points": ([[[0.5, 0.5]] * (MOST_POINTS + 1)], f"at most {MOST_POINTS} points"),
}


@pytest.mark.parametrize(("drawing", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_drawing_is_refused_and_said_why(drawing, message):
    with pytest.raises(ValueError, match=message):
        check_drawing(drawing)


@pytest.mark.parametrize("drawing", [drawing for drawing, _ in WRONG.values() if drawing])
def test_the_pad_keeps_what_it_has_when_it_gets_no_drawing(drawing):
    pad = Pad(CROSS)
    with pytest.raises((ValueError, traitlets.TraitError)):
        pad.strokes = drawing
    assert pad.strokes == CROSS


def test_messages_are_short():
    with pytest.raises(ValueError, match="needs two numbers") as error:
        check_drawing([[["x" * 10_000, 0]]])
    assert len(str(error.value)) < 150


@pytest.mark.parametrize("drawing", [CROSS, DOT, [[(0, 0), (1, 1)]], ([(0.1, 0.2)],)])
def test_drawings_become_lists_of_floats(drawing):
    found = check_drawing(drawing)
    assert json.loads(json.dumps(found)) == found
    assert all(isinstance(v, float) for stroke in found for point in stroke for v in point)


def test_changing_strokes_can_be_observed_and_no_strokes_are_an_empty_pad():
    pad, seen = Pad(), []
    pad.observe(lambda change: seen.append(change.new), "strokes")
    pad.strokes = CROSS
    pad.strokes = []
    assert seen == [CROSS, []]


def test_a_drawing_that_is_handed_in_arrives_and_leaves_an_empty_pad():
    pad, seen = Pad(DOT, submit="Add"), []
    pad.on_submit(lambda strokes: seen.append((strokes, pad.strokes)))
    pad.receive({"submit": CROSS})
    assert seen == [(CROSS, [])]


def test_an_empty_pad_may_be_handed_in():
    pad, seen = Pad(submit="Add"), []
    pad.on_submit(seen.append)
    pad.receive({"submit": []})
    assert seen == [[]]


def test_other_messages_are_ignored():
    pad, seen = Pad(CROSS), []
    pad.on_submit(seen.append)
    pad.receive({"hello": 1})
    assert (seen, pad.strokes) == ([], CROSS)


def test_the_browser_is_not_told_what_it_has_just_said():
    assert Pad().trait_metadata("strokes", "echo_update") is False


@pytest.mark.parametrize("drawing", [[], DOT, CROSS])
def test_without_a_kernel_a_picture_with_alt_text_stands_there(drawing):
    data, _ = Pad(drawing)._repr_mimebundle_()
    assert data["text/plain"] == f"Pad to draw on, with {len(drawing)} strokes."
    assert data["text/html"].count("<img") == 1
