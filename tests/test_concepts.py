"""Chapter 01's kernel: one episode, nearest neighbour, the interval, leaks, heads and networks."""

import pytest
import torch
from torch.nn import functional as F

from metacourse import concepts, evaluation
from metacourse.episodes import Episode
from metacourse.nets import convnet, init_convnet


def numbered_images(n_classes=8, n_images=6):
    """Images that each hold their own number: class · n_images + place."""
    numbers = torch.arange(n_classes * n_images).view(n_classes, n_images, 1, 1)
    return numbers.expand(-1, -1, 2, 2).to(torch.uint8)


@pytest.fixture
def images(generator):
    return torch.randint(0, 256, (6, 8, 28, 28), generator=generator).to(torch.uint8)


@pytest.fixture
def episode(images, generator):
    return concepts.sample_episode(images, n_way=5, n_shot=2, n_query=3, generator=generator)


def test_an_episode_has_k_support_and_q_query_images_of_each_class(episode):
    assert episode.y_support.bincount().tolist() == [2] * 5
    assert episode.y_query.bincount().tolist() == [3] * 5
    assert episode.x_support.shape == (10, 28, 28)
    assert episode.x_query.shape == (15, 28, 28)


def test_support_and_query_of_an_episode_share_no_image(generator):
    for _ in range(20):
        episode = concepts.sample_episode(
            numbered_images(), n_way=5, n_shot=2, n_query=4, generator=generator
        )
        numbers = torch.cat([episode.x_support, episode.x_query])[:, 0, 0]
        assert len(numbers.unique()) == 5 * 6


def test_a_label_of_an_episode_stands_for_one_class(generator):
    x_support, y_support, x_query, y_query = concepts.sample_episode(
        numbered_images(), n_way=5, n_shot=2, n_query=3, generator=generator
    )
    classes = torch.cat([x_support, x_query])[:, 0, 0] // 6
    pairs = set(zip(torch.cat([y_support, y_query]).tolist(), classes.tolist(), strict=True))
    assert len(pairs) == len({c for _, c in pairs}) == 5


def test_the_same_seed_draws_the_same_episode(images):
    draws = [
        concepts.sample_episode(
            images, n_way=3, n_shot=1, n_query=1, generator=torch.Generator().manual_seed(3)
        )
        for _ in range(2)
    ]
    assert all(torch.equal(a, b) for a, b in zip(*draws, strict=True))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((9, 1, 1), "needs 9 classes, images_by_class has 8"),
        ((2, 5, 2), "needs 7 images a class, there are 6"),
    ],
)
def test_an_episode_larger_than_its_source_is_refused(generator, sizes, message):
    sizes = dict(zip(("n_way", "n_shot", "n_query"), sizes, strict=True))
    with pytest.raises(ValueError, match=message):
        concepts.sample_episode(numbered_images(8, 6), **sizes, generator=generator)


def test_versions_are_made_of_support_images_alone(images, generator):
    sizes = {"n_way": 3, "n_shot": 2, "n_query": 2}
    x_support, y_support, x_query, _ = concepts.sample_augmented(
        images, **sizes, generator=generator
    )
    left, own, right = x_support.unflatten(0, (3, 6))
    assert torch.equal(left[:, :, :-1], own[:, :, 1:])
    assert torch.equal(right[:, :, 1:], own[:, :, :-1])
    assert y_support.view(3, 6).unique(dim=0).shape == (1, 6)
    assert concepts.find_leaks(x_query, x_support) == []
    assert len(concepts.find_leaks(x_query, images.flatten(0, 1))) == 6


def test_a_support_image_is_its_own_nearest_neighbour(episode):
    x_support, y_support = episode.x_support, episode.y_support
    labels = concepts.nearest_neighbour(x_support, y_support, x_support)
    assert torch.equal(labels, y_support)


def test_the_nearest_neighbour_is_found_without_wrapping_around_in_uint8():
    x_support = torch.tensor([[[0]], [[9]]], dtype=torch.uint8)
    x_query = torch.tensor([[[4]], [[6]], [[255]]], dtype=torch.uint8)
    labels = concepts.nearest_neighbour(x_support, torch.tensor([7, 3]), x_query)
    assert labels.tolist() == [7, 3, 3]


def test_nearest_neighbour_under_vmap_equals_a_loop(images, generator):
    tasks = [
        concepts.sample_episode(images, n_way=4, n_shot=1, n_query=2, generator=generator)
        for _ in range(3)
    ]
    batch = Episode(*map(torch.stack, zip(*tasks, strict=True)))
    one_by_one = torch.stack([concepts.nearest_neighbour(*task[:3]) for task in tasks])
    assert torch.equal(torch.vmap(concepts.nearest_neighbour)(*batch[:3]), one_by_one)


