import torch

from metacourse.episodes import sample_episodes
from metacourse.evaluation import evaluate
from metacourse.maml import inner_adapt
from metacourse.tasks.glyphs import load_glyphs
from metacourse.trained.embeddings import body, embed, load_embedding
from metacourse.trained.maml import (
    MAML_STEPS,
    adapted_answer,
    adapted_head_answer,
    image_logits,
    image_loss,
    load_maml,
    sample_letter_tasks,
)


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


def test_the_head_alone_adapts_as_with_a_rate_of_0_for_the_body(characters):
    rates = {name: 0.3 * name.startswith("head") for name in load_maml()}
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 3, "n_tasks": 10}
    slow = adapted_answer(load_maml(), lr_inner=rates, n_steps=3)
    fast = adapted_head_answer(load_maml(), lr_inner=0.3, n_steps=3)
    z = embed(body(load_maml()), characters)
    assert torch.equal(evaluate(slow, characters, **sizes), evaluate(fast, z, **sizes))


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


def test_maml_and_the_gates_are_trained_on_letters_of_training_scripts(generator):
    tasks = sample_letter_tasks(generator)
    assert tasks.x_support.shape == (12, 5, 28, 28)
    assert tasks.x_query.shape == (12, 15, 28, 28)
    factors = torch.randint(2**40, (28 * 28,), generator=generator)

    def fingerprints(images):
        return images.flatten(-2).long() @ factors

    known = fingerprints(load_glyphs("train").images)
    assert torch.isin(fingerprints(tasks.x_support), known).all()
    assert torch.isin(fingerprints(tasks.x_query), known).all()
