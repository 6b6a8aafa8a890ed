"""The five projects of notebook 11b can be done, and are not done yet."""

import pytest
import torch

from metacourse import outlook
from metacourse.experiments import minority, projects
from metacourse.experiments.projects import OURS, PROJECTS

STARTS = {
    "fewer tasks": outlook.shared_subspace,
    "the few": minority.one_prior,
    "no training": lambda support, labels, query: labels.gather(
        1, torch.cdist(query.flatten(2), support.flatten(2)).argmin(-1)
    ),
    "queries teach": lambda support, labels, query: labels.gather(
        1, torch.cdist(query, support).argmin(-1)
    ),
    "a network that writes": lambda x, y: (x.mT @ y[..., None])[..., 0],
}


def says(capsys, name, function):
    projects.measure(name, function, judge=True)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", PROJECTS)
def test_what_stands_in_the_notebook_is_not_enough(name, capsys):
    assert "Not yet." in says(capsys, name, STARTS[name])


@pytest.mark.parametrize("name", PROJECTS)
def test_what_we_found_beats_the_number_on_what_judges(name, capsys):
    assert "Beaten." in says(capsys, name, OURS[name])


def test_learning_nothing_does_not_do_for_the_few(capsys):
    assert "Not yet." in says(capsys, "the few", minority.no_sharing)


def test_new_tasks_of_the_few_are_not_told_by_those_beside_them(capsys):
    def of_the_new_tasks(x, y):
        return lambda x_new, y_new: minority.one_prior(x_new, y_new)(x_new, y_new)

    assert "Not yet." in says(capsys, "the few", of_the_new_tasks)


def test_more_directions_than_asked_for_are_turned_away():
    def all_directions(x, y, *, rank):
        return torch.eye(x.shape[-1], dtype=x.dtype)

    with pytest.raises(ValueError, match=r"needed is a basis \(20, 2\), got \(20, 20\)"):
        PROJECTS["fewer tasks"].measure(all_directions, 0)


def test_a_subspace_may_be_given_in_any_basis():
    def stretched(x, y, *, rank):
        turned = torch.tensor([[2.0, 1.0], [0.0, 0.5]], dtype=torch.float64)
        return outlook.shared_subspace(x, y, rank=rank) @ turned

    measure = PROJECTS["fewer tasks"].measure
    assert measure(stretched, 0) == pytest.approx(measure(outlook.shared_subspace, 0))


def test_what_is_practised_on_does_not_judge():
    measure = PROJECTS["a network that writes"].measure
    start = STARTS["a network that writes"]
    assert measure(start, 0) != measure(start, 1)


@pytest.mark.parametrize("name", ["no training", "queries teach"])
def test_letters_that_are_practised_on_do_not_judge(name):
    touched = [set(), set()]
    for judge in (0, 1):

        def my_rule(support, labels, query, judge=judge):
            touched[judge].update(map(bytes, support.flatten(0, 1).flatten(1).numpy()))
            return STARTS[name](support, labels, query)

        PROJECTS[name].measure(my_rule, judge)
    assert all(touched)
    assert not touched[0] & touched[1]


def test_what_we_found_serves_the_few_like_the_many_and_both_better_than_nothing_learned():
    answers = {"ours": projects.our_learner, "nothing": minority.no_sharing}
    found = {
        name: minority.by_shots(make, 0.05, (3,), n_draws=3).mean(0)[:, 0]
        for name, make in answers.items()
    }
    assert (found["ours"][0] / found["ours"][1] - 1).abs() < 0.2
    assert (found["ours"] < 0.8 * found["nothing"]).all()
