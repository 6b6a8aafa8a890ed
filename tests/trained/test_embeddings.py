import pytest
import torch

from metacourse.nets import convnet, init_convnet
from metacourse.trained.embeddings import (
    EMBEDDINGS,
    confused,
    embed,
    gain_by_unlabelled,
    load_embedding,
    nearest_prototype,
    task_accuracies,
)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_the_weights_that_ship_fit_the_convnet(name):
    shapes = {key: tensor.shape for key, tensor in load_embedding(name).items()}
    fresh = init_convnet(n_filters=64 if name == "handwriting" else 32, generator=torch.Generator())
    assert shapes == {key: tensor.shape for key, tensor in fresh.items()}


@pytest.mark.parametrize("name", ["anil", "sinusoids"])
def test_what_is_no_embedding_is_refused(name):
    with pytest.raises(ValueError, match=f"meta_trained, maml, handwriting; got '{name}'"):
        load_embedding(name)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_the_embeddings_that_ship_beat_pixels_on_shifted_images(name, characters):
    """Shifts move every pixel; an embedding of characters should hardly notice."""
    shifted = torch.stack(
        [characters[:, n].roll((n // 4 - 2, n % 3 - 1), (1, 2)) for n in range(16)], 1
    )
    pixels = task_accuracies(shifted.flatten(2) / 255, n_shot=1).mean()
    assert task_accuracies(embed(load_embedding(name), shifted), n_shot=1).mean() > pixels


def test_embeddings_are_those_of_the_convnet(characters):
    params = init_convnet(generator=torch.Generator().manual_seed(0))
    embedded = embed(params, characters[:3])
    assert embedded.shape == (3, 16, 128)
    torch.testing.assert_close(embedded[2], convnet(params, characters[2]), atol=1e-5, rtol=1e-5)


def test_the_nearest_prototype_gives_the_label():
    x_support = torch.tensor([[[0.0], [2.0], [10.0], [12.0]]])
    y_support = torch.tensor([[1, 1, 0, 0]])
    x_query = torch.tensor([[[3.0], [9.0]]])
    assert nearest_prototype(x_support, y_support, x_query).tolist() == [[1, 0]]


def test_mistakes_are_told_by_the_class_that_was_asked_and_the_one_it_was_taken_for():
    """Classes 0 and 1 lie together, the others far apart."""
    centres = torch.tensor([0.0, 0.0, 100.0, 200.0, 300.0])[:, None, None]
    z = centres + torch.rand(5, 8, 2, generator=torch.Generator().manual_seed(0))
    asked, taken_for = confused(z, n_way=5, n_tasks=20)
    assert len(asked) > 20
    assert {*asked.tolist()} == {*taken_for.tolist()} == {0, 1}
    assert (asked != taken_for).all()


def test_unlabelled_images_help_where_classes_have_clear_heaps():
    """One labelled image of a wide class says little, six say where its middle is."""
    generator = torch.Generator().manual_seed(0)
    centres = 3 * torch.randn(20, 1, 16, generator=generator)
    z = centres + 1.5 * torch.randn(20, 12, 16, generator=generator)
    assert gain_by_unlabelled(z).mean > 0
