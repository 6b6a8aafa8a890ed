import pytest
import torch
from torch.nn import functional as F

from metacourse import embeddings
from metacourse.embeddings import (
    MAML_STEPS,
    MAML_TASKS,
    RECIPES,
    TEMPERATURE,
    WEIGHTS,
    adapted_answer,
    all_pairs_loss,
    body,
    embed,
    image_logits,
    image_loss,
    load_embedding,
    load_maml,
    nearest_prototype,
    task_accuracies,
    train_embedding,
)
from metacourse.episodes import sample_episodes
from metacourse.evaluation import evaluate
from metacourse.maml import inner_adapt
from metacourse.nets import convnet, device_of, init_convnet
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


@pytest.mark.parametrize("name", RECIPES)
def test_the_weights_that_ship_fit_the_convnet(name):
    shapes = {key: tensor.shape for key, tensor in load_embedding(name).items()}
    fresh = init_convnet(n_filters=RECIPES[name].n_filters, generator=torch.Generator())
    assert shapes == {key: tensor.shape for key, tensor in fresh.items()}


def test_the_weights_take_less_than_a_megabyte():
    assert sum((WEIGHTS / f"{name}.safetensors").stat().st_size for name in RECIPES) < 1e6


def test_an_unknown_embedding_is_refused():
    with pytest.raises(ValueError, match="meta_trained, maml, handwriting; got 'anil'"):
        load_embedding("anil")


