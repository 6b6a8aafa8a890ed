"""Learners of somebody's taste."""

import pytest
import torch

from metacourse import bayes, maml, nets, personal
from metacourse.experiments import cold_start as cold
from metacourse.experiments import learned_tastes, rating_maml
from metacourse.experiments import rating_learners as learners
from tests.people import invented, split_of


@pytest.fixture(scope="module")
def people():
    """A table, films' means, and who is new with what is told of them."""
    split = split_of(invented(90, 40, 25)[2], 60, 20)
    means = personal.film_means(split.train.values, split.train.seen, strength=5.0)
    told = torch.zeros_like(split.test.seen)
    told.scatter_(1, cold.as_tasks(split.test, 0).support[:, :3], 1.0)
    return split, means, split.test.values * told, told


def made(name, people, choice=None):
    split, means, values, told = people
    return learners.LEARNERS[name][0](split.train, means, choice)(values, told)


def test_the_films_mean_is_the_same_for_everybody(people):
    assert torch.equal(made("the film's mean", people)[3], people[1])


def test_the_own_mean_is_added_whole(people):
    _, means, values, told = people
    where = told[0] > 0
    expected = means + (values[0] - means)[where].mean()
    torch.testing.assert_close(made("own mean", people)[0], expected)


def test_shrunk_is_the_posterior_mean_under_the_learned_prior(people):
    split, means, values, told = people
    ones = torch.ones(40, 1).double()
    prior = personal.learned_prior(ones, split.train.values - means, split.train.seen)
    where = told[0] > 0
    how = {"mean": prior.mean.item(), "spread": prior.cov.item(), "noise": prior.noise.item()}
    expected = means + personal.shrunk_mean((values[0] - means)[where], **how)
    found = made("shrunk, by a learned prior", people)[0]
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    given = learners.with_prior_over_people(means, prior)(values, told)[0]
    torch.testing.assert_close(given, found)


def test_films_that_go_together_are_shrunk_where_nothing_goes_together(people):
    """With a firm pull the covariance is one number everywhere, as `shrunk` has it."""
    found = made("films that go together", people, 1e9)
    torch.testing.assert_close(
        found, made("shrunk, by a learned prior", people), rtol=1e-4, atol=1e-4
    )


def test_films_that_go_together_answer_as_a_conditional_normal_does():
    cov = torch.tensor([[1.0, 0.5], [0.5, 1.0]]).double()
    told = torch.tensor([[4.0, 0.0]]).double(), torch.tensor([[1.0, 0.0]]).double()
    found = learners.conditioned(torch.tensor([3.0, 2.0]).double(), cov, 0.25, *told)
    assert found[0].tolist() == pytest.approx([3 + 1 / 1.25, 2 + 0.5 / 1.25])


def test_learned_tastes_with_a_firm_ridge_are_shrunk(people):
    found = made("learned tastes", people, (2, 1e9))
    expected = made("shrunk, by a learned prior", people)
    assert (found - expected).abs().max() < 0.02


def test_learning_traits_raises_how_likely_ratings_are(people):
    split, means, _, _ = people
    away, seen = (split.train.values - means) * split.train.seen, split.train.seen

    def evidence(n_steps):
        features, prior = learned_tastes.learn_features(split.train, means, 2, 5.0, n_steps=n_steps)
        told = (
            bayes.log_evidence(features[row > 0], values[row > 0], prior)
            for row, values in zip(seen, away, strict=True)
        )
        return sum(told).item()

    assert evidence(2) < evidence(6) < evidence(25)


def test_each_learner_chooses_on_those_who_validate():
    split = split_of(invented(90, 40, 25)[2], 60, 20)
    names = ("own mean", "films that go together")
    found = list(learners.taught(split, 0, names))
    assert [name for name, _, _ in found] == [*names]
    assert found[0][1] is None
    assert found[1][1] in learners.LEARNERS["films that go together"][1]


def test_the_best_choice_is_the_one_with_the_least_error_on_those_who_validate():
    split = split_of(invented()[2])
    means = personal.film_means(split.train.values, split.train.seen, strength=5.0)

    def learner_of(above):
        return lambda values, seen: (means + above).expand(values.shape)

    assert learners.best([1.0, 0.0, -1.0], learner_of, split, 0) == 0.0


def test_maml_reads_what_is_told_and_takes_its_steps(people):
    split, means, values, told = people
    learner = rating_maml.trained(split.train, means, ("mean", 0.01), n_outer=2)
    params, error, features, _, steps = learner.args
    row, where = values[0], told[0] > 0
    y = torch.stack([row - means, where.double()], -1).float()
    after = maml.inner_adapt(error, params, features[where], y[where], **steps)
    expected = means + nets.mlp(after, features)[:, 0]
    found = learner(values, told)[0].float()
    torch.testing.assert_close(found, expected.float(), rtol=1e-4, atol=1e-4)


def test_a_sum_over_ten_counts_one_rating_a_tenth_of_a_mean():
    params = nets.init_mlp([2, 1], torch.Generator().manual_seed(0))
    x = torch.ones(10, 2)
    y = torch.stack([torch.ones(10), (torch.arange(10) < 1).float()], -1)
    mean, total = (rating_maml.squared_error(kind, params, x, y) for kind in ("mean", "sum"))
    assert total.item() == pytest.approx(mean.item() / 10)


def test_an_episode_tells_one_to_ten_ratings_and_asks_for_ten_others(people):
    split, means, _, _ = people
    features = rating_maml.as_features(split.train, means).float()
    episode = rating_maml.sample(features, split.train, means, torch.Generator().manual_seed(0))
    told = episode.y_support[..., 1].sum(1)
    assert told.min() >= 1
    assert told.max() <= 10
    assert episode.y_query[..., 1].sum(1).tolist() == [10] * rating_maml.BATCH


def test_errors_are_told_a_line_a_learner():
    split = split_of(invented(90, 40, 25)[2], 60, 20)
    head, line = learners.told(split, ("the film's mean",)).splitlines()
    assert head.split()[2:] == [str(k) for k in cold.SHOTS]
    assert line.startswith("the film's mean")
    assert len(set(line.split()[-5:])) == 1
