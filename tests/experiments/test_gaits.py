"""Two ways to write friction, evolution without its parts, bodies outside the family."""

import pytest
import torch

from metacourse.experiments import gaits as tried
from metacourse.trained.walker import repertoire
from metacourse.walker import es_gradient, new_body, sample_bodies, simulate


def test_without_friction_both_ways_are_the_same():
    gait = torch.randn(3, 16, generator=torch.Generator().manual_seed(0)).double()
    smooth = new_body(friction=0.0)
    torch.testing.assert_close(
        tried.stiff_simulate(gait, smooth), simulate(gait, smooth), rtol=1e-6, atol=1e-6
    )


def test_friction_as_a_force_depends_more_on_the_step():
    gaits = repertoire(1).gaits[:12]
    off = {}
    for name, walk in tried.FRICTIONS.items():
        found = tried.halved(gaits, walk, n_bodies=4)
        off[name] = tried.agreement(found["as it is"], found["half the step"])
    stiff, ours = off["a force"], off["takes what is left"]
    assert ours["correlation"] > 0.99
    assert stiff["root mean square (m)"] > 1.5 * ours["root mean square (m)"]


def test_a_table_agrees_with_itself():
    table = torch.rand(3, 4)
    alike = tried.agreement(table, table)
    assert alike["correlation"] == pytest.approx(1)
    assert alike["rank correlation"] == pytest.approx(1)
    assert alike["root mean square (m)"] == 0


def test_one_walk_that_is_another_moves_the_mean_and_not_the_median():
    table = torch.rand(3, 4)
    other = table + 0.01
    other[0, 0] += 1
    alike = tried.agreement(table, other)
    assert alike["median (m)"] == pytest.approx(0.01, rel=1e-3)
    assert alike["root mean square (m)"] > 0.2
    assert alike["walks that differ by 0.05 m (%)"] == pytest.approx(100 / 12)


def test_ranks_do_not_see_how_far_a_curve_is_bent():
    table = torch.rand(3, 4)
    alike = tried.agreement(table, (9 * table).exp())
    assert alike["rank correlation"] == pytest.approx(1)
    assert alike["correlation"] < 0.99


@pytest.mark.parametrize("name", tried.ESTIMATES)
def test_every_estimate_points_uphill_on_a_slope(name):
    estimate, sigma = tried.ESTIMATES[name]
    generator = torch.Generator().manual_seed(0)
    slope, noise = (torch.randn(n, 16, generator=generator).double() for n in (1, 2000))
    found = estimate(lambda gaits: gaits @ slope[0], torch.zeros(16).double(), noise, sigma=sigma)
    assert torch.cosine_similarity(found, slope[0], dim=0) > 0.95


def test_one_false_metre_turns_metres_round_and_not_ranks():
    """The best walk is told as −10 m."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(30, 16, generator=generator).double()

    def score(gaits):
        metres = gaits[:, 0].clone()
        metres[metres.argmax()] = tried.FAULT
        return metres

    uphill = [
        estimate(score, torch.zeros(16).double(), noise, sigma=0.2)[0]
        for estimate in (es_gradient, tried.without_ranks)
    ]
    assert uphill[0] > 0 > uphill[1]


def test_a_search_gives_metres_for_every_seed(monkeypatch):
    monkeypatch.setattr(tried, "simulate", lambda gaits, on: gaits[..., 0] + 0 * on.friction)
    metres = tried.evolved("no pairs", n_generations=5)
    assert metres.shape == (tried.N_SEEDS,)
    assert (metres > 0).all()


def test_generations_begin_with_standing_still_and_come_farther(monkeypatch):
    monkeypatch.setattr(tried, "simulate", lambda gaits, on: gaits[..., 0] + 0 * on.friction)
    gaits = tried.by_generation(n_generations=8)
    assert gaits.shape == (9, 16)
    assert (gaits[0] == 0).all()
    assert gaits[8, 0] > gaits[4, 0] > 0


def test_the_best_of_many_random_gaits_beats_the_best_of_few(monkeypatch):
    monkeypatch.setattr(tried, "simulate", lambda gaits, on: gaits[..., 0] + 0 * on.friction)
    few, many = (tried.best_of_random(n_walks=n).mean() for n in (3, 300))
    assert many > few + 1


def test_the_derivative_is_followed_uphill(monkeypatch):
    monkeypatch.setattr(tried, "simulate", lambda gaits, on: gaits[..., 0] + 0 * on.friction)
    assert (tried.by_derivative(lr=0.1, n_steps=20) > 1).all()


@pytest.mark.parametrize("where", ["two legs limp", "friction 0.05", "muscles at 70 %"])
def test_bodies_outside_the_family_are_none_of_it(where):
    inside, out = (
        sample_bodies(50, torch.Generator().manual_seed(0)),
        tried.OUTSIDE[where][0](50, 0),
    )
    assert [part.shape for part in out] == [part.shape for part in inside]
    most = {"two legs limp": 4, "friction 0.05": 8, "muscles at 70 %": 8 * 0.7}  # muscles alive
    assert out.alive.sum(1).max().item() == pytest.approx(most[where])
    assert (out.friction.max() < 0.15) == (where == "friction 0.05")
