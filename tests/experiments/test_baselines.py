"""Simple baselines, done properly."""

import torch

from metacourse.experiments.baselines import centred, linear_probe, simple_shot
from metacourse.siamese import prototypes, prototypical_logits


def task(generator, *, far=0.0):
    """Two classes in clearly different directions from a mean that may lie far from 0."""
    mean = torch.full((4,), far, dtype=torch.float64)
    axes = torch.eye(4, dtype=torch.float64)[:2]
    y_support, y_query = torch.tensor([1, 0, 1, 0]), torch.tensor([0, 1, 1])

    def around(y):
        lengths = 1 + 5 * torch.rand(len(y), 1, generator=generator, dtype=torch.float64)
        return mean + lengths * axes[y]

    return around(y_support), y_support, around(y_query), y_query, mean


def test_directions_have_length_one_and_do_not_depend_on_where_all_lie(generator):
    z = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    mean = torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(centred(z, mean).norm(dim=-1), torch.ones(5, dtype=torch.float64))
    torch.testing.assert_close(centred(z + 7, mean + 7), centred(z, mean))


def test_lengths_that_mislead_prototypes_do_not_mislead_simple_shot(generator):
    z_support, y_support, z_query, y_query, mean = task(generator, far=20.0)
    scores = simple_shot(z_support, y_support, z_query, mean, 2)
    assert torch.equal(scores.argmax(-1), y_query)


def test_it_is_the_nearest_mean_where_all_is_centred_and_of_length_one(generator):
    z = torch.nn.functional.normalize(torch.randn(6, 3, generator=generator), dim=-1)
    y = torch.tensor([0, 1, 0, 1])
    expected = prototypical_logits(z[4:], prototypes(z[:4], y, 2))
    torch.testing.assert_close(simple_shot(z[:4], y, z[4:], torch.zeros(3), 2), expected)


def test_a_batch_of_tasks_is_each_task_alone(generator):
    z, mean = torch.randn(2, 7, 3, generator=generator), torch.ones(3)
    y = torch.tensor([[0, 1, 0, 1], [1, 1, 0, 0]])
    for scores in (simple_shot, linear_probe):
        together = scores(z[:, :4], y, z[:, 4:], mean, 2)
        for number in range(2):
            alone = scores(z[number, :4], y[number], z[number, 4:], mean, 2)
            torch.testing.assert_close(together[number], alone, rtol=1e-4, atol=1e-5)


def test_a_linear_probe_names_what_is_easy(generator):
    z_support, y_support, z_query, y_query, mean = task(generator, far=3.0)
    scores = linear_probe(z_support, y_support, z_query, mean, 2)
    assert torch.equal(scores.argmax(-1), y_query)
