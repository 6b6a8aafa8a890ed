import pytest
import torch
from torch.func import grad, vmap
from torch.nn import functional as F

from metacourse import trained_lstms
from metacourse.embeddings import (
    MAML_STEPS,
    adapted_answer,
    image_logits,
    image_loss,
    load_maml,
)
from metacourse.episodes import Episode, sample_episodes
from metacourse.evaluation import confidence_interval, evaluate
from metacourse.lstm import (
    init_lstm,
    memory_logits,
    memory_sequence,
    memory_states,
    meta_lstm_adapt,
    optimise,
)
from metacourse.maml import inner_adapt, maml_loss
from metacourse.nets import device_of, flatten, init_mlp, mlp, unflatten
from metacourse.tasks.digits import split_digits
from metacourse.tasks.glyphs import load_glyphs
from metacourse.trained_lstms import (
    DIGIT_NETWORK,
    RECIPES,
    WEIGHTS,
    Recipe,
    digit_loss,
    gated_answer,
    gates_loss,
    instance_accuracies,
    instances,
    learned_losses,
    letter_answers,
    letter_embeddings,
    load_lstm,
    optimiser_loss,
    read_embeddings,
    sample_digit_tasks,
    sample_letter_tasks,
    sample_sequences,
    sinusoid_errors,
    train_lstm,
)
from metacourse.training import Budget


@pytest.fixture(scope="module")
def clouds():
    """40 made-up classes, 20 points close to the centre of each, as `embed` gives them."""
    generator = torch.Generator().manual_seed(0)
    centres = 2 * torch.rand(40, 1, 128, generator=generator)
    return centres + 0.1 * torch.rand(40, 20, 128, generator=generator)


@pytest.fixture
def letters(clouds, monkeypatch):
    """The made-up classes in the place of the letters."""
    monkeypatch.setattr(trained_lstms, "letter_embeddings", lambda split, device: clouds.to(device))
    trained_lstms.centring.cache_clear()
    yield clouds
    trained_lstms.centring.cache_clear()


@pytest.fixture
def letter_tasks(generator):
    """Three tasks of made-up letters, 5 classes, 1 image of each and 2 queries."""
    images = torch.rand(8, 3, 28, 28, generator=generator)
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 2, "n_tasks": 3}
    return sample_episodes(images, **sizes, generator=generator)


@pytest.fixture
def recipe():
    """Repeat a number: y is the same at all points of a task."""

    def sample(generator):
        y = torch.randn(32, 1, 1, generator=generator).expand(32, 5, 1)
        return torch.zeros(32, 5, 1), y

    def loss(params, batch):
        return (memory_sequence(params, *batch) - batch[1]).square().mean()

    def score(params):
        return -loss(params, sample(torch.Generator().manual_seed(1))).item()

    return Recipe(lambda generator: init_lstm(2, 8, 1, generator), loss, sample, score, 60, 0.05)


@pytest.mark.parametrize("name", RECIPES)
def test_the_weights_that_ship_are_those_of_the_recipe(name):
    shapes = {key: tensor.shape for key, tensor in load_lstm(name).items()}
    fresh = RECIPES[name].start(torch.Generator())
    assert shapes == {key: tensor.shape for key, tensor in fresh.items()}


def test_the_weights_take_less_than_a_quarter_of_a_megabyte():
    sizes = [(WEIGHTS / f"{name}_lstm.safetensors").stat().st_size for name in RECIPES]
    assert sum(sizes) < 0.25e6


@pytest.mark.parametrize("function", [load_lstm, train_lstm])
def test_an_unknown_network_is_refused(function):
    with pytest.raises(ValueError, match=r"sinusoids, letters.*; got 'gru'"):
        function("gru")


def test_the_network_for_embeddings_as_they_are_says_the_same(letters, generator):
    params = RECIPES["letters"].start(generator)
    x, y = sample_sequences(letters, n_shot=2, n_tasks=3, generator=generator)
    mean, scale = trained_lstms.centring()
    assert (scale * (letters - mean)).std() == pytest.approx(2, rel=0.05)
    torch.testing.assert_close(
        letter_answers(read_embeddings(params), x, y), letter_answers(params, scale * (x - mean), y)
    )


def test_instances_are_counted_class_by_class():
    assert instances(torch.tensor([[3, 0, 3, 3, 0], [1, 1, 1, 1, 2]])).tolist() == [
        [1, 1, 2, 3, 2],
        [1, 2, 3, 4, 1],
    ]


def test_a_sequence_shows_each_of_five_classes_as_often(clouds, generator):
    x, y = sample_sequences(clouds, n_shot=4, n_tasks=30, generator=generator)
    assert x.shape == (30, 20, 128)
    assert torch.equal(F.one_hot(y).sum(1), torch.full((30, 5), 4))


