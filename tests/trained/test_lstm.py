import pytest
import torch
from torch.nn import functional as F

from metacourse.episodes import Episode
from metacourse.evaluation import confidence_interval
from metacourse.lstm import memory_logits, memory_states
from metacourse.trained import lstm as trained
from metacourse.trained.lstm import (
    RECIPES,
    instance_accuracies,
    instances,
    letter_answers,
    letter_embeddings,
    read_embeddings,
    sample_sequences,
    sinusoid_errors,
)
from metacourse.trained.recipes import load_weights


def test_the_network_for_embeddings_as_they_are_says_the_same(letters, generator):
    params = RECIPES["letters"].start(generator)
    x, y = sample_sequences(letters, n_shot=2, n_tasks=3, generator=generator)
    mean, scale = trained.centring()
    assert (scale * (letters - mean)).std() == pytest.approx(2, rel=0.05)
    torch.testing.assert_close(
        letter_answers(read_embeddings(params), x, y), letter_answers(params, scale * (x - mean), y)
    )


def test_instances_are_counted_class_by_class():
    assert instances(torch.tensor([[3, 0, 3, 3, 0], [1, 1, 1, 1, 2]])).tolist() == [
        [1, 1, 2, 3, 2],
        [1, 2, 3, 4, 1],
    ]


def test_a_sequence_shows_each_of_five_classes_as_often(clouds, generator):
    x, y = sample_sequences(clouds, n_shot=4, n_tasks=30, generator=generator)
    assert x.shape == (30, 20, 128)
    assert torch.equal(F.one_hot(y).sum(1), torch.full((30, 5), 4))


def test_classes_are_numbered_anew_in_each_task(clouds, generator):
    x, y = sample_sequences(clouds[:5], n_shot=1, n_tasks=200, generator=generator)
    classes = torch.cdist(x, clouds[:5].mean(1)).argmin(-1)  # (B, 5)
    for label in range(5):
        counts = F.one_hot(classes[y == label], 5).sum(0)
        assert counts.min() > 20  # of 40 to be expected


def test_the_accuracy_at_an_instance_is_that_of_the_answers(clouds, monkeypatch):
    """A learner that is right from a class's third image on."""

    def answers(params, x, y):
        right = F.one_hot(y, 5).float()
        return torch.where((instances(y) >= 3)[..., None], right, right.roll(1, -1))

    monkeypatch.setattr(trained, "letter_answers", answers)
    accuracies = instance_accuracies({}, clouds, n_shot=4, seed=0)
    assert accuracies.shape == (600, 4)
    assert accuracies.unique(dim=0).tolist() == [[0, 0, 1, 1]]


def test_the_memory_of_curves_is_exact_after_ten_points():
    errors = sinusoid_errors(load_weights("sinusoids"), n_tasks=200, seed=1).mean(0)
    assert errors[0] > 2  # nothing to know
    assert errors[5] < 0.1
    assert errors[10] < 0.02


def test_the_memory_of_curves_still_works_after_more_points_than_in_training():
    errors = sinusoid_errors(load_weights("sinusoids"), n_shot=20, n_tasks=200, seed=1).mean(0)
    assert errors[20] < 0.03


def test_the_memory_of_letters_knows_a_class_once_it_has_seen_it():
    accuracies = instance_accuracies(
        load_weights("letters"), letter_embeddings("validation"), seed=1
    )
    first, second, *_, tenth = accuracies.mean(0)
    assert first < 0.6  # a new class can only be told from those already numbered
    assert second > 0.8
    assert tenth > 0.85


def test_another_order_changes_the_state_but_the_accuracy_only_within_its_interval(generator):
    params, z = load_weights("letters"), letter_embeddings("validation")
    x, y = sample_sequences(z, n_shot=5, n_tasks=600, generator=generator)
    x, x_query, y, y_query = x[:, :20], x[:, 20:], y[:, :20], y[:, 20:]
    states, intervals = [], []
    for order in (torch.arange(20), torch.randperm(20, generator=generator)):
        task = Episode(x[:, order], y[:, order], x_query, y_query)
        h, c = memory_states(params, task.x_support, F.one_hot(task.y_support, 5).float())
        states.append(torch.cat([h[:, -1], c[:, -1]], dim=1))
        answers = memory_logits(params, task).argmax(-1)
        intervals.append(confidence_interval((answers == y_query).float().mean(1)))
    assert (states[0] - states[1]).norm(dim=1).min() > 0.1
    assert abs(intervals[0].mean - intervals[1].mean) < intervals[0].half_width


def test_a_letter_is_answered_as_a_query_is(clouds, generator):
    """`letter_answers` along a sequence, and `memory_logits` for its last letter."""
    params = load_weights("letters")
    x, y = sample_sequences(clouds, n_shot=2, n_tasks=3, generator=generator)
    task = Episode(x[:, :9], y[:, :9], x[:, 9:], y[:, 9:])
    torch.testing.assert_close(
        letter_answers(params, x, y)[:, 9], memory_logits(params, task)[:, 0]
    )
