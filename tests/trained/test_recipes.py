import re
from functools import partial

import pytest
import torch
from torch import autograd
from torch.utils._pytree import tree_map_only

from metacourse.distributed import by_tasks, whole
from metacourse.lstm import init_lstm, memory_sequence
from metacourse.nets import device_of, flatten
from metacourse.trained import __main__ as command
from metacourse.trained import learned_optimisers, recipes
from metacourse.trained.recipes import (
    WEIGHTS,
    Made,
    Recipe,
    load_weights,
    save_weights,
    train_weights,
)
from metacourse.training import Budget

RECIPES = command.all_recipes()
BY_GRADIENT = [name for name, recipe in RECIPES.items() if isinstance(recipe, Recipe)]


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

    start = partial(init_lstm, 2, 8, 1)
    return Recipe(start, loss, sample, score, n_steps=60, lr=0.05, clip=1.0, check_every=8)


def test_every_network_that_ships_has_a_recipe():
    assert {path.stem for path in WEIGHTS.iterdir()} == set(RECIPES)


def test_a_recipe_comes_after_those_that_it_is_made_with():
    order = list(RECIPES)
    for name, recipe in RECIPES.items():
        assert all(order.index(needed) < order.index(name) for needed in recipe.needs)
    assert RECIPES["meta_lstm"].needs == ("maml",)


@pytest.mark.parametrize("name", BY_GRADIENT)
def test_the_weights_that_ship_are_those_of_the_recipe(name, letters):
    recipe = RECIPES[name]
    shapes = {key: tensor.shape for key, tensor in load_weights(name).items()}
    fresh = recipe.finish(recipe.start(torch.Generator()))
    assert shapes == {key: tensor.shape for key, tensor in fresh.items()}


def test_the_weights_take_about_two_megabytes():
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 2.1e6


def test_unknown_weights_are_refused():
    with pytest.raises(ValueError, match=r"handwriting, lettering, letters.*; got 'gru'"):
        load_weights("gru")


def test_what_is_saved_is_loaded_and_all_may_read_it(monkeypatch, tmp_path):
    monkeypatch.setattr(recipes, "WEIGHTS", tmp_path)
    save_weights("new", {"weight": torch.tensor([1.0, 2.0])})
    assert load_weights("new")["weight"].tolist() == [1.0, 2.0]
    assert (tmp_path / "new.safetensors").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name", BY_GRADIENT)
def test_gradients_reach_every_weight(name, letters, generator):
    recipe = RECIPES[name]
    params = {key: part.requires_grad_() for key, part in recipe.start(generator).items()}
    loss = recipe.loss(params, recipe.sample(generator))
    loss.backward()
    assert loss.isfinite()
    assert {key for key, part in params.items() if not part.grad.abs().sum() > 0} == set()


@pytest.mark.parametrize("name", BY_GRADIENT)
def test_a_step_is_taken_and_judged_on_the_device(name, letters, cuda):
    seen = []
    recipe = RECIPES[name]

    def score(params):
        seen.append(device_of(params))
        return recipe.score(params)

    watched = recipe._replace(score=score)
    params = train_weights(name, watched, budget=Budget(1, 3600.0), device=cuda)
    assert seen == [cuda]
    assert device_of(params).type == "cpu"
    assert all(tensor.isfinite().all() for tensor in params.values())


@pytest.mark.parametrize("name", BY_GRADIENT)
def test_a_few_steps_reduce_the_loss(name, letters, generator):
    recipe = RECIPES[name]
    batch = recipe.sample(generator)

    def score(params):
        return -recipe.loss(params, batch).item()

    changed = {"sample": lambda _: batch, "score": score, "finish": dict, "check_every": 2}
    trained = train_weights(name, recipe._replace(**changed), budget=Budget(8, 3600.0))
    params = recipe.start(torch.Generator().manual_seed(0))
    assert set(trained) == set(params)
    assert score(trained) > score(params)


@pytest.mark.parametrize("name", BY_GRADIENT)
def test_training_scores_and_gives_what_ships(name, letters):
    """Two steps with the recipe's own score, and the names of the weights that ship."""
    params = train_weights(name, RECIPES[name], budget=Budget(2, 3600.0))
    assert set(params) == set(load_weights(name))


def test_what_no_gradient_makes_is_made_by_its_own_program():
    recipe = Made(lambda: {"gaits": torch.ones(2)}, lambda params: 0.0)
    assert command.made("robots", recipe)["gaits"].tolist() == [1, 1]


def test_training_ends_with_the_weights_that_validate_best(recipe):
    params = train_weights("repeat", recipe)
    assert recipe.score(params) > -0.35  # the first of five points is a guess with loss 1
    assert recipe.score(params) > recipe.score(recipe.start(torch.Generator().manual_seed(0)))


def test_the_same_seed_gives_the_same_weights(recipe):
    once, again, other = (
        train_weights("repeat", recipe, budget=Budget(5, 3600.0), seed=seed) for seed in (0, 0, 1)
    )
    assert all(torch.equal(once[key], again[key]) for key in once)
    assert not torch.equal(once["weight_hh"], other["weight_hh"])


def test_no_gradient_is_longer_than_the_clip(recipe):
    """With a clip of 0 nothing is learned."""
    start = recipe.start(torch.Generator().manual_seed(0))
    params = train_weights("repeat", recipe._replace(clip=0.0))
    assert all(torch.equal(params[key], start[key]) for key in start)


