from functools import partial

import pytest
import torch

from metacourse.lstm import init_lstm, memory_sequence
from metacourse.nets import device_of
from metacourse.trained import __main__ as command
from metacourse.trained import recipes
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


def test_an_unknown_name_is_refused_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr(command, "train_weights", lambda *_, **__: pytest.fail("trained"))
    with pytest.raises(ValueError, match=r"name must be one of .*sinusoids.*; got 'gru'"):
        command.main(["maml", "gru"])
