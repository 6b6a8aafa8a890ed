"""Name that language: tasks of five languages, each with a few words to learn from (notebook 10b).

Shapes: L languages, 60 words each, G n-grams, B tasks, N ways, K words told of a language, Q asked.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse import words as kernels
from metacourse.experiments.own_tasks import Outcome, Tasks, answered, draw_tasks, judged
from metacourse.tasks.languages import FEWEST, Language

N_GRAMS, N_WAY = 2000, 5  # of 1000, 2000, 4000 and 8000 n-grams 2000 are nearly as good as 8000
N_PARTS, N_VALIDATION = 3, 15  # a third of the languages is new; so many of the others choose
N_TASKS = 200
SHOTS = 1, 5, 20
ASKED = 1, 2, 5  # words of one language that are asked together

Learner = Callable[[Tensor, Tensor], Tensor]  # support (B, N, K, G), query (B, Q, G) → (B, Q, N)


class Corpus(NamedTuple):
    """Languages with as many words each."""

    names: list[str]
    families: list[str]
    words: list[list[str]]


class Split(NamedTuple):
    """The numbers of the languages that teach, that choose, and that are new."""

    train: list[int]
    validation: list[int]
    test: list[int]


class Counted(NamedTuple):
    """The words of a split as counts of the n-grams that those have which teach."""

    grams: list[str]
    train: Tensor  # (L, 60, G)
    validation: Tensor
    test: Tensor


Words = Mapping[str, Sequence[str]]


def corpus(
    languages: Mapping[str, Language],
    seed: int = 0,
    *,
    clean: Callable[[Words], Words] = kernels.remove_shared_words,
) -> Corpus:
    """Draw 60 words of each language, cleaned first."""
    found = clean({name: language.words for name, language in languages.items()})
    generator = torch.Generator().manual_seed(seed)
    drawn = [_draw(of_language, generator) for of_language in found.values()]
    return Corpus([*found], [language.family for language in languages.values()], drawn)


def each_once(words: Words) -> Words:
    """Every word once in its language; it may stand in others."""
    return {name: [*dict.fromkeys(of_language)] for name, of_language in words.items()}


def _draw(of_language: Sequence[str], generator: torch.Generator) -> list[str]:
    places = torch.randperm(len(of_language), generator=generator)[:FEWEST]
    return [of_language[place] for place in places]


def split(units: Sequence, part: int = 0, seed: int = 0) -> Split:
    """Cut languages into thirds, of which one is new; a unit is never in two parts.

    units: of each language what it belongs to: itself, or its family. The largest unit goes where
    the fewest languages are, and so on; of the other thirds units drawn at random choose, as many
    as find room, and the others teach.
    """
    found = [*dict.fromkeys(units)]
    order = torch.randperm(len(found), generator=torch.Generator().manual_seed(seed)).tolist()
    members = [[n for n, unit in enumerate(units) if unit == found[place]] for place in order]
    thirds: list[list[list[int]]] = [[] for _ in range(N_PARTS)]
    for unit in sorted(members, key=len, reverse=True):
        min(thirds, key=lambda third: sum(map(len, third))).append(unit)
    train, validation = [], []
    test = [number for unit in thirds[part] for number in unit]
    for unit in members:
        if unit[0] not in test:
            fits = len(validation) + len(unit) <= N_VALIDATION
            (validation if fits else train).extend(unit)
    return Split(train, validation, test)


def without_relatives(corpus: Corpus, part: int, seed: int = 0) -> tuple[Split, Split]:
    """Two splits with the same new languages and as many that teach: in one every second language
    of their families teaches, in the other no language of these."""
    strict = split(corpus.families, part, seed)
    of_family: dict[str, list[int]] = {}
    for number in strict.test:
        of_family.setdefault(corpus.families[number], []).append(number)
    new = [number for members in of_family.values() for number in members[::2]]
    relatives = [number for members in of_family.values() for number in members[1::2]]
    strict = strict._replace(test=new)
    return strict._replace(train=relatives + strict.train[len(relatives) :]), strict


def counted(corpus: Corpus, parts: Split, n_grams: int = N_GRAMS) -> Counted:
    """Count n-grams: those that stand in most words of the languages that teach."""
    taught = (word for place in parts.train for word in corpus.words[place])
    grams = kernels.vocabulary(taught, n_grams)
    return Counted(grams, *(_counts(corpus, places, grams) for places in parts))


def _counts(corpus: Corpus, places: list[int], grams: list[str]) -> Tensor:
    of_part = [word for place in places for word in corpus.words[place]]
    return kernels.count_vectors(of_part, grams).unflatten(0, (len(places), -1))


def judge(
    learner: Learner, x: Tensor, n_shot: int, *, n_tasks: int = 300, seed: int = 0
) -> Outcome:
    """How often a learner is right on tasks of some languages, the same for every learner: x
    (L, 60, G)."""
    tasks = draw(x, n_shot, n_tasks=n_tasks, seed=seed)
    return judged(logits_of(learner, x, tasks), tasks)


def draw(x: Tensor, n_shot: int, *, n_tasks: int = N_TASKS, seed: int = 0) -> Tasks:
    sizes = {"n_way": N_WAY, "n_shot": n_shot, "n_tasks": n_tasks, "seed": seed}
    return draw_tasks(*x.shape[:2], **sizes)


def logits_of(learner: Learner, x: Tensor, tasks: Tasks) -> Tensor:
    """What a learner says to each question: (B, N·Q, N)."""

    def scores(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        return learner(by_class(x_support, y_support), x_query)

    return answered(scores, x, tasks)


def by_class(x: Tensor, y: Tensor, n_way: int = N_WAY) -> Tensor:
    """Sort what stands in random order: x (B, N·M, …), y (B, N·M) → (B, N, M, …)."""
    rows = torch.arange(len(x))[:, None]
    return x[rows, y.argsort(dim=1, stable=True)].unflatten(1, (n_way, -1))


def asked_together(logits: Tensor, tasks: Tasks, n_words: int) -> Tensor:
    """The share of right answers in each task if n words of a language are asked at once, their
    scores added: logits (B, N·Q, N) → (B,)."""
    of_language = by_class(logits, tasks.places.y_query)  # (B, N, Q, N)
    groups = of_language.unflatten(2, (-1, n_words)).sum(3)
    right = groups.argmax(-1) == torch.arange(N_WAY)[:, None]
    return right.double().mean((1, 2))


def joined(outcomes: Sequence[Outcome], parts: Sequence[Split]) -> Outcome:
    """The outcome on the tasks of several splits, each with other new languages."""
    classes = [
        torch.tensor(split.test)[outcome.classes]
        for outcome, split in zip(outcomes, parts, strict=True)
    ]
    right, change = (torch.cat([each[i] for each in outcomes]) for i in range(2))
    return Outcome(right, change, torch.cat(classes))


def right_by_language(logits: Tensor, tasks: Tasks) -> Tensor:
    """The share of a language's words that are told right, over all its tasks: (B, N·Q, N) →
    (L,)."""
    right = by_class((logits.argmax(-1) == tasks.places.y_query).double(), tasks.places.y_query)
    classes = tasks.classes.flatten()
    n = classes.bincount()
    return torch.zeros(len(n)).double().index_add(0, classes, right.mean(2).flatten()) / n


class Five(NamedTuple):
    """Five languages to choose from, with words; and what is asked."""

    told: dict[str, list[str]]  # twenty words each
    teach: list[str]  # the words of all other languages
    asked: dict[str, str]  # questions by name, words with a space between them


def five(corpus: Corpus, names: Sequence[str], other: str) -> Five:
    """Five languages, with five more words of each for a question, five words of another language,
    and five of one that does not exist."""
    words = dict(zip(corpus.names, corpus.words, strict=True))
    told = {name: words[name][:20] for name in names}
    asked = {f"five of {name}": " ".join(words[name][20:25]) for name in names}
    asked[f"five of {other}, which is none of these"] = " ".join(words[other][:5])
    asked["five of nowhere"] = "ellonwen duskara vimpelto krazhnik oomahu"
    teach = [word for name in corpus.names if name not in told for word in words[name]]
    return Five(told, teach, asked)
