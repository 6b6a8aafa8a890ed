import pytest
import torch

from metacourse import embeddings
from metacourse.embeddings import (
    LOSSES,
    WEIGHTS,
    embed,
    load_embedding,
    nearest_prototype,
    task_accuracies,
    train_embedding,
)
from metacourse.nets import convnet, init_convnet
from metacourse.tasks.glyphs import Glyphs
from metacourse.training import Budget


@pytest.fixture(scope="module")
def characters():
    """40 made-up characters, 16 noisy images of each."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(40, 1, 7, 7, generator=generator) > 0.6
    images = coarse.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3).expand(40, 16, 28, 28)
    noise = torch.randint(0, 80, images.shape, generator=generator)
    return (images * 160 + noise).to(torch.uint8)


@pytest.mark.parametrize("name", LOSSES)
def test_the_weights_that_ship_fit_the_convnet(name):
    shapes = {key: tensor.shape for key, tensor in load_embedding(name).items()}
    fresh = init_convnet(generator=torch.Generator())
    assert shapes == {key: tensor.shape for key, tensor in fresh.items()}


def test_the_weights_take_less_than_a_megabyte():
    assert 0 < sum(path.stat().st_size for path in WEIGHTS.glob("*.safetensors")) < 1e6


def test_an_unknown_embedding_is_refused():
    with pytest.raises(ValueError, match="one of pretrained, meta_trained; got 'maml'"):
        load_embedding("maml")


@pytest.mark.parametrize("name", LOSSES)
def test_the_embeddings_that_ship_beat_pixels_on_shifted_images(name, characters):
    """Shifts move every pixel; an embedding of characters should hardly notice."""
    shifted = torch.stack(
        [characters[:, n].roll((n // 4 - 2, n % 3 - 1), (1, 2)) for n in range(16)], 1
    )
    pixels = task_accuracies(shifted.flatten(2) / 255, n_shot=1).mean()
    assert task_accuracies(embed(load_embedding(name), shifted), n_shot=1).mean() > pixels


@pytest.mark.parametrize("name", LOSSES)
def test_training_gives_the_parameters_of_the_convnet_without_a_head(name, characters):
    params = train_embedding(name, characters[:32], characters[32:], budget=Budget(2, 60.0))
    assert set(params) == set(init_convnet(generator=torch.Generator()))


def test_a_training_cut_short_gives_no_weights(characters):
    with pytest.raises(RuntimeError, match="meta_trained: out of time after 1 steps"):
        train_embedding("meta_trained", characters[:32], characters[32:], budget=Budget(5, 1e-9))


def test_the_embeddings_are_made_on_one_thread(characters, monkeypatch, tmp_path):
    threads = []
    params = init_convnet(generator=torch.Generator().manual_seed(0))
    glyphs = Glyphs(torch.cat([characters, characters], dim=1), [], [])
    monkeypatch.setattr(embeddings, "WEIGHTS", tmp_path)
    monkeypatch.setattr(embeddings, "load_glyphs", lambda split: glyphs)
    monkeypatch.setattr(embeddings, "train_embedding", lambda *_: params)
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    embeddings.main()
    assert threads == [1]
    assert {path.stem for path in tmp_path.iterdir()} == set(LOSSES)


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
