"""Draw your own: answers are those of the kernel, files of strokes, and those who do not draw."""

import json
import math

import pytest
import torch

from metacourse.siamese import prototypes, prototypical_logits
from metacourse.tasks.framing import frame_strokes
from metacourse.widgets.letters import (
    INVENTED,
    LETTER_COLOURS,
    MOST_DRAWINGS,
    Letters,
    Map,
    another_hand,
    example_strokes,
    letters_widget,
    read_strokes,
)

CROSS = [[[0.2, 0.2], [0.8, 0.8]], [[0.8, 0.2], [0.2, 0.8]]]
BAR = [[[0.5, 0.1], [0.5, 0.9]]]
BOX = [[[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8], [0.2, 0.2]]]


def embed(images):
    """The ink of the 16 parts of an image, (n, 16)."""
    return torch.nn.functional.avg_pool2d(images[:, None] / 255, 7).flatten(1)


def framed(*drawings):
    return embed(torch.stack([frame_strokes(drawing) for drawing in drawings]))


@pytest.fixture
def empty():
    return letters_widget(embed)


@pytest.fixture
def three():
    """Letters 1 to 3 of 5 have a shot, the first has two; a question is on the pad."""
    widget = letters_widget(embed, strokes={"letters": {"1": [CROSS, BOX], "2": [BAR], "3": [BOX]}})
    widget.choose(5)
    widget.pad.strokes = BAR
    return widget


def submit(widget, drawing):
    widget.pad.receive({"submit": drawing})


# what is drawn -----------------------------------------------------------------------------------


def test_squares_and_shares_are_those_of_the_kernel(three):
    centres = prototypes(framed(CROSS, BOX, BAR, BOX), torch.tensor([0, 0, 1, 2]), 3)
    logits = prototypical_logits(framed(BAR), centres)[0]
    assert three.squares[:3] == pytest.approx((-logits).tolist(), abs=1e-5)
    assert three.shares[:3] == pytest.approx(logits.softmax(0).tolist(), abs=1e-5)
    assert sum(three.shares[:3]) == pytest.approx(1)
    assert three.nearest == 1


def test_shares_are_taken_at_the_temperature_that_the_embedding_was_trained_with():
    shots = {"letters": {"1": [CROSS], "2": [BAR]}}
    widget = letters_widget(embed, strokes=shots, temperature=4.0)
    widget.choose(5)
    widget.pad.strokes = BOX
    logits = prototypical_logits(framed(BOX), framed(CROSS, BAR))[0]
    assert widget.squares[:2] == pytest.approx((-logits).tolist(), abs=1e-5)
    assert widget.shares[:2] == pytest.approx((logits / 4).softmax(0).tolist(), abs=1e-5)


def test_letters_that_are_not_drawn_have_no_answer_and_are_named(three):
    assert three.squares[3:] == three.shares[3:] == [None, None]
    assert three.readout.endswith("Not drawn yet: letters 4 and 5.")
    submitted = three.board.view["squares"]
    assert json.loads(json.dumps(submitted, allow_nan=False)) == submitted


def test_a_question_that_equals_a_shot_has_distance_zero_and_no_minus(three):
    assert three.squares[1] == pytest.approx(0, abs=1e-5)
    assert "nearest is letter 2 (d² = 0.00" in three.readout.lower()


def test_with_one_letter_every_question_is_that_letter(empty):
    submit(empty, CROSS)
    empty.choose(5)
    empty.pad.strokes = BAR
    assert (empty.nearest, empty.shares[0]) == (0, 1.0)
    assert "the only one" in empty.readout


def test_a_question_without_letters_has_no_answer(empty):
    empty.choose(5)
    empty.pad.strokes = BAR
    assert (empty.nearest, empty.board.view["nearest"]) == (None, -1)
    assert "nothing to compare with yet" in empty.readout


def test_the_readout_says_what_to_do_next(empty):
    assert empty.readout.endswith("then press “Add to letter 1”.")
    empty.choose(2)
    assert empty.readout.endswith("then press “Add to letter 3”.")
    submit(empty, CROSS)
    assert empty.readout == "Draw letter 1, then press “Add to letter 1”."
    empty.choose(2)
    assert empty.readout.startswith("Choose the question, draw it")
    empty.choose(5)
    assert empty.readout.startswith("Draw a question")