def test_classes_are_numbered_anew_in_each_task(clouds, generator):
    x, y = sample_sequences(clouds[:5], n_shot=1, n_tasks=200, generator=generator)
    classes = torch.cdist(x, clouds[:5].mean(1)).argmin(-1)  # (B, 5)
    for label in range(5):
        counts = F.one_hot(classes[y == label], 5).sum(0)
        assert counts.min() > 20  # of 40 to be expected


def test_the_accuracy_at_an_instance_is_that_of_the_answers(clouds, monkeypatch):
    """A learner that is right from a class's third image on."""

    def answers(params, x, y):
        right = F.one_hot(y, 5).float()
        return torch.where((instances(y) >= 3)[..., None], right, right.roll(1, -1))

    monkeypatch.setattr(trained_lstms, "letter_answers", answers)
    accuracies = instance_accuracies({}, clouds, n_shot=4, seed=0)
    assert accuracies.shape == (600, 4)
    assert accuracies.unique(dim=0).tolist() == [[0, 0, 1, 1]]


# ---- an optimiser for small networks -------------------------------------------------------------


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


# ---- gates for MAML's start ----------------------------------------------------------------------


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
    monkeypatch.setattr(trained_lstms, "load_maml", lambda: start)
    monkeypatch.setitem(RECIPES, "meta_lstm", few)
    gates = train_lstm("meta_lstm", budget=Budget(3, 60.0))
    assert not set(gates) & set(start)
    assert all(torch.equal(start[name], tensor) for name, tensor in load_maml().items())


def test_the_gates_answer_each_task_as_if_it_were_alone(letter_tasks):
    x, y, x_query, _ = letter_tasks
    gates = load_lstm("meta_lstm")
    answers = gated_answer(gates)(x, y, x_query)
    how = {"n_steps": MAML_STEPS["n_steps"]}
    adapted = meta_lstm_adapt(gates, image_loss, load_maml(), x[2], y[2], **how)
    assert answers.shape == (3, 10)
    assert torch.equal(answers[2], image_logits(adapted, x_query[2]).argmax(-1))


def test_the_gates_are_trained_on_letters_of_training_scripts(generator):
    tasks = sample_letter_tasks(generator)
    assert tasks.x_support.shape == (12, 5, 28, 28)
    assert tasks.x_query.shape == (12, 15, 28, 28)
    factors = torch.randint(2**40, (28 * 28,), generator=generator)

    def fingerprints(images):
        return images.flatten(-2).long() @ factors

    known = fingerprints(load_glyphs("train").images)
    assert torch.isin(fingerprints(tasks.x_support), known).all()
    assert torch.isin(fingerprints(tasks.x_query), known).all()


# ---- training ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECIPES)
def test_gradients_reach_every_weight(name, letters, generator):
    recipe = RECIPES[name]
    params = {key: part.requires_grad_() for key, part in recipe.start(generator).items()}
    loss = recipe.loss(params, recipe.sample(generator))
    loss.backward()
    assert loss.isfinite()
    assert {key for key, part in params.items() if not part.grad.abs().sum() > 0} == set()


@pytest.mark.parametrize("name", RECIPES)
def test_a_step_is_taken_and_judged_on_the_device(name, letters, cuda, monkeypatch):
    seen = []
    recipe = RECIPES[name]
    score = recipe.score
    monkeypatch.setitem(
        RECIPES, name, recipe._replace(score=lambda p: (seen.append(device_of(p)), score(p))[1])
    )
    params = train_lstm(name, budget=Budget(1, 3600.0), device=cuda)
    assert seen == [cuda]
    assert device_of(params).type == "cpu"
    assert all(tensor.isfinite().all() for tensor in params.values())


@pytest.mark.parametrize("name", RECIPES)
def test_a_few_steps_reduce_the_loss(name, letters, generator, monkeypatch):
    recipe = RECIPES[name]
    batch = recipe.sample(generator)

    def score(params):
        return -recipe.loss(params, batch).item()

    one_batch = recipe._replace(sample=lambda _: batch, score=score, finish=dict)
    monkeypatch.setitem(RECIPES, name, one_batch)
    trained = train_lstm(name, budget=Budget(8, 3600.0))
    params = recipe.start(torch.Generator().manual_seed(0))
    assert set(trained) == set(params)
    assert score(trained) > score(params)


def test_training_ends_with_the_weights_that_validate_best(recipe, monkeypatch):
    monkeypatch.setitem(RECIPES, "repeat", recipe)
    params = train_lstm("repeat")
    assert recipe.score(params) > -0.35  # the first of five points is a guess with loss 1
    assert recipe.score(params) > recipe.score(recipe.start(torch.Generator().manual_seed(0)))


def test_the_same_seed_gives_the_same_weights(recipe, monkeypatch):
    monkeypatch.setitem(RECIPES, "repeat", recipe)
    once, again, other = (
        train_lstm("repeat", budget=Budget(5, 3600.0), seed=seed) for seed in (0, 0, 1)
    )
    assert all(torch.equal(once[key], again[key]) for key in once)
    assert not torch.equal(once["weight_hh"], other["weight_hh"])


