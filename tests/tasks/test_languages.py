"""tasks.languages: words of a hundred languages."""

from collections import Counter
from itertools import combinations
from unicodedata import combining

import pytest

from metacourse.tasks import languages
from metacourse.tasks.languages import FAMILIES, FEWEST, load_languages
from metacourse.words import remove_shared_words


@pytest.fixture(scope="module")
def found():
    return load_languages()


def test_a_hundred_languages_have_sixty_words_of_their_own(found):
    own = remove_shared_words({name: language.words for name, language in found.items()})
    assert len(found) > 95
    assert min(map(len, own.values())) >= FEWEST


def test_words_are_small_latin_letters(found):
    for language in found.values():
        assert all(word == word.lower() and len(word) >= 3 for word in language.words)
    assert {"vereinigte", "staaten"} <= {*found["German"].words}
    assert "ngā" in found["Māori"].words


def test_words_come_as_often_as_they_stand_in_names_and_in_many_languages(found):
    assert Counter(found["German"].words)["und"] > 5
    assert sum("kanada" in language.words for language in found.values()) > 40


def test_no_two_lists_are_more_than_a_third_the_same_but_for_what_english_has_too(found):
    english = {*languages._words("en")}
    lists = [{*language.words} - english for language in found.values()]
    share = (len(a & b) / min(len(a), len(b)) for a, b in combinations(lists, 2))
    assert max(share) < 0.36


def test_a_letter_and_its_mark_as_two_signs_cut_a_word_and_of_aghem_a_quarter():
    said = " ".join(languages._names("agq", "languages").values()).split()
    said += " ".join(languages._names("agq", "territories").values()).split()
    cut = sum(any(map(combining, word)) for word in said) / len(said)
    assert 0.2 < cut < 0.3
    assert not any(combining(sign) for word in languages._words("agq") for sign in word)


def test_what_a_language_has_from_another_one_is_left_out():
    assert [*languages._words("ht")] == ["kreyòl", "ayisyen"]  # all the rest of it is French


def test_every_language_stands_in_one_family():
    codes = [code for codes in FAMILIES.values() for code in codes.split()]
    assert len(codes) == len({*codes})


def test_families_are_those_that_linguists_give(found):
    families = {"Swahili": "Bantu", "Finnish": "Uralic", "Welsh": "Celtic", "Hausa": "Chadic"}
    assert {name: found[name].family for name in families} == families


def test_a_language_that_an_older_babel_lacks_is_left_out():
    assert [*languages._words("no-such-code")] == []
