"""What a notebook says to somebody who runs it, as its page says it to somebody who cannot."""

import re
from functools import cache

from metacourse.course.forms import STATEMENT
from metacourse.course.web import strings

NAMED = re.compile(r"`\w+`")  # what a capstone is about, if it has a check and so a form


def of_pages(text: str) -> str:
    """A text of a notebook in the words of its page."""
    for words, instead in changes():
        text = words.sub(lambda _, instead=instead: instead, text)
    return f"{text}\n\n{strings.load()['forms']['capstone']}" if is_open(text) else text


@cache
def changes() -> list[tuple[re.Pattern, str]]:
    """The words that are changed, however their lines are broken, and what stands instead."""
    return [
        (re.compile(r"\s+".join(map(re.escape, re.split(r"\s+", words)))), instead)
        for words, instead in strings.pages().items()
    ]


def is_open(text: str) -> bool:
    """Whether a text states a capstone that only a notebook can try."""
    found = STATEMENT.search(text)
    return bool(found) and found["title"] == "Capstone" and not NAMED.fullmatch(found["about"])