def test_no_gradient_is_longer_than_the_clip(recipe, monkeypatch):
    """With a clip of 0 nothing is learned."""
    monkeypatch.setitem(RECIPES, "repeat", recipe._replace(clip=0.0))
    params, start = train_lstm("repeat"), recipe.start(torch.Generator().manual_seed(0))
    assert all(torch.equal(params[key], start[key]) for key in start)


def test_a_training_cut_short_gives_no_weights(recipe, monkeypatch):
    monkeypatch.setitem(RECIPES, "repeat", recipe)
    with pytest.raises(RuntimeError, match="repeat: out of time after 1 steps"):
        train_lstm("repeat", budget=Budget(5, 1e-9))


@pytest.mark.parametrize(("names", "made"), [([], set(RECIPES)), (["letters"], {"letters"})])
def test_the_weights_are_made_on_one_thread(names, made, clouds, monkeypatch, tmp_path):
    threads = []
    params = {"weight": torch.zeros(2)}
    quiet = {name: recipe._replace(score=lambda params: 0.0) for name, recipe in RECIPES.items()}
    monkeypatch.setattr(trained_lstms, "WEIGHTS", tmp_path)
    monkeypatch.setattr(trained_lstms, "RECIPES", quiet)
    monkeypatch.setattr(trained_lstms, "train_lstm", lambda name, device: params)
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    trained_lstms.main(names)
    assert threads == [1]
    assert {path.stem for path in tmp_path.iterdir()} == {f"{name}_lstm" for name in made}


# ---- what ships is good ------------------------------------------------------------------------


def test_the_memory_of_curves_is_exact_after_ten_points():
    errors = sinusoid_errors(load_lstm("sinusoids"), n_tasks=200, seed=1).mean(0)
    assert errors[0] > 2  # nothing to know
    assert errors[5] < 0.1
    assert errors[10] < 0.02


def test_the_memory_of_curves_still_works_after_more_points_than_in_training():
    errors = sinusoid_errors(load_lstm("sinusoids"), n_shot=20, n_tasks=200, seed=1).mean(0)
    assert errors[20] < 0.03


def test_the_memory_of_letters_knows_a_class_once_it_has_seen_it():
    accuracies = instance_accuracies(load_lstm("letters"), letter_embeddings("validation"), seed=1)
    first, second, *_, tenth = accuracies.mean(0)
    assert first < 0.6  # a new class can only be told from those already numbered
    assert second > 0.8
    assert tenth > 0.85


def test_another_order_changes_the_state_but_the_accuracy_only_within_its_interval(generator):
    params, z = load_lstm("letters"), letter_embeddings("validation")
    x, y = sample_sequences(z, n_shot=5, n_tasks=600, generator=generator)
    x, x_query, y, y_query = x[:, :20], x[:, 20:], y[:, :20], y[:, 20:]
    states, intervals = [], []
    for order in (torch.arange(20), torch.randperm(20, generator=generator)):
        task = Episode(x[:, order], y[:, order], x_query, y_query)
        h, c = memory_states(params, task.x_support, F.one_hot(task.y_support, 5).float())
        states.append(torch.cat([h[:, -1], c[:, -1]], dim=1))
        answers = memory_logits(params, task).argmax(-1)
        intervals.append(confidence_interval((answers == y_query).float().mean(1)))
    assert (states[0] - states[1]).norm(dim=1).min() > 0.1
    assert abs(intervals[0].mean - intervals[1].mean) < intervals[0].half_width


def test_a_letter_is_answered_as_a_query_is(clouds, generator):
    """`letter_answers` along a sequence, and `memory_logits` for its last letter."""
    params = load_lstm("letters")
    x, y = sample_sequences(clouds, n_shot=2, n_tasks=3, generator=generator)
    task = Episode(x[:, :9], y[:, :9], x[:, 9:], y[:, 9:])
    torch.testing.assert_close(
        letter_answers(params, x, y)[:, 9], memory_logits(params, task)[:, 0]
    )


def test_the_learned_optimiser_is_ahead_of_gradient_descent_after_50_steps(generator):
    tasks = sample_digit_tasks(10, split="validation", generator=generator)
    with torch.no_grad():
        learned = learned_losses(load_lstm("optimiser"), tasks, n_steps=50)[:, -1]
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
        losses = learned_losses(load_lstm("optimiser"), tasks, n_steps=100).mean(0)
    assert losses[0] > 2  # a network that guesses: log 10 = 2.3
    assert losses[50:].max() < 0.05


def test_the_meta_lstm_knows_new_scripts_as_maml_does():
    images = load_glyphs("validation").images
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 3, "n_tasks": 100}
    by_gates = evaluate(gated_answer(load_lstm("meta_lstm")), images, **sizes)
    by_maml = evaluate(adapted_answer(load_maml(), **MAML_STEPS), images, **sizes)
    assert by_gates.mean() > 0.94
    assert abs(by_gates.mean() - by_maml.mean()) < 0.01
