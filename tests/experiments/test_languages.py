"""Name that language: parts of languages, tasks, and what learners make of them."""

import pytest
import torch

from metacourse import words
from metacourse.experiments import language_learners as learners
from metacourse.experiments import languages
from metacourse.tasks.languages import Language, load_languages


@pytest.fixture(scope="module")
def corpus():
    return languages.corpus(load_languages())


@pytest.fixture(scope="module")
def counted(corpus):
    """Fewer n-grams than the notebook's: everything here takes a second."""
    return languages.counted(corpus, languages.split(range(len(corpus.names))), n_grams=300)


def test_every_language_gives_sixty_different_words_that_no_other_has(corpus):
    assert {len(of_language) for of_language in corpus.words} == {60}
    everything = [word for of_language in corpus.words for word in of_language]
    assert len({*everything}) == len(everything)


def test_words_may_be_left_as_they_stand_or_each_once_in_a_language():
    found = {
        name: Language("x", [*(f"{name}{n}" for n in range(59)), "kanada"] * 2) for name in "ab"
    }
    rough = languages.corpus(found, clean=dict)
    assert max(len(of) - len({*of}) for of in rough.words) > 0
    once = languages.corpus(found, clean=languages.each_once)
    assert [len({*of}) for of in once.words] == [60, 60]
    assert all("kanada" in of for of in once.words)
    assert not any("kanada" in of for of in languages.corpus(found).words)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("by_family", [False, True])
def test_every_language_is_new_once_and_nowhere_twice(corpus, seed, by_family):
    units = corpus.families if by_family else range(len(corpus.names))
    parts = [languages.split(units, part, seed) for part in range(languages.N_PARTS)]
    everybody = [*range(len(corpus.names))]
    for part in parts:
        assert sorted([*part.train, *part.validation, *part.test]) == everybody
        of = [{units[number] for number in numbers} for numbers in part]
        assert not of[0] & of[1] | of[0] & of[2] | of[1] & of[2]
        assert 30 <= len(part.test) <= 40
        assert 10 <= len(part.validation) <= languages.N_VALIDATION
    assert sorted(number for part in parts for number in part.test) == everybody


def test_other_seeds_cut_otherwise(corpus):
    one, other = (languages.split(range(len(corpus.names)), 0, seed) for seed in range(2))
    assert one.test != other.test


@pytest.mark.parametrize("part", range(3))
def test_relatives_teach_in_one_of_two_splits_with_the_same_new_languages(corpus, part):
    there, gone = languages.without_relatives(corpus, part)
    assert there.test == gone.test
    assert there.validation == gone.validation
    assert len(there.train) == len(gone.train)
    families = {corpus.families[number] for number in there.test}
    taught = [[corpus.families[n] in families for n in split.train] for split in (there, gone)]
    assert sum(taught[0]) > 10
    assert sum(taught[1]) == 0
    assert not {*there.train} & {*there.test}


def test_n_grams_are_those_of_the_languages_that_teach(corpus):
    parts = languages.split(range(len(corpus.names)))
    found = languages.counted(corpus, parts, n_grams=50)
    taught = [word for number in parts.train for word in corpus.words[number]]
    assert found.grams == words.vocabulary(taught, 50)
    first = corpus.words[parts.test[3]][7]
    assert torch.equal(found.test[3, 7], words.count_vectors([first], found.grams)[0])


def test_a_learner_that_knows_the_answer_is_always_right(counted):
    """Words of a language are all the same, so any learner that compares is right."""
    x = torch.eye(35)[:, None].expand(-1, 60, -1)
    found = languages.judge(learners.cosine(torch.ones(35)), x, 2, n_tasks=20)
    assert found.right.min() == 1


def test_support_words_stand_by_language():
    x, y = torch.arange(12.0).view(2, 6), torch.tensor([[1, 0, 2, 1, 0, 2], [2, 2, 1, 1, 0, 0]])
    found = languages.by_class(x, y, 3)
    assert found.tolist() == [[[1, 4], [0, 3], [2, 5]], [[10, 11], [8, 9], [6, 7]]]


def test_words_that_are_asked_together_add_their_scores(counted):
    tasks = languages.draw(counted.test, 5, n_tasks=10)
    learner = learners.naive_bayes(words.pooled_prior(counted.train), 300.0)
    logits = languages.logits_of(learner, counted.test, tasks)
    alone = languages.asked_together(logits, tasks, 1)
    torch.testing.assert_close(alone, languages.judged(logits, tasks).right)
    assert languages.asked_together(logits, tasks, 5).mean() > alone.mean()
    x, y = counted.test.flatten(0, 1)[tasks.places.x_query[:1]], tasks.places.y_query[:1]
    sums = languages.by_class(x, y).unflatten(2, (-1, 5)).sum(3).flatten(1, 2)
    support = counted.test.flatten(0, 1)[tasks.places.x_support[:1]]
    answers = learner(languages.by_class(support, tasks.places.y_support[:1]), sums).argmax(-1)
    right = (answers == torch.arange(5).repeat_interleave(2)).double().mean()
    assert languages.asked_together(logits, tasks, 5)[0] == right


