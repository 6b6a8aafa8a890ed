import pytest
import torch
from torch.nn import functional as F

from metacourse.nets import Params
from metacourse.tasks.functions import sample_prior, smooth_functions
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.trained import lstm
from metacourse.trained import transformer as trained
from metacourse.trained.lstm import letter_embeddings, sample_sequences
from metacourse.trained.recipes import load_weights
from metacourse.transformer import prior_fitted_logits, read


def test_the_network_for_embeddings_as_they_are_says_the_same(letters, generator):
    params = trained.lettering_start(generator)
    x, y = sample_sequences(letters, n_shot=2, n_tasks=3, generator=generator)
    mean, scale = lstm.centring()
    torch.testing.assert_close(
        trained.letter_answers(trained.read_embeddings(params), x, y),
        trained.letter_answers(params, scale * (x - mean), y),
        rtol=1e-3,
        atol=1e-4,
    )


def test_the_accuracy_at_an_instance_is_that_of_the_answers(clouds, monkeypatch):
    """A learner that is right from a class's third image on."""

    def answers(params, x, y):
        right = F.one_hot(y, 5).float()
        return torch.where((lstm.instances(y) >= 3)[..., None], right, right.roll(1, -1))

    monkeypatch.setattr(trained, "letter_answers", answers)
    accuracies = trained.instance_accuracies({}, clouds, n_shot=4, seed=0)
    assert accuracies.unique(dim=0).tolist() == [[0, 0, 1, 1]]


def test_errors_come_by_the_number_of_points_that_were_read(generator):
    params, tasks = (
        trained.curves_start(generator),
        sample_sinusoids(4, n_shot=3, n_query=2, generator=generator),
    )
    errors = trained.errors_by_points(params, tasks)
    assert errors.shape == (4, 4)
    x, y = (torch.cat(pair, dim=1) for pair in (tasks[::2], tasks[1::2]))
    said = read(params, x[:, :4], y[:, :4])[:, 3] - y[:, 3]  # the first query after three points
    alone = tasks._replace(x_query=x[:, 3:4], y_query=y[:, 3:4])
    after_three = trained.errors_by_points(params, alone)[:, 3]
    torch.testing.assert_close(after_three, said.square().mean(1))


def test_a_batch_of_classes_has_5_to_40_points(generator):
    sizes = {
        trained.sample_classes(generator, family=smooth_functions).y_support.shape
        for _ in range(60)
    }
    found = {size[1] for size in sizes}
    assert min(found) >= 5
    assert max(found) <= 40
    assert len(found) > 20


def test_the_reader_of_curves_is_exact_after_ten_points():
    tasks = sample_sinusoids(200, n_shot=10, n_query=20, generator=torch.Generator().manual_seed(1))
    errors = trained.errors_by_points(load_weights("curves"), tasks).mean(0)
    assert errors[0] > 2  # nothing to know
    assert errors[5] < 0.1
    assert errors[10] < 0.02


def test_the_reader_of_letters_knows_a_class_once_it_has_seen_it():
    accuracies = trained.instance_accuracies(
        load_weights("lettering"), letter_embeddings("validation"), seed=1
    )
    first, second, *_, tenth = accuracies.mean(0)
    assert first < 0.6  # a new class can only be told from those already numbered
    assert second > 0.9
    assert tenth > 0.97


def right_on_curved(params: Params) -> float:
    generator = torch.Generator().manual_seed(2)
    tasks = sample_prior(smooth_functions, 300, n_support=30, n_query=50, generator=generator)
    said = prior_fitted_logits(params, tasks).argmax(-1)
    return (said == tasks.y_query).double().mean().item()


@pytest.mark.parametrize("name", ["prior_fitted", "prior_fitted_lines"])
def test_a_prior_fitted_network_classifies_in_one_pass(name):
    assert right_on_curved(load_weights(name)) > 0.75  # a line is right at about 0.7
