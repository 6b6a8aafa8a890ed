"""Which topic is it? Sentences drawn, features of them, and learners."""

import pytest
import torch

from metacourse.experiments import topics
from metacourse.tasks.topics import FEWEST

NAMES = "chess", "tea", "rain", "trains", "bread", "stars"


@pytest.fixture
def found():
    """Topics that have a word of their own in every sentence."""
    return {
        name: [f"{name} {verb} {thing}" for verb in ("is", "was", "has") for thing in "abcdefg"]
        for name in NAMES
    }


def test_of_each_topic_fifteen_different_sentences_are_drawn(found):
    drawn = topics.drawn(found, seed=0)
    assert len({*drawn}) == FEWEST * len(NAMES)
    for place, name in enumerate(NAMES):
        of_topic = drawn[FEWEST * place : FEWEST * (place + 1)]
        assert all(sentence.startswith(name) for sentence in of_topic)
    assert drawn != topics.drawn(found, seed=1)


def test_words_are_weighed_by_how_few_sentences_have_them():
    z = topics.by_words(["a train", "a star", "a star"])
    assert z.shape == (3, 5)  # a, train, star, and two pairs
    torch.testing.assert_close(z.norm(dim=-1), torch.ones(3))
    torch.testing.assert_close(z[1], z[2])


@pytest.mark.parametrize("features", [topics.by_letters, topics.by_words])
def test_topics_with_a_word_of_their_own_are_told_right(found, features):
    z = features(topics.drawn(found, seed=0))
    outcomes = dict(topics.outcomes({"these": z}, n_shot=5))
    assert [*outcomes] == ["these, nearest mean", "these, ridge"]
    for outcome in outcomes.values():
        assert outcome.right.mean() > 0.95
        assert outcome.right.shape == (topics.N_TASKS,)
