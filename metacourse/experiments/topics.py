"""Which topic is it? Sentences by letters, by words, and by a frozen encoder (notebook 10b).

Nine topics are too few to learn across, so tasks differ in draws more than in topics: it shows what
pretraining on other data brings, and is no benchmark.
"""

from collections.abc import Iterator, Mapping, Sequence

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor

from metacourse import words
from metacourse.experiments.language_learners import ridge
from metacourse.experiments.languages import Learner, by_class
from metacourse.experiments.own_methods import nearest_mean
from metacourse.experiments.own_tasks import Outcome, answered, draw_tasks, judged
from metacourse.tasks.topics import FEWEST

SHOTS = 1, 5, 10
N_GRAMS, PENALTY = 4000, 1.0
N_TASKS = 300


def drawn(topics: Mapping[str, Sequence[str]], seed: int) -> list[str]:
    """Fifteen sentences of each topic, topic after topic."""
    generator = torch.Generator().manual_seed(seed)
    return [
        sentences[place]
        for sentences in topics.values()
        for place in torch.randperm(len(sentences), generator=generator)[:FEWEST].tolist()
    ]


def by_letters(sentences: Sequence[str]) -> Tensor:
    """tf-idf of n-grams, told by all sentences, whose topics it does not ask: (T, G)."""
    counts = words.count_vectors(sentences, words.vocabulary(sentences, N_GRAMS))
    return words.tf_idf(counts, words.inverse_document_frequency(counts))


def by_words(sentences: Sequence[str]) -> Tensor:
    """tf-idf of words and pairs of words: (T, G)."""
    found = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+").fit_transform(sentences)
    return torch.tensor(found.toarray(), dtype=torch.float32)


def outcomes(features: Mapping[str, Tensor], n_shot: int) -> Iterator[tuple[str, Outcome]]:
    """(name, outcome) of the nearest mean and a ridge on each kind of features, (T, D)."""
    for name, z in features.items():
        z = z.unflatten(0, (-1, FEWEST))
        tasks = draw_tasks(*z.shape[:2], n_way=5, n_shot=n_shot, n_tasks=N_TASKS)
        by_ridge = as_scores(ridge(lambda x: x, PENALTY))
        for how, scores in (("nearest mean", nearest_mean), ("ridge", by_ridge)):
            yield f"{name}, {how}", judged(answered(scores, z, tasks), tasks)


def as_scores(learner: Learner):
    """A learner of support sets that are sorted by class, for those that are not."""
    return lambda x, y, query: learner(by_class(x, y), query)