def test_drawing_a_letter_does_not_change_the_question(three):
    before = three.squares
    three.choose(3)
    three.pad.strokes = CROSS
    assert three.squares == before


def test_a_first_shot_leads_to_the_next_letter_and_at_last_to_the_question(empty):
    places = []
    for drawing in (CROSS, BAR, BOX, INVENTED[0], INVENTED[1]):
        places.append(empty.chosen)
        submit(empty, drawing)
        assert empty.pad.strokes == []
    assert [*places, empty.chosen] == [0, 1, 2, 3, 4, 5]
    assert empty.pad.submit == "Keep question"


def test_a_second_shot_stays_with_its_letter_and_moves_the_prototype(three):
    three.choose(1)
    before = three.squares[1]
    submit(three, CROSS)
    assert (three.chosen, len(three.shots[1])) == (1, 2)
    assert three.squares[1] > before
    letter, *now_and_before = three.board.view["map"]["prototypes"][1]
    assert letter == 1
    assert now_and_before[:2] != now_and_before[2:]


def test_removing_the_last_shot_undoes_adding_it(three):
    before = three.squares, three.document()
    three.choose(1)
    submit(three, CROSS)
    three.receive({"do": "remove"})
    assert (three.squares, three.document()) == before


def test_the_only_shot_of_a_letter_can_be_removed(three):
    three.choose(2)
    three.remove_last_shot()
    three.remove_last_shot()
    assert three.squares[2] is None
    assert "letters 3, 4 and 5" in three.readout


def test_removing_while_the_question_is_chosen_does_nothing(three):
    three.remove_last_shot()
    assert [len(shots) for shots in three.shots] == [2, 1, 1, 0, 0]


def test_the_question_can_be_added_to_the_letter_that_it_is(three):
    three.choose(1)
    assert three.pad.strokes == BAR
    submit(three, three.pad.strokes)
    three.choose(5)
    assert three.pad.strokes == three.question == BAR


def test_handing_in_an_empty_pad_is_told(three):
    for place in (0, 5):
        three.choose(place)
        submit(three, [])
        assert three.readout.startswith("Nothing is drawn on the pad yet.")


def test_a_question_is_kept_once(three):
    submit(three, BAR)
    three.pad.strokes = BAR
    submit(three, BAR)
    assert three.questions == [BAR]


def test_what_has_no_room_is_told(three):
    three.shots[0] = [CROSS] * MOST_DRAWINGS
    three.questions = [BOX] * MOST_DRAWINGS
    submit(three, CROSS)
    assert "no room" in three.readout
    three.choose(0)
    submit(three, CROSS)
    assert f"Letter 1 has {MOST_DRAWINGS} shots" in three.readout


@pytest.mark.parametrize("place", [-1, 6, 10**9])
def test_a_place_that_is_none_is_refused(three, place):
    with pytest.raises(ValueError, match="chosen needs a place from 0 to 5"):
        three.choose(place)
    assert three.chosen == 5


@pytest.mark.parametrize("message", [{}, {"do": "nonsense"}, {"do": None}, {"other": 1}])
def test_other_messages_are_ignored(three, message):
    before = three.document()
    three.receive(message)
    assert three.document() == before


def test_starting_over_can_be_undone(three):
    before = three.document()
    assert not three.board.view["can_bring_back"]
    three.receive({"do": "restart"})
    assert (three.chosen, three.shots, three.question) == (0, [[]] * 5, [])
    assert three.board.view["can_bring_back"]
    three.receive({"do": "back"})
    assert three.document()["letters"] == before["letters"]
    assert BAR in three.document()["questions"]


def test_starting_over_twice_still_brings_the_drawings_back(three):
    before = three.document()["letters"]
    three.start_over()
    three.start_over()
    three.bring_back()
    assert three.document()["letters"] == before


# the map -----------------------------------------------------------------------------------------


def test_everything_on_the_map_lies_inside_it(three):
    view = three.board.view["map"]
    assert len(view["shots"]) == 4
    assert len(view["prototypes"]) == 3
    places = [*(s[1:] for s in view["shots"]), *(p[1:] for p in view["prototypes"])]
    assert all(0 <= v <= 1 for place in [*places, view["question"]] for v in place)


