"""The live picture of notebook 10b."""

import re

import pytest
import torch

from metacourse import words
from metacourse.experiments import languages
from metacourse.tasks.languages import load_languages
from metacourse.widgets.words import STRENGTHS, language_widget
from tests.widgets.sweep import sweep

NAMES = "German", "Italian", "Finnish", "Welsh", "Swahili"


@pytest.fixture(scope="module")
def five():
    return languages.five(languages.corpus(load_languages()), NAMES, "Portuguese")


@pytest.fixture(scope="module")
def made(five):
    return language_widget(five)


@pytest.fixture
def live(made):
    made.reset()
    return made


def answer(live):
    """The language that is named first, and how likely it is said to be."""
    name, share = re.search(r": (\w+) with (\d+)%, then", live.readout).groups()
    return name, int(share) / 100


def ask(live, question):
    live.controls["asked"].value = question


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_five_words_of_a_language_are_told_by_their_n_grams(live, five):
    for name in NAMES:
        ask(live, five.asked[f"five of {name}"])
        assert answer(live)[0] == name
    ask(live, five.asked["five of Swahili"])
    assert "“^ki”" in live.readout


def test_a_letter_typed_with_its_mark_as_two_signs_is_one_letter(live):
    live.controls["own"].value = "c\u0327a va"
    assert "each. ça, va:" in live.readout


def test_a_language_that_is_none_of_the_five_is_taken_for_one_of_them_but_less_surely(live, five):
    ask(live, five.asked["five of Portuguese, which is none of these"])
    name, share = answer(live)
    assert name in NAMES
    assert share < 0.9


def test_the_answer_is_naive_bayes_with_the_prior_of_other_languages(live, five):
    live.controls["own"].value = "kisiwa"
    grams = words.vocabulary(five.teach, languages.N_GRAMS)
    told = [words.count_vectors(of[:5], grams).sum(0) for of in five.told.values()]
    query = words.count_vectors(["kisiwa"], grams)
    prior = words.pooled_prior(words.count_vectors(five.teach, grams))
    strength = STRENGTHS["learned from others"]
    scores = words.naive_bayes_log_scores(torch.stack(told), query, prior, strength=strength)[0]
    expected = scores.softmax(0).max().item()
    assert answer(live) == (NAMES[scores.argmax()], pytest.approx(expected, abs=0.006))


def test_words_of_your_own_go_before_those_to_choose_from(live):
    live.controls["own"].value = "Schmetterling, Schule und Scheune"
    assert "each. schmetterling, schule, und, scheune: German" in live.readout


def test_more_told_words_make_surer(live, five):
    ask(live, five.asked["five of Finnish"])
    live.controls["n_told"].value = 1
    few = answer(live)
    live.controls["n_told"].value = 20
    assert few[0] != "Finnish" or few[1] < answer(live)[1]
    assert answer(live)[0] == "Finnish"


@pytest.mark.parametrize("typed", ["123", "?!", "_ _"])
def test_what_has_no_letters_is_answered_with_a_sentence(live, typed):
    live.controls["own"].value = typed
    assert live.readout == "Type some letters: words with a space between them."
    assert live.error is None


def test_long_and_foreign_texts_are_read(live):
    for typed in ("спасибо", "a" * 10_000, "ß ə ŋ’o", "漢字"):
        live.controls["own"].value = typed
        assert live.error is None
        assert " with " in live.readout


def test_nothing_that_teaches_is_asked_or_told(five):
    told = {word for of in five.told.values() for word in of}
    asked = {word for name in NAMES for word in five.asked[f"five of {name}"].split()}
    assert not told & asked
    assert not (told | asked) & {*five.teach}


def test_what_the_text_asks_for_is_recorded_without_what_is_typed(live):
    live.controls["own"].value = "kaffee"
    found = live.record()
    assert [control["name"] for control in found["controls"]] == ["asked", "n_told", "prior"]
    assert len(found["pictures"]) > 30
    live.reset()
