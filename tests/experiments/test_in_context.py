"""Transformers of lines."""

import torch

from metacourse import transformer as tf
from metacourse.experiments import floor, in_context, wrong_masks


def test_answers_come_in_the_dtype_of_the_labels_and_are_those_of_ask():
    params, tasks = in_context.lines_start(0), floor.sample_tasks("square", 5, 4, seed=0)
    said = in_context.answers(params, *tasks[:3])
    assert said.dtype == torch.float64
    x, y, x_query = (part.float() for part in tasks[:3])
    expected = tf.ask(params, x, y[..., None], x_query)[..., 0].double()
    torch.testing.assert_close(said, expected)


def test_fewer_points_are_the_first_of_them():
    tasks = floor.sample_tasks("square", 5, 4, seed=0)
    fewer = in_context.first_points(tasks, 2)
    assert torch.equal(fewer.x_support, tasks.x_support[:, :2])
    assert torch.equal(fewer.y_support, tasks.y_support[:, :2])
    assert torch.equal(fewer.x_query, tasks.x_query)


def test_a_short_training_brings_errors_down():
    before, after = in_context.lines_start(0), in_context.trained_lines(0, n_steps=60)
    tasks = floor.sample_tasks("square", 200, 10, seed=1)
    errors = [
        (in_context.answers(params, *tasks[:3]) - tasks.y_query).square().mean()
        for params in (before, after)
    ]
    assert errors[1] < 0.7 * errors[0]


def test_a_training_that_sees_the_label_goes_below_the_noise_and_does_not_know_it():
    """Nobody can foretell the noise of a label."""
    params, seen = wrong_masks.trained_wrong("≥ for >", n_steps=250)
    tasks = floor.sample_tasks("square", 200, 10, seed=1)
    known = (in_context.answers(params, *tasks[:3]) - tasks.y_query).square().mean().item()
    assert sum(seen[-20:]) / 20 < floor.VARIANCE
    assert known > floor.VARIANCE


def test_a_mistake_is_in_the_kernel_only_inside_its_context():
    right = tf.context_mask, tf.softmax_attention
    for name in wrong_masks.WRONG:
        with wrong_masks.patched(name):
            assert (tf.context_mask, tf.softmax_attention) != right
        assert (tf.context_mask, tf.softmax_attention) == right