def test_the_map_of_points_in_a_plane_keeps_their_distances(generator):
    flat, _ = torch.linalg.qr(torch.randn(7, 2, generator=generator))
    points = torch.randn(6, 2, generator=generator)
    found = torch.tensor(Map(points @ flat.T).places(points @ flat.T))
    ratio = torch.pdist(found) / torch.pdist(points)
    torch.testing.assert_close(ratio, ratio[:1].expand_as(ratio), atol=1e-4, rtol=0)


def test_the_map_stays_as_it_was_when_a_shot_hardly_changes_it(generator):
    z = torch.randn(8, 12, generator=generator)
    first = Map(z)
    second = Map(torch.cat([z, z.mean(0, keepdim=True)]), first)
    torch.testing.assert_close(second.directions, first.directions, atol=1e-4, rtol=0)


@pytest.mark.parametrize("n_shots", [1, 2])
def test_the_map_of_equal_shots_is_one_place(n_shots):
    z = torch.ones(n_shots, 5)
    assert Map(z).places(z) == [[0.5, 0.5]] * n_shots


def test_the_map_stays_while_a_question_is_drawn(three):
    before = three.board.view["map"]
    three.pad.strokes = BOX
    after = three.board.view["map"]
    assert after["shots"] == before["shots"]
    assert after["question"] != before["question"]


# for those who do not draw -----------------------------------------------------------------------


def test_the_example_is_stepped_through_from_question_to_question(empty):
    empty.receive({"do": "example"})
    seen = [empty.readout]
    for _ in range(9):
        empty.receive({"do": "draw"})
        seen.append(empty.readout)
    assert [told.split(":")[0] for told in seen] == [f"Question {n} of 10" for n in range(1, 11)]
    empty.draw_for_me()
    assert empty.readout == seen[0]


@pytest.mark.parametrize("place", range(5))
def test_any_letter_can_be_drawn_for_the_learner(empty, place):
    empty.choose(place)
    empty.draw_for_me()
    submit(empty, empty.pad.strokes)
    first = empty.shots[place][0]
    empty.choose(place)
    empty.draw_for_me()
    assert len(empty.pad.strokes) == len(first)
    assert empty.pad.strokes != first


def test_a_question_is_drawn_although_there_are_no_letters(empty):
    empty.choose(5)
    empty.draw_for_me()
    assert empty.question


@pytest.mark.parametrize("letter", INVENTED)
def test_another_hand_draws_as_many_points_inside_the_pad(letter, generator):
    for _ in range(20):
        drawn = another_hand(letter, generator)
        assert [len(stroke) for stroke in drawn] == [len(stroke) for stroke in letter]
        assert all(0 <= v <= 1 for stroke in drawn for point in stroke for v in point)


def test_the_invented_letters_differ(generator):
    z = framed(*INVENTED)
    hands = framed(*(another_hand(letter, generator) for letter in INVENTED))
    assert (torch.cdist(hands, z).argmin(dim=1) == torch.arange(len(INVENTED))).sum() >= 6


# files -------------------------------------------------------------------------------------------


def test_a_file_gives_back_what_was_saved(three, tmp_path):
    three.save(tmp_path / "strokes.json")
    again = letters_widget(embed, strokes=str(tmp_path / "strokes.json"))
    assert again.document() == three.document()
    assert again.shots == three.shots


def test_a_file_of_all_letters_begins_with_its_first_question():
    widget = letters_widget(embed, strokes=example_strokes())
    assert (widget.chosen, widget.question) == (5, example_strokes()["questions"][0])
    assert widget.pad.strokes == widget.question
    assert widget.readout.startswith("Question 1 of 10")


def test_the_file_is_plain_json_and_may_lack_questions(tmp_path):
    (tmp_path / "strokes.json").write_text('{"letters": {"2": [[[[0, 0], [1, 1]]]]}}')
    letters, questions = read_strokes(tmp_path / "strokes.json", 3)
    assert (letters, questions) == ([[], [[[[0.0, 0.0], [1.0, 1.0]]]], []], [])


def test_what_is_given_is_not_changed_by_drawing():
    document = example_strokes()
    widget = letters_widget(embed, strokes=document)
    widget.choose(0)
    submit(widget, CROSS)
    assert document == example_strokes()


