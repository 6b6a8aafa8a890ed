"""The exam of 09c's capstone."""

import torch

from metacourse.experiments import own_body
from metacourse.trained.walker import Repertoire
from metacourse.walker import new_body, performance_prior


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_robots_like_one_have_its_limp_leg_and_other_ground():
    many = own_body.like(new_body(limp=(2,)), 200, seeded(0))
    assert (many.alive[:, 4:6] == 0).all()
    assert (many.alive[:, [0, 1, 2, 3, 6, 7]] > 0.9).all()
    assert 0.1 < many.friction.log().std() < 0.3
    assert 0.01 < many.slope.std() < 0.03


def test_three_trials_find_the_gait_that_a_prior_expects():
    """Two gaits are never good together; a third, the best on average, never is."""
    kind = torch.rand(60, 1, generator=seeded(0)) < 0.5
    table = torch.cat([kind, ~kind, torch.zeros(60, 1)], dim=1).double()
    table[:, 2] = 0.6
    walks = table[..., None] + 0.01 * torch.randn(60, 3, 4, generator=seeded(1)).double()
    prior = performance_prior(walks.mean(-1), torch.tensor(1e-4).double())
    assert own_body.after_three(prior, walks).min() > 0.9


def test_a_prior_that_is_the_old_one_gains_nothing(monkeypatch):
    walks = torch.rand(40, 3, 4, generator=seeded(0)).double()
    monkeypatch.setattr(own_body, "walk_table", lambda gaits, on, generator: walks[:24])
    prior = performance_prior(walks.mean(-1), torch.tensor(0.01).double())
    known = Repertoire(torch.zeros(3, 16), {"test": walks})
    found = own_body.exam(known, new_body(limp=(2,)), prior, prior, seed=0, split="test")
    assert {name: tuple(each) for name, each in found.items()} == dict.fromkeys(found, (0.0, 0.0))


def test_who_tries_never_sees_the_bodies_of_the_end(monkeypatch):
    walks = torch.rand(40, 3, 4, generator=seeded(0)).double()
    monkeypatch.setattr(own_body, "walk_table", lambda gaits, on, generator: walks[:24])
    prior = performance_prior(walks.mean(-1), torch.tensor(0.01).double())
    known = Repertoire(torch.zeros(3, 16), {"validation": walks})  # no "test" to look at
    found = own_body.exam(known, new_body(), prior, prior, seed=0, split="validation")
    assert found["family"].mean == 0
