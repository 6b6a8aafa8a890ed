import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from metacourse.episodes import Episode, draw_without_replacement, sample_episodes

N_CLASSES, N_IMAGES = 7, 6


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def indices(n_classes=N_CLASSES, n_images=N_IMAGES):
    """Images that are their own number, so that a test sees which ones a task drew."""
    return torch.arange(n_classes * n_images).view(n_classes, n_images)


@st.composite
def settings_of_a_task(draw):
    n_shot = draw(st.integers(1, N_IMAGES - 1))
    return {
        "n_way": draw(st.integers(1, N_CLASSES)),
        "n_shot": n_shot,
        "n_query": draw(st.integers(0, N_IMAGES - n_shot)),
        "n_tasks": draw(st.integers(1, 4)),
        "generator": generator(draw(st.integers(0, 1000))),
    }


@given(settings_of_a_task())
@settings(deadline=None)
def test_shapes_follow_the_settings_of_the_task(task):
    images = torch.zeros(N_CLASSES, N_IMAGES, 3, 2, dtype=torch.uint8)
    episode = sample_episodes(images, **task)
    n_tasks, n_support = task["n_tasks"], task["n_way"] * task["n_shot"]
    n_query = task["n_way"] * task["n_query"]
    assert episode.x_support.shape == (n_tasks, n_support, 3, 2)
    assert episode.x_query.shape == (n_tasks, n_query, 3, 2)
    assert episode.y_support.shape == (n_tasks, n_support)
    assert episode.y_query.shape == (n_tasks, n_query)
    assert episode.x_support.dtype == torch.uint8
    assert episode.y_query.dtype == torch.int64


@given(settings_of_a_task())
@settings(deadline=None)
def test_support_and_query_share_no_image_and_repeat_none(task):
    episode = sample_episodes(indices(), **task)
    for drawn in torch.cat([episode.x_support, episode.x_query], dim=1):
        assert drawn.unique().numel() == drawn.numel()


@given(settings_of_a_task())
@settings(deadline=None)
def test_a_label_stands_for_one_class_in_support_and_query(task):
    episode = sample_episodes(indices(), **task)
    drawn = torch.cat([episode.x_support, episode.x_query], dim=1) // N_IMAGES
    labels = torch.cat([episode.y_support, episode.y_query], dim=1)
    for classes_of_task, labels_of_task in zip(drawn, labels, strict=True):
        pairs = torch.stack([classes_of_task, labels_of_task], dim=1).unique(dim=0)
        assert pairs.shape[0] == task["n_way"]
        assert pairs[:, 0].unique().numel() == task["n_way"]


@given(settings_of_a_task())
@settings(deadline=None)
def test_every_label_has_n_shot_support_and_n_query_query_images(task):
    episode = sample_episodes(indices(), **task)
    for y_support, y_query in zip(episode.y_support, episode.y_query, strict=True):
        assert (
            y_support.bincount(minlength=task["n_way"]).tolist() == [task["n_shot"]] * task["n_way"]
        )
        assert (
            y_query.bincount(minlength=task["n_way"]).tolist() == [task["n_query"]] * task["n_way"]
        )


def test_the_number_of_a_class_is_shuffled_per_task():
    episode = sample_episodes(
        indices(3), n_way=3, n_shot=1, n_query=1, n_tasks=600, generator=generator()
    )
    labels_of_class_0 = episode.y_query[episode.x_query // N_IMAGES == 0].bincount() / 600
    torch.testing.assert_close(labels_of_class_0, torch.full((3,), 1 / 3), atol=0.08, rtol=0)


@pytest.mark.parametrize("part", ["y_support", "y_query"])
def test_the_place_of_a_row_says_nothing_about_its_label(part):
    episode = sample_episodes(
        indices(), n_way=2, n_shot=3, n_query=3, n_tasks=2000, generator=generator()
    )
    mean_label_by_place = getattr(episode, part).double().mean(dim=0)
    expected = torch.full((6,), 0.5, dtype=torch.float64)
    torch.testing.assert_close(mean_label_by_place, expected, atol=0.06, rtol=0)


def test_every_class_and_image_is_drawn_equally_often():
    episode = sample_episodes(
        indices(4, 3), n_way=2, n_shot=1, n_query=1, n_tasks=3000, generator=generator()
    )
    share = episode.x_support.flatten().bincount(minlength=12) / episode.x_support.numel()
    torch.testing.assert_close(share, torch.full((12,), 1 / 12), atol=0.02, rtol=0)


def test_the_same_seed_gives_the_same_tasks_and_another_seed_others():
    task = {"n_way": 5, "n_shot": 2, "n_query": 2, "n_tasks": 3}
    first, again, other = (
        sample_episodes(indices(), **task, generator=generator(seed)) for seed in (1, 1, 2)
    )
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.x_support, other.x_support)


def test_too_many_ways_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match="needs 20 classes, images_by_class has 10"):
        sample_episodes(
            indices(10), n_way=20, n_shot=1, n_query=1, n_tasks=1, generator=generator()
        )


def test_too_many_images_are_refused_with_both_numbers():
    with pytest.raises(
        ValueError, match=r"needs 7 images a class \(5 support \+ 2 query\).* has 6"
    ):
        sample_episodes(indices(), n_way=2, n_shot=5, n_query=2, n_tasks=1, generator=generator())


@pytest.mark.parametrize("size", ["n_way", "n_shot", "n_query", "n_tasks"])
def test_a_negative_size_is_refused_by_name(size):
    sizes = {"n_way": 2, "n_shot": 1, "n_query": 1, "n_tasks": 1} | {size: -1}
    with pytest.raises(ValueError, match=f"no size may be negative, got .*'{size}': -1"):
        sample_episodes(indices(), **sizes, generator=generator())


def test_drawing_all_numbers_gives_a_permutation():
    drawn = draw_without_replacement((5, 3), 8, 8, generator())
    assert torch.equal(drawn.sort(dim=-1).values, torch.arange(8).expand(5, 3, 8))


def test_an_episode_changes_its_dtype_as_a_whole():
    episode = Episode(*(torch.zeros(2) for _ in range(4))).to(torch.float64)
    assert isinstance(episode, Episode)
    assert all(tensor.dtype == torch.float64 for tensor in episode)
