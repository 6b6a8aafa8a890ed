"""Notebook 10b: learners of a language by the number of words told, three draws, in each of which
every language is new once; the same with whole families new; what relatives among those who teach
are worth; what shared words do; who is left out; and topics, on data of the extra `topics`."""

from collections.abc import Iterator

import torch

from benchmarks.seeds import with_interval
from metacourse.experiments import language_learners as learners
from metacourse.experiments import languages, topics
from metacourse.experiments.own_tasks import Outcome
from metacourse.seeds import Run
from metacourse.tasks.languages import load_languages
from metacourse.tasks.topics import encode, load_encoder, load_topics

SEEDS = range(3)
PARTS = range(languages.N_PARTS)
REFERENCE = "naive Bayes, learned prior"
LETTERS = "letters, nearest mean"  # the simplest for topics
FEW = "tf-idf, nearest mean", REFERENCE, "weights, meta-learned"
ASKED_OF = "tf-idf, nearest mean", REFERENCE, "naive Bayes, meta-learned"


def runs() -> Iterator[Run]:
    found = load_languages()
    yield from the_data(found)
    yield from words_told(found, by_family=False)
    yield from words_told(found, by_family=True)
    yield from relatives(found)
    yield from shared_words(found)
    yield from topics_told()


def the_data(found) -> Iterator[Run]:
    words = {name: language.words for name, language in found.items()}
    own = languages.kernels.remove_shared_words(words)
    told = {
        "languages": len(found),
        "families": len({language.family for language in found.values()}),
        "words as they stand": sum(map(len, words.values())),
        "words, each once in a language": sum(len({*of}) for of in words.values()),
        "words of one language alone": sum(map(len, own.values())),
    }
    for name, value in told.items():
        yield Run("CLDR", name, 0, value)


def words_told(found, *, by_family: bool) -> Iterator[Run]:
    """All learners, with 1, 5 and 20 words told."""
    before = "by family, " if by_family else ""
    outcomes, parts, rights, asked = {}, [], [], {}
    for seed, part, split, counted in every_third(found, by_family):
        parts.append(split)
        for name, n_shot, choice, learner in taught(counted, seed):
            tasks = languages.draw(counted.test, n_shot)
            logits = languages.logits_of(learner, counted.test, tasks)
            outcomes.setdefault((n_shot, name), []).append(languages.judged(logits, tasks))
            if choice:
                what = f"{before}{n_shot} words, chosen, third {part}"
                yield Run(what, f"{name}: {choice}", seed, 1)
            if n_shot == 5 and name in ASKED_OF:
                for n in languages.ASKED:
                    together = languages.asked_together(logits, tasks, n)
                    asked.setdefault((name, n), []).append(together)
            if (n_shot, name) == (5, REFERENCE):
                rights.append((split.test, languages.right_by_language(logits, tasks)))
    yield from accuracies(before, outcomes, parts)
    if not by_family:
        yield from one_by_one([*found], rights)
        for (name, n), values in asked.items():
            yield from with_interval(f"5 words, {n} asked: accuracy", name, torch.cat(values))


def every_third(found, by_family: bool) -> Iterator[tuple]:
    """(seed, third, split, counts): every third is new in every draw."""
    for seed in SEEDS:
        corpus = languages.corpus(found, seed)
        units = corpus.families if by_family else range(len(corpus.names))
        for part in PARTS:
            split = languages.split(units, part, seed)
            yield seed, part, split, languages.counted(corpus, split)


def taught(counted, seed) -> Iterator[tuple]:
    """(name, n_shot, what was chosen, learner)."""
    for n_shot in languages.SHOTS:
        for name, choice, learner in learners.simple(counted, n_shot):
            yield name, n_shot, choice, learner
    for name, choice, learner in learners.tuned(counted, seed):
        for n_shot in languages.SHOTS:
            yield name, n_shot, choice, learner


def accuracies(before: str, outcomes: dict, parts: list) -> Iterator[Run]:
    """Means with intervals over languages and over tasks; by draw; and less the reference."""
    for (n_shot, name), of_splits in outcomes.items():
        what = f"{before}{n_shot} words: accuracy"
        together = languages.joined(of_splits, parts)
        yield from over_both(what, name, together)
        for seed in SEEDS:
            drawn = torch.cat([one.right for one in of_splits[len(PARTS) * seed :][: len(PARTS)]])
            yield Run(f"{what}, by draw", name, seed, drawn.mean().item())
        reference = languages.joined(outcomes[n_shot, REFERENCE], parts)
        less = together.less(reference)
        yield from over_both(f"{what} less naive Bayes, learned prior", name, less)


