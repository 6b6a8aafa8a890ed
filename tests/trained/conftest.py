"""Made-up letters in the place of those that the networks are trained on."""

import pytest
import torch

from metacourse.episodes import sample_episodes
from metacourse.tasks.glyphs import Glyphs
from metacourse.trained import embeddings, lstm, siamese


@pytest.fixture(scope="session")
def characters():
    """40 made-up characters, 16 noisy images of each."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(40, 1, 7, 7, generator=generator) > 0.6
    images = coarse.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3).expand(40, 16, 28, 28)
    noise = torch.randint(0, 80, images.shape, generator=generator)
    return (images * 160 + noise).to(torch.uint8)


@pytest.fixture(scope="session")
def clouds():
    """40 made-up classes, 20 points close to the centre of each, as `embed` gives them."""
    generator = torch.Generator().manual_seed(0)
    centres = 2 * torch.rand(40, 1, 128, generator=generator)
    return centres + 0.1 * torch.rand(40, 20, 128, generator=generator)


@pytest.fixture
def letters(characters, clouds, monkeypatch):
    """The made-up characters in the place of the letters, and the clouds as their embeddings."""
    splits = {"train": characters[:32], "validation": characters[32:]}
    caches = embeddings.printed_letters, siamese.written_letters, lstm.centring

    def load(split, *_, **__):
        return Glyphs(splits[split], [], [])

    monkeypatch.setattr(embeddings, "load_glyphs", load)
    monkeypatch.setattr(siamese, "write_glyphs", load)
    monkeypatch.setattr(lstm, "letter_embeddings", lambda split, device: clouds.to(device))
    for cached in caches:
        cached.cache_clear()
    yield clouds
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def letter_tasks(generator):
    """Three tasks of made-up letters, 5 classes, 1 image of each and 2 queries."""
    images = torch.rand(8, 3, 28, 28, generator=generator)
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 2, "n_tasks": 3}
    return sample_episodes(images, **sizes, generator=generator)