def test_the_interval_is_that_of_the_accuracies_of_the_tasks(generator):
    correct = torch.rand(600, 7, generator=generator) < 0.6
    mean, half_width = concepts.confidence_interval(correct)
    expected = evaluation.confidence_interval(correct.double().mean(dim=1))
    assert (mean.item(), half_width.item()) == pytest.approx(expected, rel=3e-3)  # t is 1.964


def test_an_interval_of_one_task_is_refused():
    with pytest.raises(ValueError, match="needs 2 tasks or more, got 1"):
        concepts.confidence_interval(torch.ones(1, 75))


def test_an_honest_episode_has_no_leak(episode):
    assert concepts.find_leaks(episode.x_query, episode.x_support) == []


def test_a_leak_is_one_pair_for_each_image_that_was_seen(images):
    seen = images[0, [0, 0, 1]]
    leaks = concepts.find_leaks(images[0, [1, 0, 2]], seen)
    assert [i for i, _ in leaks] == [0, 1]
    assert all(torch.equal(images[0, [1, 0, 2]][i], seen[j]) for i, j in leaks)


def test_a_copied_support_image_is_found_where_it_was_put(episode):
    leaked = concepts.leak_image(episode)
    ((query, support),) = concepts.find_leaks(leaked.x_query, leaked.x_support)
    assert query == 0
    assert leaked.y_support[support] == leaked.y_query[0]


def test_a_leak_leaves_the_honest_episode_as_it_was(episode):
    before = Episode(*(tensor.clone() for tensor in episode))
    concepts.leak_image(episode)
    concepts.leak_class(episode)
    assert all(torch.equal(a, b) for a, b in zip(episode, before, strict=True))


def test_all_queries_of_a_class_in_training_are_found_and_answered(episode):
    remembered = concepts.leak_class(episode)
    of_the_class = episode.y_query == episode.y_query[0]
    found = [i for i, _ in concepts.find_leaks(episode.x_query, remembered.x_support)]
    assert found == of_the_class.nonzero()[:, 0].tolist()
    labels = concepts.nearest_neighbour(*remembered[:3])
    assert torch.equal(labels[of_the_class], episode.y_query[of_the_class])


def test_a_step_of_the_softmax_head_is_a_step_down_the_gradient(generator):
    z = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    weight = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(F.cross_entropy(z @ weight, y), weight)
    step = concepts.softmax_head(z, y, n_way=3, lr=0.7, n_steps=1)
    torch.testing.assert_close(step, -0.7 * slope)


def test_softmax_heads_of_a_batch_are_those_of_its_tasks(generator):
    z, y = torch.randn(2, 6, 4, generator=generator), torch.tensor([[0, 1, 2] * 2, [2, 1, 0] * 2])
    options = {"n_way": 3, "lr": 0.5, "n_steps": 4}
    one_by_one = [concepts.softmax_head(*task, **options) for task in zip(z, y, strict=True)]
    torch.testing.assert_close(concepts.softmax_head(z, y, **options), torch.stack(one_by_one))


def test_fine_tuning_fits_the_support_set_and_leaves_the_start_alone(episode, generator):
    start = init_convnet(n_filters=8, generator=generator)
    before = {name: value.clone() for name, value in start.items()}
    x, y = episode.x_support, episode.y_support
    params, head = concepts.fine_tune(start, x, y, n_way=5, lr=0.01, n_steps=15)
    assert F.cross_entropy(convnet(params, x) @ head, y) < 0.5 * torch.tensor(5.0).log()
    assert all(torch.equal(start[name], before[name]) for name in start)


def accuracy(answer, images, n_tasks):
    sizes = {"n_way": 3, "n_shot": 2, "n_query": 2, "n_tasks": n_tasks}
    return evaluation.evaluate(answer, images, **sizes).mean()


def test_a_new_head_tells_clouds_apart(generator):
    centres = torch.randn(6, 1, 8, generator=generator)
    z = centres + 0.05 * torch.randn(6, 5, 8, generator=generator)
    assert accuracy(concepts.with_new_head(lr=1.0, n_steps=20), z, n_tasks=20) > 0.95
    assert accuracy(concepts.with_new_head(lr=1.0, n_steps=0), z, n_tasks=20) < 0.6


def test_a_network_from_scratch_learns_the_task_and_is_the_same_each_time(generator):
    coarse = torch.rand(6, 1, 7, 7, generator=generator) > 0.5
    images = 255 * coarse.repeat_interleave(4, 2).repeat_interleave(4, 3).to(torch.uint8)
    images = images.repeat(1, 5, 1, 1)
    answer = concepts.from_scratch(lr=0.01, n_steps=15)
    assert accuracy(answer, images, n_tasks=2) == 1
    noise = torch.randint(0, 256, (6, 5, 28, 28), generator=generator).to(torch.uint8)
    assert accuracy(answer, noise, n_tasks=2) == accuracy(answer, noise, n_tasks=2)
