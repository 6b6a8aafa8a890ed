"""A .quiz file: questions with their options, and the reason that each option is answered with.

quizzes/<chapter>.<quiz>.quiz:

    ? MAML's objective is …            a question; further lines, up to the first option, belong to
                                       it, and code stands between two lines of ```
    - the mean of the losses at θ      a wrong option, and under it, indented, why
        Nobody has adapted yet.
    + the mean of the losses at θ′     the right one
        The loss is taken after adaptation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("quizzes")


@dataclass(frozen=True)
class Option:
    """One answer of a question; `why` says why it is wrong (or right)."""

    text: str
    why: str = ""
    correct: bool = False


@dataclass(frozen=True)
class Question:
    """A question with one right option. In its text `words` are code, and lines between two lines
    of ``` are a program."""

    text: str
    options: tuple[Option, ...]


def load(name: str) -> tuple[Question, ...]:
    """The questions of a quiz, "chapter.name"."""
    return parse((FOLDER / f"{name}.quiz").read_text(encoding="utf-8"))


def parse(text: str) -> tuple[Question, ...]:
    """Read the form that stands at the top of this file."""
    return tuple(map(question, f"\n{text}".split("\n? ")[1:]))


def question(text: str) -> Question:
    asked, options = [], []
    for line in text.strip().splitlines():
        if line[:2] in ("+ ", "- ") and asked.count("```") % 2 == 0:
            options.append([line[2:], [], line[0] == "+"])
        elif options:
            options[-1][1].append(line.strip())
        else:
            asked.append(line)
    return Question(wrapped(asked), tuple(Option(t, " ".join(why), ok) for t, why, ok in options))


def wrapped(lines: list[str]) -> str:
    """The lines of a question, joined outside of code."""
    return "\n".join(pieces(lines)).strip()


def pieces(lines: list[str]) -> Iterator[str]:
    words, in_code = [], False
    for line in lines:
        if line == "```":
            if words:
                yield " ".join(words) + "\n"
            yield line
            in_code, words = not in_code, []
        elif in_code:
            yield line
        else:
            words.append(line)
    if words:
        yield " ".join(words)
