import pytest
import torch
from torch.func import grad, vmap
from torch.nn import functional as F

from metacourse.evaluation import evaluate
from metacourse.learned_optimisers import meta_lstm_adapt, optimise
from metacourse.lstm import init_lstm
from metacourse.maml import inner_adapt, maml_loss
from metacourse.nets import flatten, init_mlp, mlp, unflatten
from metacourse.tasks.digits import split_digits
from metacourse.tasks.glyphs import load_glyphs
from metacourse.trained import learned_optimisers as trained
from metacourse.trained.learned_optimisers import (
    DIGIT_NETWORK,
    RECIPES,
    digit_loss,
    gated_answer,
    gates_loss,
    learned_losses,
    optimiser_loss,
    sample_digit_tasks,
)
from metacourse.trained.maml import (
    MAML_STEPS,
    adapted_answer,
    image_logits,
    image_loss,
    load_maml,
)
from metacourse.trained.recipes import load_weights, train_weights
from metacourse.training import Budget

# an optimiser for small networks ------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(64, 20, 10), (64, 40, 40, 10)])
def test_a_digit_task_is_the_start_of_a_network_and_128_images(sizes, generator):
    tasks = sample_digit_tasks(3, split="validation", sizes=sizes, generator=generator)
    n_weights = len(flatten(init_mlp(list(sizes), generator)))
    assert tasks.start.shape == (3, n_weights)
    assert tasks.images.shape == (3, 128, 64)
    assert tasks.labels.shape == (3, 128)
    assert tasks.labels.unique().tolist() == list(range(10))
    assert all(len(images.unique(dim=0)) == 128 for images in tasks.images)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_digit_task_has_images_of_its_split_with_their_labels(split, generator):
    images, tasks = split_digits(split), sample_digit_tasks(1, split=split, generator=generator)
    for image, label in zip(tasks.images[0], tasks.labels[0], strict=True):
        assert (images[label] == image).all(dim=1).any()