def over_both(what: str, name: str, outcome: Outcome) -> Iterator[Run]:
    yield Run(what, name, 0, outcome.right.mean().item())
    yield Run(f"{what}, ±", name, 0, outcome.over_classes())
    yield Run(f"{what}, ± over tasks", name, 0, outcome.over_tasks().half_width)


def one_by_one(names: list[str], rights: list) -> Iterator[Run]:
    """Each language by itself, with five words told: the mean over the draws."""
    of: dict[int, list] = {}
    for test, right in rights:
        for number, value in zip(test, right.tolist(), strict=True):
            of.setdefault(number, []).append(value)
    for number in sorted(of, key=lambda n: -sum(of[n]) / len(of[n])):
        mean = sum(of[number]) / len(of[number])
        yield Run("5 words, a language: share of its words told right", names[number], 0, mean)


def relatives(found) -> Iterator[Run]:
    """The same new languages; teachers with and without their relatives, as many."""
    outcomes: dict[tuple, list] = {}
    parts: list[list] = [[], []]
    for seed in SEEDS:
        corpus = languages.corpus(found, seed)
        for part in PARTS:
            for which, split in enumerate(languages.without_relatives(corpus, part, seed)):
                parts[which].append(split)
                counted = languages.counted(corpus, split)
                for name, learner in of_few(counted, seed):
                    outcome = languages.judge(learner, counted.test, 5)
                    outcomes.setdefault((name, which), []).append(outcome)
    for name in FEW:
        there, gone = (languages.joined(outcomes[name, n], parts[n]) for n in range(2))
        yield from over_both("relatives teach, 5 words: accuracy", name, there)
        yield from over_both("no relatives teach, 5 words: accuracy", name, gone)
        yield from over_both(
            "relatives teach, 5 words: accuracy less without", name, there.less(gone)
        )


def of_few(counted, seed: int) -> Iterator[tuple]:
    for name, _, learner in learners.simple(counted, 5):
        if name in FEW:
            yield name, learner
    for name, (scores, params) in learners.starts(counted, seed).items():
        if name in FEW:
            found = learners.meta_learn(scores, params, counted.train, lr=0.03, seed=seed)
            yield name, learners.learned(scores, found)


def shared_words(found) -> Iterator[Run]:
    """The same languages with their words as they stand, repeated and in several languages; with
    each once in a language; and cleaned."""
    ways = {"as they stand": dict, "each once": languages.each_once}
    ways["cleaned"] = languages.kernels.remove_shared_words
    for how, clean in ways.items():
        outcomes: dict[str, list] = {}
        parts = []
        for seed in SEEDS:
            corpus = languages.corpus(found, seed, clean=clean)
            for part in PARTS:
                parts.append(languages.split(range(len(corpus.names)), part, seed))
                counted = languages.counted(corpus, parts[-1])
                for name, _, learner in learners.simple(counted, 5):
                    if name in FEW:
                        found_here = languages.judge(learner, counted.test, 5)
                        outcomes.setdefault(name, []).append(found_here)
        for name, of_splits in outcomes.items():
            together = languages.joined(of_splits, parts)
            yield from over_both(f"5 words, {how}: accuracy", name, together)


def topics_told() -> Iterator[Run]:
    found = load_topics()
    yield Run("topics", "topics", 0, len(found))
    yield Run("topics", "sentences", 0, sum(map(len, found.values())))
    encoder = load_encoder()
    outcomes: dict[tuple, list] = {}
    for seed in SEEDS:
        sentences = topics.drawn(found, seed)
        features = {
            "letters": topics.by_letters(sentences),
            "words": topics.by_words(sentences),
            "frozen encoder": encode(encoder, sentences),
        }
        for n_shot in topics.SHOTS:
            for name, outcome in topics.outcomes(features, n_shot):
                outcomes.setdefault((n_shot, name), []).append(outcome)
    together = {
        key: Outcome(*(torch.cat(parts) for parts in zip(*drawn, strict=True)))
        for key, drawn in outcomes.items()
    }
    for (n_shot, name), outcome in together.items():
        what = f"topics, {n_shot} sentences: accuracy"
        yield from over_both(what, name, outcome)
        less = outcome.less(together[n_shot, LETTERS])
        yield from over_both(f"{what} less letters, nearest mean", name, less)
