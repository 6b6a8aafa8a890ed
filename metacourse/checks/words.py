"""The exercises of notebook 10b, quizzes and predictions."""

from collections import Counter  # noqa: F401  (for the programs)
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator

from metacourse import words
from metacourse.checks.exercise import Exercise, gets_an_edge, whole_number

CHAPTER = "10b Words and pictures"
PREDICTIONS = ("five_words", "relatives", "topics")
QUIZZES = ("recall", "self_check")
LETTERS = "an"  # few, so that pieces stand more than once
COUNTRIES = """kanada suomi ruotsi perú norja bulgaria viro eire kuuba malta kreeta italia kiina
unkari ranska islanti togo"""


def text_case(generator: Generator) -> dict:
    """Eight to twelve letters and pieces of two or three; in one case of six a text that is too
    short for a single piece."""
    short = gets_an_edge(generator)
    length = 1 if short else whole_number(8, 12, generator)
    drawn = torch.randint(len(LETTERS), (length,), generator=generator)
    text = "".join(LETTERS[number] for number in drawn.tolist())
    return {"text": text, "n": 4 if short else whole_number(2, 3, generator)}


def of_a_short_text(case: dict) -> bool:
    return case["n"] == 4


def lists_case(generator: Generator) -> dict:
    """Three languages of six to ten words: two that two of them share, one that all do, some that
    stand twice in one; in one case of six a language has nothing of its own."""
    everywhere, one, two, *own = _mixed(COUNTRIES.split(), generator)
    lists = {
        "A": [everywhere, one, own[0], *own[:4]],
        "B": [everywhere, one, two, *own[4:9]],
        "C": [everywhere, two, two, own[9], own[9], *own[9:]],
    }
    if gets_an_edge(generator):
        lists["D"] = [two, everywhere]
    return {"words": {name: _mixed(of, generator) for name, of in lists.items()}}


def _mixed(of_language: list[str], generator: Generator) -> list[str]:
    order = torch.randperm(len(of_language), generator=generator).tolist()
    return [of_language[place] for place in order]


def has_nothing_of_its_own(case: dict) -> bool:
    return "D" in case["words"]


def facts_about_lists(clean: Callable, case: dict) -> Any:
    """What is left of each language, and whether it stands in the order in which it came."""
    given = case["words"]
    left = clean(given)
    if not (
        isinstance(left, Mapping)
        and left.keys() == given.keys()
        and all(map(_texts, left.values()))
    ):
        return left
    in_order = all(_stands_in(of_language, given[name]) for name, of_language in left.items())
    return {
        "words": {name: sorted(of) for name, of in left.items()},
        "in the order given": in_order,
    }


def _texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(word, str) for word in found)


def _stands_in(left: list[str], given: list[str]) -> bool:
    """Whether one list is the other with some left out."""
    rest = iter(given)
    return all(word in rest for word in left)


def counts_case(generator: Generator) -> dict:
    """Counts of five n-grams in two to four languages and of three questions, a prior, and what it
    counts; in one case of six with two tasks, and a language of which nothing is told."""
    n_ways, n_grams = whole_number(2, 4, generator), 5
    is_edge = gets_an_edge(generator)
    tasks = (2,) if is_edge else ()
    told = torch.randint(6, (*tasks, n_ways, n_grams), generator=generator).double()
    if is_edge:
        told[..., 0, :] = 0
    query = torch.randint(3, (*tasks, 3, n_grams), generator=generator).double()
    prior = 0.1 + torch.rand(n_grams, generator=generator, dtype=torch.float64)
    strength = 1.5 + 4 * torch.rand((), generator=generator, dtype=torch.float64).item()
    return {"told": told, "query": query, "prior": prior / prior.sum(), "strength": strength}


def has_two_tasks(case: dict) -> bool:
    return case["told"].dim() == 3


EXERCISES = {
    "ngram_counts": Exercise(words.ngram_counts, text_case, edge=of_a_short_text),
    "remove_shared_words": Exercise(
        words.remove_shared_words,
        lists_case,
        observe=facts_about_lists,
        edge=has_nothing_of_its_own,
    ),
    "naive_bayes_log_scores": Exercise(
        words.naive_bayes_log_scores, counts_case, edge=has_two_tasks
    ),
}
