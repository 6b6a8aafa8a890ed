"""Words of a hundred languages that are written with Latin letters (notebook 10b).

The words in the names of countries and languages, as the Unicode consortium's CLDR has them and the
package babel brings them. Each is a word as it is written there, in small letters; one that stands
in several names is there several times, and many stand in several languages (Kanada in more than
fifty): `words.remove_shared_words` cleans that.

Of the languages that CLDR has, these are left out: those with fewer than 60 words of their own,
among them all that nobody has translated yet, most languages of the world, and English, whose words
stand in everybody's list; those written with other letters; invented ones; and of two whose lists
are more than a third the same, English words aside, one: some are relatives (Galician of Spanish),
some copies (Sena of Portuguese; a dozen languages of Kenya and Tanzania of each other). Creoles
stand with the language that most of their words are from.

A mark that stands behind its letter as a sign of its own (in Yoruba's ọ̀, or when İ is made small)
cuts a word: hardly any words, but a quarter of Aghem's, a fifth of Ewondo's and Nuer's.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from metacourse.words import remove_shared_words

FEWEST = 60  # words of its own that a language has
SHORTEST = 3  # letters
WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")  # letters, with an apostrophe inside
FAMILIES = {  # branches: what is near enough to be seen in spelling
    "Germanic": "en de nl af sv no is fo frr nds lb ksh wae pcm",
    "Romance": "fr es ca oc pt it fur lij vec scn sc rm ro la kea mfe",
    "Slavic": "pl cs sk sl hr hsb",
    "Baltic": "lt lv prg",
    "Celtic": "br cy ga gd",
    "Albanian": "sq",
    "Iranian": "ku",
    "Basque": "eu",
    "Uralic": "fi et hu se smn",
    "Turkic": "tr az tk",
    "Dravidian": "kxv",
    "Semitic": "mt",
    "Berber": "kab rif tzm",
    "Cushitic": "so om",
    "Chadic": "ha",
    "Bantu": "sw lg nyn rn rw xh nd ln lu bez lag sbp kde asa mer mgh nmg ewo bas ksf yav",
    "Grassfields": "agq",
    "Kwa": "ak ee gaa blo",
    "Volta–Niger": "yo ig",
    "Atlantic": "wo ff",
    "Mande": "bm",
    "Ubangian": "sg",
    "Adamawa": "mua",
    "Songhay": "khq",
    "Nilotic": "nus",
    "Khoe": "naq",
    "Austronesian": "id bew mg mi",
    "Austroasiatic": "vi",
    "Tai": "za",
    "Eskimo–Aleut": "kl",
    "Tupian": "yrl",
    "Jê": "kgp",
}


class Language(NamedTuple):
    """A language and its words."""

    family: str
    words: list[str]


def load_languages() -> dict[str, Language]:
    """Languages by their English names, with all words as they stand: half a second."""
    names = _names("en", "languages")
    found = {}
    for family, codes in FAMILIES.items():
        for code in codes.split():
            found[names.get(code, code)] = Language(family, [*_words(code)])
    own = remove_shared_words({name: language.words for name, language in found.items()})
    return {name: found[name] for name, words in own.items() if len(words) >= FEWEST}


def _words(code: str) -> Iterator[str]:
    """The words of all names that a language has of its own, with repetitions."""
    for part in ("territories", "languages"):
        for name in _names(code, part).values():
            for word in WORD.findall(name.lower()):
                if len(word) >= SHORTEST and _is_latin(word):
                    yield word


def _names(code: str, part: str) -> dict[str, str]:
    """What CLDR says itself; what a language has from another one is left out."""
    from babel import localedata

    if not localedata.exists(code):
        return {}
    names = dict(localedata.load(code, merge_inherited=False).get(part, {}))
    return {key: name for key, name in names.items() if isinstance(name, str)}


def _is_latin(word: str) -> bool:
    return all("LATIN" in unicodedata.name(letter, "") or letter in "'’ʼ" for letter in word)
