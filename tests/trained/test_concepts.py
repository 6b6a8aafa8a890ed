import torch

from metacourse.nets import convnet
from metacourse.trained import concepts, maml


def test_the_recipes_for_print_see_the_same_number_of_images(letters, generator, monkeypatch):
    seen = []

    def convnet_that_counts(params, images):
        seen.append(len(images))
        return convnet(params, images)

    for module in (concepts, maml):
        monkeypatch.setattr(module, "convnet", convnet_that_counts)
    n_images = {}
    for name, recipe in (concepts.RECIPES | maml.RECIPES).items():
        seen.clear()
        recipe.loss(recipe.start(generator), recipe.sample(generator))
        n_tasks = maml.MAML_TASKS["n_tasks"] if name == "maml" else 1  # vmap shows one of them
        n_images[name] = sum(seen) * n_tasks * recipe.n_steps
    assert n_images == dict.fromkeys(("pretrained", "meta_trained", "maml"), 180_000)


def test_characters_are_drawn_with_their_numbers(letters, characters, generator):
    images, labels = concepts.sample_characters(generator)
    assert images.shape == (120, 28, 28)
    assert labels.max() < 32  # of the training characters
    for image, label in zip(images, labels, strict=True):
        assert (characters[label] == image).all(dim=(1, 2)).any()


def test_the_head_of_a_pretrained_network_is_not_kept(letters, generator):
    recipe = concepts.RECIPES["pretrained"]
    start = recipe.start(generator)
    assert start["head.weight"].shape == (32, 128)
    kept = recipe.finish(start)
    assert set(start) - set(kept) == {"head.weight", "head.bias"}
    assert all(torch.equal(kept[name], start[name]) for name in kept)
