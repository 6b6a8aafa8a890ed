from functools import partial

import pytest
import torch

from metacourse.trained import walker as trained
from metacourse.trained.walker import INTACT, JOINT, SPLITS, repertoire
from metacourse.walker import Body, new_body, simulate

SEEDS = 1, 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_repertoire_has_26_gaits_and_four_walks_of_each_on_every_body(seed):
    gaits, walks = repertoire(seed)
    assert gaits.shape == (26, 16)
    assert {split: table.shape for split, table in walks.items()} == {
        split: (n, 26, 4) for split, n in SPLITS.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_old_gait_walks_far_on_a_whole_body_and_not_on_a_broken_one(seed):
    gait = repertoire(seed).gaits[INTACT]
    whole, *broken = (
        simulate(gait, new_body(limp=limp)).item() for limp in ((), (0,), (1,), (2,), (3,))
    )
    assert whole > 1
    assert max(broken) < 0.75 * whole


@pytest.mark.parametrize("seed", SEEDS)
def test_each_body_has_gaits_that_come_farther_than_the_one_for_all(seed):
    table = repertoire(seed).walks["test"].mean(-1)
    assert table[:, JOINT].mean() > table.mean()
    assert table.amax(1).mean() > 1.2 * table[:, JOINT].mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_tells_what_the_simulator_tells(seed):
    """The order of the gaits on some test bodies, without nudges."""
    gaits, walks = repertoire(seed)
    on = Body(*(part[:8, None] for part in trained.bodies("test")))
    both = torch.stack(
        [simulate(gaits, on).double().flatten(), walks["test"][:8].mean(-1).flatten()]
    )
    assert both.corrcoef()[0, 1] > 0.9


def test_bodies_are_always_the_same_and_no_two_splits_share_any():
    splits = {split: trained.bodies(split) for split in SPLITS}
    assert torch.equal(splits["test"].friction, trained.bodies("test").friction)
    frictions = torch.cat([on.friction for on in splits.values()])
    assert len(frictions.unique()) == sum(SPLITS.values())


def test_a_table_has_a_walk_for_each_nudge():
    def walk(gaits, on):
        return gaits[..., 0] + 0 * on.friction

    gaits = torch.arange(3.0)[:, None].expand(3, 16)
    table = trained.walk_table(gaits, trained.bodies("validation"), torch.Generator(), walk)
    assert table.shape == (100, 3, 4)
    assert torch.equal(table[7, :, 2], torch.arange(3.0))


def test_a_recipe_makes_what_ships(monkeypatch):
    """With a simulator that takes no time, and a generation."""
    monkeypatch.setattr(trained, "N_GENERATIONS", 1)
    monkeypatch.setattr(trained, "simulate", lambda gaits, on: gaits[..., 0] + 0 * on.friction)
    monkeypatch.setattr(trained, "walk_table", partial(trained.walk_table, walk=trained.simulate))
    made = trained.RECIPES["walker_1"].make()
    kept = trained.load_weights("walker_1")
    assert {name: part.shape for name, part in made.items()} == {
        name: part.shape for name, part in kept.items()
    }
    assert {part.dtype for part in made.values()} == {part.dtype for part in kept.values()}


def test_the_score_is_that_of_the_best_gait_for_each_body():
    walks = torch.tensor([[[1.0, 3.0], [0.0, 0.0]], [[0.0, 0.0], [5.0, 5.0]]])
    assert trained.best_of_each({"validation": walks}) == 3.5
