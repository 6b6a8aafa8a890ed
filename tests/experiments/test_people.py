"""experiments.people: 545 men and their wages, learned from and judged on in folds."""

import pytest
import torch

from metacourse.experiments import people
from metacourse.tasks.wages import load_wages


def test_each_man_is_judged_once_by_learners_that_have_not_seen_him():
    judged = torch.cat([others for _, others in people.folds()])
    assert len(judged) == 545
    assert torch.equal(judged.sum(1).sort().values, load_wages().sum(1).sort().values)
    for wages, others in people.folds():
        assert len(wages) + len(others) == 545
        assert len(torch.cat([wages, others]).unique(dim=0)) == len(load_wages().unique(dim=0))


def test_the_first_years_are_to_learn_from_and_the_others_to_be_judged_on():
    wages = load_wages()[:4]
    tasks = people.as_tasks(wages, 3)
    assert torch.equal(torch.cat([tasks.y_support, tasks.y_query], dim=1), wages)
    assert (tasks.x_support[0, :, 0] < tasks.x_query[0, 0, 0]).all()


def test_the_mean_of_a_year_is_moved_by_how_a_man_stood_to_it():
    by_year = torch.tensor([1.0, 2.0, 3.0, 4.0])
    told = people.beside_the_mean(by_year, 0.5, None, torch.tensor([[1.5, 2.1]]), None)
    torch.testing.assert_close(told, torch.tensor([[3.15, 4.15]]))


def test_the_share_that_is_kept_is_that_of_least_squares():
    stood = torch.tensor([2.0, -1.0, 0.5, -1.5]).double()[:, None]
    wages = torch.arange(8.0).double() + torch.cat(
        [stood.expand(4, 3), 0.6 * stood.expand(4, 5)], 1
    )
    assert people.shrinkage(wages, 3) == pytest.approx(0.6)


def test_a_regression_on_the_first_wages_finds_how_the_later_ones_come_of_them():
    first = load_wages()[:, :2]
    later = first @ torch.tensor([[0.2, 0.5, 0, 1, 0, 0], [0.7, 0.4, 1, 0, 0, 0]]).double() + 0.1
    weights = people.regression(torch.cat([first, later], dim=1), 2)
    torch.testing.assert_close(people.on_first_wages(weights, None, first, None), later)


@pytest.fixture(scope="module")
def learners():
    return people.learners(people.folds()[0][0], 3)


def test_every_learner_answers_for_every_later_year(learners):
    tasks = people.as_tasks(people.folds()[0][1], 3)
    for name, learner in learners.items():
        assert learner(*tasks[:3]).shape == tasks.y_query.shape, name


def test_mamls_start_is_learned_from_all_men_and_its_rate_chosen_on_some(learners):
    of = learners["MAML, 5 steps"]
    assert of.keywords["n_steps"] == 5
    assert 0 < of.keywords["lr_inner"] < 2