@pytest.mark.parametrize("name", RECIPES)
def test_the_embeddings_that_ship_beat_pixels_on_shifted_images(name, characters):
    """Shifts move every pixel; an embedding of characters should hardly notice."""
    shifted = torch.stack(
        [characters[:, n].roll((n // 4 - 2, n % 3 - 1), (1, 2)) for n in range(16)], 1
    )
    pixels = task_accuracies(shifted.flatten(2) / 255, n_shot=1).mean()
    assert task_accuracies(embed(load_embedding(name), shifted), n_shot=1).mean() > pixels


def test_mamls_start_is_its_embedding_and_a_head_for_five_classes():
    start, embedding = load_maml(), load_embedding("maml")
    assert start["head.weight"].shape == (5, 128)
    assert start["head.bias"].shape == (5,)
    assert body(start).keys() == embedding.keys()
    assert all(torch.equal(embedding[key], tensor) for key, tensor in body(start).items())


def test_mamls_start_guesses_until_it_has_adapted(characters):
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 3, "n_tasks": 10}
    before = adapted_answer(load_maml(), **MAML_STEPS | {"n_steps": 0})
    after = adapted_answer(load_maml(), **MAML_STEPS)
    assert evaluate(before, characters, **sizes).mean() < 0.35
    assert evaluate(after, characters, **sizes).mean() > 0.8


def test_answers_for_many_tasks_are_those_for_one(characters):
    generator = torch.Generator().manual_seed(0)
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 2, "n_tasks": 12}
    x, y, x_query, _ = sample_episodes(characters, **sizes, generator=generator)
    answers = adapted_answer(load_maml(), **MAML_STEPS)(x, y, x_query)
    adapted = inner_adapt(image_loss, load_maml(), x[11], y[11], **MAML_STEPS)
    assert answers.shape == (12, 10)
    assert answers[11].tolist() == image_logits(adapted, x_query[11]).argmax(-1).tolist()


def test_the_first_step_leaves_the_body_when_the_rows_of_the_head_are_equal(characters):
    """∇ of a feature is Σ (p − y) · w, and p and y both sum to 1."""
    params = {key: tensor.double() for key, tensor in load_embedding("maml").items()}
    weight = torch.randn(1, 128, generator=torch.Generator().manual_seed(0)).double()
    params |= {"head.weight": weight.expand(5, 128), "head.bias": torch.zeros(5).double()}
    x = characters[:5, 0].double() / 255
    adapted = inner_adapt(image_loss, params, x, torch.arange(5), **MAML_STEPS)
    for key, tensor in body(params).items():
        torch.testing.assert_close(adapted[key], tensor, atol=1e-12, rtol=0)
    assert not torch.equal(adapted["head.weight"], params["head.weight"])


@pytest.mark.parametrize("name", RECIPES)
def test_training_gives_the_parameters_of_the_convnet_and_mamls_head(name, characters):
    params = train_embedding(name, characters[:32], characters[32:], budget=Budget(2, 3600.0))
    head = {"head.weight", "head.bias"} if name == "maml" else set()
    assert set(params) == set(init_convnet(generator=torch.Generator())) | head


@pytest.mark.parametrize("name", RECIPES)
def test_training_runs_where_the_images_are_and_ends_on_the_cpu(name, characters, cuda):
    images = characters.to(cuda)
    params = train_embedding(name, images[:32], images[32:], budget=Budget(2, 3600.0))
    assert device_of(params).type == "cpu"
    assert all(tensor.isfinite().all() for tensor in params.values())


def test_the_recipes_for_print_see_the_same_number_of_images(characters, monkeypatch):
    seen = []

    def convnet_that_counts(params, images):
        seen.append(len(images))
        return convnet(params, images)

    monkeypatch.setattr(embeddings, "convnet", convnet_that_counts)
    n_images = {}
    for name in ("pretrained", "meta_trained", "maml"):
        recipe = RECIPES[name]
        params = load_embedding(name)
        n_classes = 40 if name == "pretrained" else 5
        head = {"head.weight": torch.zeros(n_classes, 128), "head.bias": torch.zeros(n_classes)}
        seen.clear()
        recipe.loss(params | head, characters, torch.Generator().manual_seed(0))
        n_tasks = MAML_TASKS["n_tasks"] if name == "maml" else 1  # vmap shows one of them
        n_images[name] = sum(seen) * n_tasks * recipe.n_steps
    assert set(n_images.values()) == {180_000}


def test_the_loss_over_all_pairs_is_that_of_a_task_for_each_pair(generator):
    z, y = torch.randn(6, 4, generator=generator).double(), torch.tensor([0, 1, 1, 0, 2, 1])
    losses = []
    for i, j in ((0, 3), (3, 0), (1, 2), (2, 1), (1, 5), (5, 1), (2, 5), (5, 2)):
        support = torch.cat([z[j : j + 1], z[y != y[i]]])
        logits = -(support - z[i]).square().sum(dim=1) / TEMPERATURE
        losses.append(F.cross_entropy(logits, torch.tensor(0)))
    torch.testing.assert_close(all_pairs_loss(z, y), torch.stack(losses).mean())


def test_the_loss_over_all_pairs_vanishes_when_classes_are_far_apart():
    z, y = torch.tensor([[0.0], [0.1], [90.0], [90.1]]), torch.tensor([0, 0, 1, 1])
    assert all_pairs_loss(z, y) < 1e-9


def test_turned_letters_are_classes_of_their_own(characters, monkeypatch):
    glyphs = Glyphs(characters, [], [])
    monkeypatch.setattr(embeddings, "write_glyphs", lambda *_, **__: glyphs)
    images, _ = RECIPES["handwriting"].letters()
    assert images.shape == (160, 16, 28, 28)
    assert torch.equal(images[40], characters[0].rot90(1, (1, 2)))


def test_a_training_cut_short_gives_no_weights(characters):
    with pytest.raises(RuntimeError, match="meta_trained: out of time after 1 steps"):
        train_embedding("meta_trained", characters[:32], characters[32:], budget=Budget(5, 1e-9))


@pytest.mark.parametrize(("names", "made"), [([], set(RECIPES)), (["maml"], {"maml"})])
def test_the_embeddings_are_made_on_one_thread(names, made, characters, monkeypatch, tmp_path):
    threads = []
    params = init_convnet(generator=torch.Generator().manual_seed(0))
    glyphs = Glyphs(torch.cat([characters, characters], dim=1), [], [])
    monkeypatch.setattr(embeddings, "WEIGHTS", tmp_path)
    monkeypatch.setattr(embeddings, "load_glyphs", lambda split: glyphs)
    monkeypatch.setattr(embeddings, "write_glyphs", lambda *_, **__: glyphs)
    monkeypatch.setattr(embeddings, "train_embedding", lambda *_: params)
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    embeddings.main(names)
    assert threads == [1]
    assert {path.stem for path in tmp_path.iterdir()} == made


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
