import math

import pytest
import torch
from torch.nn import functional as F

from metacourse.evaluation import confidence_interval, half_width_over_classes
from metacourse.experiments.own_methods import nearest_mean
from metacourse.experiments.own_tasks import (
    answered,
    confused,
    draw_tasks,
    judged,
    reliability,
    shots,
    temperature,
)

N_EACH = 12


def world(n_classes, generator, spread=1.5):
    """Classes of points in three dimensions, some wider than others."""
    middles = spread * torch.randn(n_classes, 1, 3, generator=generator)
    widths = 2 * torch.rand(n_classes, 1, 1, generator=generator)
    return middles + widths * torch.randn(n_classes, N_EACH, 3, generator=generator)


def outcome(x, n_way, n_tasks, seed=0):
    tasks = draw_tasks(*x.shape[:2], n_way=n_way, n_shot=1, n_tasks=n_tasks, seed=seed)
    return judged(answered(nearest_mean, x, tasks), tasks)


def test_the_interval_over_classes_holds_for_other_classes_and_that_over_tasks_does_not():
    generator = torch.Generator().manual_seed(0)
    truth = outcome(world(1500, generator), 4, 3000).right.mean().item()
    held = {"classes": 0, "tasks": 0}
    n_worlds = 100
    for seed in range(n_worlds):
        found = outcome(world(10, generator), 4, 100, seed)
        away = abs(found.right.mean().item() - truth)
        held["classes"] += away <= half_width_over_classes(found.change, found.classes)
        held["tasks"] += away <= confidence_interval(found.right).half_width
    assert 0.88 * n_worlds <= held["classes"]
    assert held["tasks"] <= 0.5 * n_worlds


def test_the_interval_over_classes_does_not_shrink_with_the_number_of_tasks():
    x = world(10, torch.Generator().manual_seed(1))
    few, many = (outcome(x, 4, n_tasks) for n_tasks in (200, 3200))
    assert many.over_tasks().half_width < 0.3 * few.over_tasks().half_width
    assert many.over_classes() > 0.5 * few.over_classes()


def test_two_classes_say_nothing_of_others():
    assert outcome(world(2, torch.Generator().manual_seed(0)), 2, 10).over_classes() is None


def test_without_a_class_means_the_same_task_with_one_class_fewer():
    x = world(4, torch.Generator().manual_seed(2))
    tasks = draw_tasks(4, N_EACH, n_way=3, n_shot=2, n_tasks=5)
    logits = answered(nearest_mean, x, tasks)
    found = judged(logits, tasks)
    for task in range(5):
        for n in range(3):
            others = [m for m in range(3) if m != n]
            kept = tasks.places.y_query[task] != n
            labels = torch.tensor(others)[logits[task][kept][:, others].argmax(-1)]
            without = (labels == tasks.places.y_query[task][kept]).double().mean()
            assert found.change[task, n] == pytest.approx(float(found.right[task] - without))


def test_tasks_have_the_same_classes_for_every_k_and_in_the_first_hundred():
    sizes = {"n_way": 3, "n_tasks": 250}
    one, five = (draw_tasks(9, N_EACH, n_shot=k, **sizes) for k in (1, 5))
    hundred = draw_tasks(9, N_EACH, n_way=3, n_shot=1, n_tasks=100)
    assert one.classes.sort(1).values.equal(five.classes.sort(1).values)
    assert hundred.places.x_query.equal(one.places.x_query[:100])


def test_a_label_stands_for_the_class_its_examples_come_from():
    tasks = draw_tasks(9, N_EACH, n_way=3, n_shot=2, n_tasks=20)
    for x, y in (tasks.places[:2], tasks.places[2:]):
        assert (x // N_EACH).equal(tasks.classes.gather(1, y))


@pytest.mark.parametrize(("n_each", "ks"), [(6, [1, 5]), (11, [1, 5, 10]), (5, [1]), (10, [1, 5])])
def test_only_k_that_leave_a_query_are_shown(n_each, ks):
    assert shots(n_each) == ks


def test_confusions_are_counted_where_both_classes_were_in_the_task():
    tasks = draw_tasks(3, N_EACH, n_way=2, n_shot=1, n_tasks=60)
    places, classes = tasks.places, tasks.classes
    asked = classes.gather(1, places.y_query)
    wrong = (asked == 2) & (classes == 0).any(1, keepdim=True)  # 2 is always taken for 0
    labels = torch.where(wrong, 1 - places.y_query, places.y_query)
    found = confused(F.one_hot(labels, 2).double(), tasks)
    assert list(found) == [(2, 0)]
    both = ((classes == 0).any(1) & (classes == 2).any(1)).sum()
    assert found[2, 0].n == found[2, 0].wrong == both * places.y_query.shape[1] // 2
    assert found[2, 0].example // N_EACH == 2


def test_the_temperature_that_made_the_labels_is_found_and_calibrates():
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(400, 25, 5, generator=generator, dtype=torch.float64)
    y = torch.multinomial(logits.flatten(0, 1).softmax(-1), 1, generator=generator).view(400, 25)
    sure = 100 * logits
    assert temperature(sure, y) == pytest.approx(100, rel=0.15)
    before, after = (reliability(sure, y, T)[1] for T in (1.0, 100.0))
    assert after < 0.03 < before


def test_a_confidence_of_one_falls_into_the_last_bin():
    logits = torch.tensor([[[0.0, 1e9]]])
    (only,), error = reliability(logits, torch.tensor([[1]]), 1.0)
    assert (only.low, only.n, only.right) == (0.9, 1, 1)
    assert math.isclose(error, 0)
