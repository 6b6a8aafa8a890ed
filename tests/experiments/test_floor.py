"""experiments.floor: the error that no learner gets below."""

from functools import partial

import pytest
import torch

from metacourse import bayes
from metacourse import linear_regression as lr
from metacourse.experiments import floor


@pytest.mark.parametrize("family", floor.FAMILIES)
def test_on_average_nobody_is_below_the_floor(family):
    tasks = [floor.sample_tasks(family, 3000, 3, seed, n_query=4) for seed in range(3)]
    least = floor.excess(floor.best_there_is(family), tasks[2])
    rivals = {
        "zero": lambda x, y, x_query: torch.zeros(x_query.shape[:2]),
        "least squares": floor.least_squares,
        "a prior that is too narrow": partial(
            floor.with_prior,
            bayes.Prior(torch.zeros(2), torch.eye(2) / 30, torch.tensor(floor.VARIANCE)),
        ),
        "MAML": floor.maml(*tasks[:2], 5),
    }
    for name, learner in rivals.items():
        assert (floor.excess(learner, tasks[2].to(torch.float64)) - least).mean() > 0, name


def test_the_floor_of_the_slanted_family_is_what_its_posterior_leaves_open():
    tasks = floor.sample_tasks("slanted", 4000, 3, seed=0)
    prior = floor.best_there_is("slanted").args[0]
    belief = bayes.posterior(tasks.x_support, tasks.y_support, prior)
    left = bayes.predictive(belief, tasks.x_query, noise=0.0)[1].mean(1)
    found = floor.excess(floor.best_there_is("slanted"), tasks)
    deviation = (found - left).std() / len(left) ** 0.5
    assert abs((found - left).mean()) < 4 * deviation


def test_the_exact_answer_in_the_square_is_a_mean_of_places_in_it():
    tasks = floor.sample_tasks("square", 50, 1, seed=0)
    at_ends = torch.tensor([[[1.0, 1.0], [-1.0, 1.0]]]).double().expand(50, -1, -1)
    answers = floor.in_the_square(*tasks[:2], at_ends)
    assert (answers.abs() < 2).all()  # slope and intercept are between −1 and 1


def test_with_many_points_the_exact_answer_is_least_squares():
    tasks = floor.sample_tasks("square", 2, 200, seed=0)
    exact = floor.in_the_square(*tasks[:3], n=301)
    torch.testing.assert_close(exact, floor.least_squares(*tasks[:3]), rtol=0, atol=0.01)


def test_descent_in_turned_coordinates_answers_for_the_same_lines():
    factor = torch.tensor([[0.5, 0.0], [0.3, 0.2]]).double()
    tasks = floor.sample_tasks("slanted", 6, 4, seed=0)
    turned = floor.in_coordinates(tasks, factor)
    torch.testing.assert_close(floor.least_squares(*turned[:3]), floor.least_squares(*tasks[:3]))


def test_at_the_largest_rate_the_steepest_task_neither_settles_nor_runs_away():
    tasks = floor.sample_tasks("square", 500, 3, seed=0)
    steepest = torch.linalg.eigvalsh(lr.hessian(tasks.x_support)).max().item()
    assert max(floor.rates(tasks)) * steepest == pytest.approx(2)
    assert len(floor.rates(tasks)) == floor.N_RATES


def test_a_rate_for_every_step_is_better_than_one_for_all():
    train, validation, test = (floor.sample_tasks("square", 500, 3, seed) for seed in range(3))
    own = floor.excess(floor.maml_with_rates(train, 5, n_outer=200), test).mean()
    assert own < floor.excess(floor.maml(train, validation, 5), test).mean()


def test_maml_takes_the_rate_that_is_best_on_validation_tasks():
    train, validation = (floor.sample_tasks("square", 300, 3, seed) for seed in (0, 1))
    chosen = floor.maml(train, validation, 5)
    best = floor.excess(chosen, validation).mean()
    for rate in floor.rates(train, validation):
        steps = {"lr_inner": rate, "n_steps": 5}
        other = partial(floor.after_descent, lr.maml_optimum(train, **steps), **steps)
        assert best <= floor.excess(other, validation).mean() + 1e-12