def test_the_seed_decides_the_digit_tasks():
    first, again, other = (
        sample_digit_tasks(2, split="train", generator=torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    )
    assert all(map(torch.equal, first, again))
    assert not any(map(torch.equal, first, other))
    assert not torch.equal(first.start[0], first.start[1])
    assert not torch.equal(first.images[0], first.images[1])


def test_the_loss_on_digits_is_the_cross_entropy_of_the_network(generator):
    start, images, labels = (part[0] for part in digits(generator))
    scores = mlp(unflatten(start, DIGIT_NETWORK), images).log_softmax(dim=1)
    expected = -scores[torch.arange(128), labels].mean()
    torch.testing.assert_close(digit_loss(start, images, labels), expected)


def test_the_loss_on_digits_is_that_of_any_network(generator):
    like = init_mlp([64, 10], generator)
    _, images, labels = (part[0] for part in digits(generator))

    def network(params, x):
        return torch.tanh(x @ params["layer0.weight"].T + params["layer0.bias"])

    torch.testing.assert_close(
        digit_loss(flatten(like), images, labels, like=like, network=network),
        F.cross_entropy(network(like, images), labels),
    )


def test_the_losses_of_many_trainings_are_those_of_each(generator):
    params, tasks = init_lstm(2, 4, 1, generator), digits(generator)
    together = learned_losses(params, tasks, n_steps=3)
    assert together.shape == (2, 4)
    for losses, (start, images, labels) in zip(together, zip(*tasks, strict=True), strict=True):

        def loss_fn(theta, images=images, labels=labels):
            return digit_loss(theta, images, labels)

        torch.testing.assert_close(losses, optimise(params, loss_fn, start, n_steps=3)[1])


def test_the_optimisers_loss_is_the_mean_over_the_steps_without_the_start(generator):
    params, tasks = RECIPES["optimiser"].start(generator), digits(generator)
    losses = learned_losses(params, tasks, n_steps=40)
    torch.testing.assert_close(optimiser_loss(params, (tasks, 40)), losses[:, 1:].mean())


@pytest.mark.parametrize(("n_steps", "is_cut"), [(20, False), (40, True)])
def test_the_optimisers_gradient_is_cut_every_20_steps(n_steps, is_cut, generator):
    params, tasks = RECIPES["optimiser"].start(generator), digits(generator)

    def whole(params):
        return learned_losses(params, tasks, n_steps=n_steps)[:, 1:].mean()

    found, exact = grad(optimiser_loss)(params, (tasks, n_steps)), grad(whole)(params)
    for name in params:
        assert torch.allclose(found[name], exact[name], rtol=1e-3) == (not is_cut)


def test_the_optimiser_is_trained_for_20_to_100_steps_by_chance(generator):
    drawn = {RECIPES["optimiser"].sample(generator)[1] for _ in range(60)}
    assert drawn == {20, 40, 60, 80, 100}


def digits(generator):
    """Two networks to train."""
    return sample_digit_tasks(2, split="train", generator=generator)


# gates for MAML's start ---------------------------------------------------------------------------


def test_fresh_gates_take_mamls_step(letter_tasks, generator):
    gates, start = RECIPES["meta_lstm"].start(generator), load_maml()
    support = letter_tasks.x_support[0], letter_tasks.y_support[0]
    by_gates = meta_lstm_adapt(gates, image_loss, start, *support, n_steps=MAML_STEPS["n_steps"])
    by_maml = inner_adapt(image_loss, start, *support, **MAML_STEPS)
    for name in start:
        torch.testing.assert_close(by_gates[name], by_maml[name], rtol=1e-3, atol=1e-4)


def test_the_loss_of_fresh_gates_is_that_of_maml(letter_tasks, generator):
    torch.testing.assert_close(
        gates_loss(RECIPES["meta_lstm"].start(generator), letter_tasks),
        maml_loss(image_loss, load_maml(), letter_tasks, **MAML_STEPS),
        rtol=1e-3,
        atol=1e-4,
    )


def test_training_the_gates_leaves_mamls_start_as_it_is(letter_tasks, monkeypatch):
    start = {name: tensor.requires_grad_() for name, tensor in load_maml().items()}
    few = RECIPES["meta_lstm"]._replace(sample=lambda _: letter_tasks, score=lambda _: 0.0)
    monkeypatch.setattr(trained, "load_maml", lambda: start)
    trained.shipped_start.cache_clear()
    gates = train_weights("meta_lstm", few, budget=Budget(3, 60.0))
    trained.shipped_start.cache_clear()
    assert not set(gates) & set(start)
    assert all(torch.equal(start[name], tensor) for name, tensor in load_maml().items())


def test_the_gates_answer_each_task_as_if_it_were_alone(letter_tasks):
    x, y, x_query, _ = letter_tasks
    gates = load_weights("meta_lstm")
    answers = gated_answer(gates)(x, y, x_query)
    how = {"n_steps": MAML_STEPS["n_steps"]}
    adapted = meta_lstm_adapt(gates, image_loss, load_maml(), x[2], y[2], **how)
    assert answers.shape == (3, 10)
    assert torch.equal(answers[2], image_logits(adapted, x_query[2]).argmax(-1))


# what ships is good -------------------------------------------------------------------------------


def test_the_learned_optimiser_is_ahead_of_gradient_descent_after_50_steps(generator):
    tasks = sample_digit_tasks(10, split="validation", generator=generator)
    with torch.no_grad():
        learned = learned_losses(load_weights("optimiser"), tasks, n_steps=50)[:, -1]
    for lr in (0.03, 0.1, 0.3, 1.0):
        assert (learned < descent_loss(tasks, lr=lr)).all()
    assert learned.mean() < 0.02


def descent_loss(tasks, *, lr):
    """The loss of each network after 50 steps of gradient descent."""
    theta, images, labels = tasks
    for _ in range(50):
        theta = theta - lr * vmap(grad(digit_loss))(theta, images, labels)
    return vmap(digit_loss)(theta, images, labels)


def test_the_learned_optimiser_stays_low_until_its_last_step(generator):
    tasks = sample_digit_tasks(10, split="validation", generator=generator)
    with torch.no_grad():
        losses = learned_losses(load_weights("optimiser"), tasks, n_steps=100).mean(0)
    assert losses[0] > 2  # a network that guesses: log 10 = 2.3
    assert losses[50:].max() < 0.05


def test_the_meta_lstm_knows_new_scripts_as_maml_does():
    images = load_glyphs("validation").images
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 3, "n_tasks": 100}
    by_gates = evaluate(gated_answer(load_weights("meta_lstm")), images, **sizes)
    by_maml = evaluate(adapted_answer(load_maml(), **MAML_STEPS), images, **sizes)
    assert by_gates.mean() > 0.94
    assert abs(by_gates.mean() - by_maml.mean()) < 0.01
