"""What the board takes for a message, and what it does not."""

import json

import pytest

from metacourse.course.classroom.messages import Check, Message, Vote, installed, read
from tests.course.classroom.small import COURSE, new_room

CHECK = {"person": 7, "exercise": "toy.step", "state": "failed", "mistakes": [2, 0]}
VOTE = {"person": 7, "prediction": "toy.side", "choice": 2}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"person": 7}, Message(7)),
        ({"person": 7, "left": True}, Message(7, left=True)),
        (CHECK, Message(7, Check("toy.step", "failed", frozenset({0, 2})))),
        (VOTE, Message(7, Vote("toy.side", 2))),
    ],
)
def test_what_kernels_send_is_understood(sent, message):
    assert read(json.dumps(sent).encode(), COURSE) == message


HOSTILE = [
    *(b"", b"{", b"\xff\xfe\x00", b"null", b"[]", b"7", b'"person"', b"NaN", b"[" * 100_000, b"{}"),
    *({"person": person} for person in (None, "7", 7.0, True, -1, 2**53, 10**300, [7], {"a": 1})),
    *({"person": 7, **more} for more in ({"name": "Ada"}, {"left": False}, {"code": "x"})),
    *(CHECK | {"exercise": name} for name in ("toy.none", "", None, 3, ["toy.step"], "toy.side")),
    *(CHECK | {"state": state} for state in ("perfect", "", None, 1, ["passed"])),
    *(
        CHECK | {"mistakes": m}
        for m in (None, 1, "01", {}, [3], [-1], [True], [0.0], [[0]], [None])
    ),
    *(
        VOTE | {"prediction": name}
        for name in ("toy.none", "", None, 3, {"toy.side": 1}, "toy.step")
    ),
    *(
        VOTE | {"choice": choice}
        for choice in (3, -1, 1.0, True, "1", None, [1], 10**300, float("nan"))
    ),
]


@pytest.mark.parametrize("sent", HOSTILE, ids=lambda sent: str(sent)[:70])
def test_anything_else_is_refused_and_counts_for_nobody(sent):
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    room = new_room()
    assert not room.take(body, "10.0.0.1")
    assert room.people == {}


def test_the_installed_course_has_sentences_and_answers():
    course = installed()
    assert "n_steps" in " ".join(course.exercises["linear_regression.adapt"])
    assert course.predictions["linear_regression.divergence"].answers[2] == "α = 2/λ"