def test_a_languages_share_is_that_of_its_words_in_all_its_tasks(counted):
    tasks = languages.draw(counted.test, 1, n_tasks=30)
    logits = languages.logits_of(learners.cosine(torch.ones(300)), counted.test, tasks)
    right = {}
    for task in range(30):
        for query in range(50):
            label = tasks.places.y_query[task, query]
            told = (logits[task, query].argmax() == label).item()
            right.setdefault(tasks.classes[task, label].item(), []).append(told)
    found = languages.right_by_language(logits, tasks)
    for number, each in right.items():
        assert found[number].item() == pytest.approx(sum(each) / len(each))


def test_outcomes_of_splits_are_joined_under_the_numbers_of_the_languages(corpus, counted):
    parts = [languages.split(range(len(corpus.names)), part) for part in range(2)]
    outcome = languages.judge(learners.cosine(torch.ones(300)), counted.test, 1, n_tasks=20)
    together = languages.joined([outcome, outcome], parts)
    assert together.right.tolist() == outcome.right.tolist() * 2
    assert {*together.classes[20:].flatten().tolist()} <= {*parts[1].test}


def test_what_other_languages_teach_helps(counted):
    found = {
        name: languages.judge(learner, counted.test, 5).right.mean().item()
        for name, _, learner in learners.simple(counted, 5)
    }
    assert found["tf-idf, nearest mean"] > found["counts, nearest mean"] + 0.02
    assert found["naive Bayes, learned prior"] > found["naive Bayes, uniform prior"] + 0.02
    assert min(found.values()) > 0.3


def test_a_strength_is_chosen_by_the_languages_that_choose(counted):
    prior = words.pooled_prior(counted.train)
    tried = {}

    def make(strength):
        tried[strength] = learners.naive_bayes(prior, strength)
        return tried[strength]

    best, _ = learners.chosen((1.0, 1000.0), make, counted.validation, 5)
    sizes = {"n_tasks": learners.N_CHOOSING, "seed": 1}
    right = {
        s: languages.judge(tried[s], counted.validation, 5, **sizes).right.mean() for s in tried
    }
    assert best == max(right, key=right.get)


def test_a_ridge_is_the_minimiser_of_its_loss():
    """(XᵀX + λI)⁻¹Xᵀ(Y − 1/N), in as many dimensions as there are features."""
    generator = torch.Generator().manual_seed(0)
    support, query = torch.randn(2, 3, 4, 6, generator=generator), torch.randn(2, 5, 6)
    found = learners.ridge(lambda x: x, 0.7)(support, query)
    y = torch.eye(3).repeat_interleave(4, 0) - 1 / 3
    for task in range(2):
        x = support[task].flatten(0, 1)
        weights = torch.linalg.solve(x.mT @ x + 0.7 * torch.eye(6), x.mT @ y)
        torch.testing.assert_close(found[task], query[task] @ weights, rtol=1e-4, atol=1e-5)


def test_trainings_start_at_what_counting_tells(counted):
    support, query = counted.test[None, :5, :4], counted.test[None, :5, 9]
    told = support.sum(2)
    begun = learners.starts(counted, seed=0)
    scores, params = begun["weights, meta-learned"]
    idf = words.inverse_document_frequency(counted.train.flatten(0, 1))
    ratio = scores(params, told, query) / learners.cosine(idf)(support, query)
    torch.testing.assert_close(ratio, ratio[:1, :1, :1].expand_as(ratio))
    scores, params = begun["naive Bayes, meta-learned"]
    strength = params["strength"].exp().item()
    expected = learners.naive_bayes(words.pooled_prior(counted.train), strength)(support, query)
    found = scores(params, told, query) / params["scale"].exp()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", learners.RATES)
def test_what_is_meta_learned_gets_better_at_languages_that_teach(counted, name):
    scores, params = learners.starts(counted, seed=0)[name]
    params_after = learners.meta_learn(scores, params, counted.train, lr=0.01, seed=0, n_steps=40)
    right = [
        languages.judge(learners.learned(scores, each), counted.train, 5, n_tasks=100).right.mean()
        for each in (params, params_after)
    ]
    assert right[1] > right[0]