def test_a_training_cut_short_gives_no_weights(recipe):
    with pytest.raises(RuntimeError, match="repeat: out of time after 1 steps"):
        train_weights("repeat", recipe, budget=Budget(5, 1e-9))


@pytest.mark.parametrize(("names", "made"), [([], set(RECIPES)), (["letters"], {"letters"})])
def test_the_weights_are_made_on_one_thread(names, made, monkeypatch, tmp_path):
    threads = []
    params = {"weight": torch.zeros(2)}
    quiet = {name: recipe._replace(score=lambda params: 0.0) for name, recipe in RECIPES.items()}
    monkeypatch.setattr(recipes, "WEIGHTS", tmp_path)
    monkeypatch.setattr(command, "all_recipes", lambda: quiet)
    monkeypatch.setattr(command, "made", lambda name, recipe: params)
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    command.main(names)
    assert threads == [1]
    assert {path.stem for path in tmp_path.iterdir()} == made


def test_an_unknown_name_is_refused_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit, match="2"):
        command.asked(["maml", "gru"])
    said = capsys.readouterr().err
    assert re.search("name must be one of .*sinusoids.*; got 'gru'", said)
    assert "Traceback" not in said


def test_the_help_names_all_that_can_be_trained(capsys):
    with pytest.raises(SystemExit, match="0"):
        command.asked(["--help"])
    said = capsys.readouterr().out
    assert [name for name in RECIPES if name not in said] == []


def in_float64(recipe, monkeypatch):
    """The same recipe in float64: weights, batches, and MAML's start, where it is read."""
    start = learned_optimisers.shipped_start(recipes.CPU)
    monkeypatch.setattr(learned_optimisers, "shipped_start", lambda _: doubled(start))
    return recipe._replace(
        start=lambda generator: doubled(recipe.start(generator)),
        sample=lambda generator: doubled(recipe.sample(generator)),
    )


def doubled(batch):
    def double(part):
        part = part / 255 if part.dtype == torch.uint8 else part
        return part.double() if part.is_floating_point() else part

    return tree_map_only(torch.Tensor, double, batch)


def gradient_by_parts(recipe, params, batch, n_processes):
    """What several processes send, added up."""
    gradient = torch.zeros_like(flatten(params))
    for rank in range(n_processes):
        part, weight = recipe.split(batch, rank, n_processes)
        if weight:
            gradients = autograd.grad(weight * recipe.loss(params, part), list(params.values()))
            gradient += flatten(dict(zip(params, gradients, strict=True)))
    return gradient


SPREAD = [name for name in BY_GRADIENT if RECIPES[name].split is not whole]


@pytest.mark.parametrize("name", SPREAD)
def test_several_processes_have_the_gradient_of_one(name, letters, generator, monkeypatch):
    """With 7 processes no recipe's batch has parts of one size, and some have none."""
    recipe = in_float64(RECIPES[name], monkeypatch)
    params = {key: part.requires_grad_() for key, part in recipe.start(generator).items()}
    batch = recipe.sample(generator)
    expected = gradient_by_parts(recipe, params, batch, 1)
    found = gradient_by_parts(recipe, params, batch, 7)
    assert (found - expected).norm() < 1e-12 * expected.norm()


@pytest.mark.parametrize("name", [name for name in BY_GRADIENT if name not in SPREAD])
def test_what_all_processes_compute_whole_could_not_be_spread_over_tasks(name, letters, generator):
    recipe = RECIPES[name]._replace(split=by_tasks)
    params = {key: part.requires_grad_() for key, part in recipe.start(generator).items()}
    batch = recipe.sample(generator)
    expected = gradient_by_parts(recipe, params, batch, 1)
    found = gradient_by_parts(recipe, params, batch, 2)
    assert (found - expected).norm() > 1e-2 * expected.norm()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("walker_1", "no gradient is followed, so one process makes it and the others wait."),
        ("handwriting", "its loss is no mean over tasks, so every process computes all of it."),
        ("maml", None),
    ],
)
def test_with_several_processes_a_line_says_what_they_cannot_share(name, said, monkeypatch, capsys):
    monkeypatch.setattr(command, "place", lambda: (0, 2))
    command.announce(name, RECIPES[name])
    assert capsys.readouterr().out == (f"{name}: {said}\n" if said else "")


def test_a_training_goes_on_from_its_checkpoint_bit_for_bit(recipe, tmp_path):
    """Interrupted where a batch is drawn: the rate goes on where it was, too."""
    drawn, path = [], tmp_path / "repeat.checkpoint"

    def sample(generator):
        drawn.append(1)
        if len(drawn) == 13:
            raise KeyboardInterrupt
        return recipe.sample(generator)

    few = {"budget": Budget(20, 3600.0)}
    undisturbed = train_weights("repeat", recipe, **few)
    with pytest.raises(RuntimeError, match="repeat: interrupted after 12 steps"):
        train_weights("repeat", recipe._replace(sample=sample), checkpoint=path, **few)
    resumed = train_weights("repeat", recipe, checkpoint=path, **few)
    assert all(torch.equal(resumed[key], undisturbed[key]) for key in undisturbed)
