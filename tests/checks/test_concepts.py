"""Chapter 01's exercises: right answers written differently (for test_all_exercises), stubs."""

import pytest
import torch

from metacourse.checks import concepts as chapter
from metacourse.checks import diagnose
from metacourse.episodes import Episode, sample_episodes


def batch_of_one(images_by_class, *, n_way, n_shot, n_query, generator):
    batch = sample_episodes(
        images_by_class,
        n_way=n_way,
        n_shot=n_shot,
        n_query=n_query,
        n_tasks=1,
        generator=generator,
    )
    return Episode(*(tensor[0] for tensor in batch))


def class_by_class(images_by_class, *, n_way, n_shot, n_query, generator):
    sets = ([], [], [], [])
    for label, c in enumerate(torch.randperm(len(images_by_class), generator=generator)[:n_way]):
        images = images_by_class[c]
        images = images[torch.randperm(len(images), generator=generator)]
        for place, image in enumerate(images[: n_shot + n_query]):
            kind = 0 if place < n_shot else 2
            sets[kind].append(image)
            sets[kind + 1].append(label)
    x_support, y_support, x_query, y_query = sets
    labels = torch.tensor(y_support), torch.tensor(y_query)
    return torch.stack(x_support), labels[0], torch.stack(x_query), labels[1]


def neighbour_in_a_loop(x_support, y_support, x_query):
    labels = []
    for query in x_query.double():
        squares = [(query - image).square().sum() for image in x_support.double()]
        labels.append(y_support[torch.stack(squares).argmin()])
    return torch.stack(labels)


def interval_by_hand(correct):
    n_tasks, n_queries = correct.shape
    accuracies = correct.sum(1) / n_queries
    mean = accuracies.sum() / n_tasks
    squares = ((accuracies - mean) ** 2).sum() / (n_tasks - 1)
    return mean, 1.96 * (squares / n_tasks) ** 0.5


def interval_of_numbers(correct):
    return tuple(float(value) for value in interval_by_hand(correct))


ALTERNATIVES = {
    "sample_episode": (batch_of_one, class_by_class),
    "nearest_neighbour": (neighbour_in_a_loop,),
    "confidence_interval": (interval_by_hand, interval_of_numbers),
}


def stub_episode(images_by_class, *, n_way, n_shot, n_query, generator): ...


def stub_neighbour(x_support, y_support, x_query): ...


def stub_interval(correct): ...


STUBS = (stub_episode, stub_neighbour, stub_interval)


@pytest.mark.parametrize(("name", "stub"), list(zip(chapter.EXERCISES, STUBS, strict=True)))
def test_an_untouched_stub_is_not_attempted(name, stub):
    assert diagnose(chapter.EXERCISES[name], stub).state == "unattempted"


def test_the_facts_about_episodes_hold_for_the_reference(generator):
    exercise = chapter.EXERCISES["sample_episode"]
    facts = exercise.observe(exercise.reference, exercise.cases(generator))
    assert all(value for key, value in facts.items() if not key.startswith("shape")), facts