WRONG = {
    "a list": ([], "strokes needs"),
    "no letters": ({"questions": []}, "strokes needs"),
    "letters in a list": ({"letters": [[CROSS]]}, "strokes needs"),
    "another key": ({"letters": {}, "author": "me"}, "only, got 'author'"),
    "a sixth letter": ({"letters": {"6": [CROSS]}}, 'keys "1" … "5", got \'6\''),
    "a name": ({"letters": {"alpha": [CROSS]}}, "got 'alpha'"),
    "no list of drawings": ({"letters": {"1": 5}}, r'letters\["1"\] needs a list'),
    "strokes without a drawing": (
        {"letters": {"1": CROSS}},
        r'letters\["1"\]\[0\]\[0\]\[0\] needs',
    ),
    "an empty drawing": ({"letters": {"1": [[]]}}, r'letters\["1"\]\[0\] needs'),
    "not a number": ({"letters": {"2": [[[[0.5, math.nan]]]]}}, r'letters\["2"\]\[0\]\[0\]\[0\]'),
    "a wrong question": ({"letters": {}, "questions": [CROSS, [[]]]}, r"questions\[1\]\[0\] needs"),
    "too many": ({"letters": {"1": [CROSS] * (MOST_DRAWINGS + 1)}}, "at most 100 drawings"),
}


@pytest.mark.parametrize(("document", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_document_is_refused_and_said_where(document, message, tmp_path):
    path = tmp_path / "strokes.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=message):
        read_strokes(path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 10_000, b"PK\x03\x04"]
)
def test_a_file_that_is_no_json_is_refused_by_name(content, tmp_path):
    (tmp_path / "strokes.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"strokes\.json needs to be a JSON document"):
        read_strokes(tmp_path / "strokes.json")


def test_a_wrong_file_leaves_everything_as_it_was(three):
    before = three.document(), three.squares
    with pytest.raises(ValueError, match="strokes needs"):
        three.load({"letters": 3})
    assert (three.document(), three.squares) == before
    assert not three.board.view["can_bring_back"]


# the widget --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_way", [2, 7])
def test_the_number_of_letters_may_be_another(n_way):
    widget = letters_widget(embed, n_way=n_way)
    widget.load_example()
    assert len(widget.squares) == n_way
    assert None not in widget.squares
    assert len(widget.stand_in()["text/html"]) > 1000


@pytest.mark.parametrize("n_way", [1, 8, 0, 2.5, -5])
def test_a_number_of_letters_that_has_no_room_is_refused(n_way):
    with pytest.raises(ValueError, match="n_way needs a whole number from 2 to 7"):
        letters_widget(embed, n_way=n_way)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda images: images / 255, r"into \(n, D\)"),
        (lambda images: embed(images)[:1], r"into \(n, D\)"),
        (lambda images: embed(images)[:, :1], "D ≥ 2"),
        (lambda images: embed(images) * math.nan, "not finite"),
    ],
)
def test_an_embedding_that_cannot_be_used_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        letters_widget(wrong)


def test_an_embedding_with_gradients_is_no_trouble():
    weight = torch.ones(16, requires_grad=True)
    widget = letters_widget(lambda images: embed(images) * weight, strokes=example_strokes())
    assert widget.nearest is not None


def test_what_is_sent_to_the_browser_is_plain_json(three):
    for sent in (three.board.view, three.board.letters, three.pad.strokes):
        assert json.loads(json.dumps(sent, allow_nan=False)) == sent


def test_every_letter_has_a_colour_of_its_own():
    assert len({*LETTER_COLOURS}) == len(LETTER_COLOURS) == len(INVENTED)


def test_without_a_kernel_an_example_stands_where_nothing_is_drawn(empty):
    data = empty.stand_in()
    assert data["text/plain"].startswith("5 invented letters, a question, and its distances")
    assert "Run this cell to draw your own letters." in data["text/html"]
    assert data["text/html"].count("<img") == 1
    assert not any(empty.shots)


def test_without_a_kernel_what_is_drawn_stands_there(three):
    assert isinstance(three, Letters)
    assert three.readout in three.stand_in()["text/plain"]
