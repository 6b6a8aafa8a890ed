"""Texts cut for slides: what is shown of them, and in which pieces."""

import pytest

from metacourse.course.classroom.cut import LIMIT, blocks, chosen, pieces, words


def sentence(n):
    return "Some " + "long " * (n - 2) + "sentence."


def test_a_block_ends_at_an_empty_line_and_a_program_does_not():
    assert blocks("One.\n\n```\na\n\nb\n```\n\nTwo.") == ["One.", "```\na\n\nb\n```", "Two."]


def test_a_heading_and_a_list_are_blocks_also_without_an_empty_line():
    assert blocks("## Head\nYou can\n- read;\n- write.") == [
        "## Head",
        "You can",
        "- read;\n- write.",
    ]


@pytest.mark.parametrize(
    ("block", "count"),
    [
        ("three short words", 3),
        ("the rate $\\alpha h < 2$ is small", 5),
        ("$$\\theta' = \\theta - \\alpha g$$", 1),
        ("## A heading", 0),
        ("```\nx = 1\n```", 12),
    ],
)
def test_words_are_counted_as_they_are_read(block, count):
    assert words(block) == count


def test_pieces_fill_up_and_none_is_longer_than_a_slide():
    made = pieces([sentence(30), sentence(30), sentence(30)])
    assert [words(piece) for piece in made] == [60, 30]


def test_a_paragraph_is_divided_between_sentences():
    made = pieces([f"{sentence(40)} {sentence(40)}"])
    assert made == [sentence(40), sentence(40)]


def test_no_sentence_ends_in_a_formula_or_in_parentheses_or_at_a_name():
    first = sentence(50) + " It is $a. b$ as (see there. And here) Finn et al. 2017 say."
    assert pieces([f"{first} {sentence(40)}"]) == [first, sentence(40)]


def test_a_long_list_is_divided_between_its_items():
    items = [f"- {sentence(29)}" for _ in range(3)]
    assert pieces(["\n".join(items)]) == ["\n".join(items[:2]), items[2]]


def test_a_long_table_has_its_header_on_every_slide():
    rows = [f"| {sentence(30)} | x |" for _ in range(4)]
    made = pieces(["\n".join(["| what | how |", "|---|---|", *rows])])
    assert len(made) > 1
    assert all(piece.startswith("| what | how |\n|---|---|\n| Some") for piece in made)
    assert sum(piece.count("sentence.") for piece in made) == 4


def test_a_heading_is_never_alone():
    (first, _) = pieces(["## Head", "\n".join(f"- {sentence(40)}" for _ in range(2))])
    assert first == f"## Head\n\n- {sentence(40)}"


def test_what_leads_to_a_formula_stands_with_it():
    made = pieces([sentence(LIMIT - 5), "There the loss is", "```\na\nb\n```"])
    assert made[1] == "There the loss is\n\n```\na\nb\n```"


def test_of_running_text_the_beginning_is_shown_and_the_rest_is_said():
    assert chosen("One.\n\nTwo.\n\nThree.") == (["One."], ["Two.", "Three."])


@pytest.mark.parametrize(
    "block", ["$$L$$", "- item", "| a |\n|---|\n| b |", "Why?", "It is a **task**.", "### Head"]
)
def test_what_stands_out_is_shown(block):
    assert chosen(f"One.\n\nTwo.\n\n{block}") == (["One.", block], ["Two."])


def test_of_a_long_beginning_whole_sentences_are_shown():
    assert chosen(f"{sentence(50)} {sentence(50)}") == ([sentence(50)], [sentence(50)])
