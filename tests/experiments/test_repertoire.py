"""What a strategy may see, and that it is judged by walks that it did not."""

import pytest
import torch

from metacourse.experiments import repertoire as trials
from metacourse.trained.walker import Repertoire
from metacourse.walker import believed, performance_prior, sample_bodies

N_GAITS = 5


@pytest.fixture
def walks():
    """Eight bodies, five gaits, whose four walks are 10 · body + gait + walk / 10."""
    body, gait, walk = torch.meshgrid(
        *(torch.arange(n).double() for n in (8, N_GAITS, 4)), indexing="ij"
    )
    return 10 * body + gait + walk / 10


@pytest.fixture
def family():
    """200 bodies of two kinds: on the one gaits 0, 1 are good, on the other 2, 3; gait 4 never."""
    generator = torch.Generator().manual_seed(0)
    kind = torch.rand(200, 1, generator=generator) < 0.5
    good = torch.tensor([[1, 1, 0, 0, 0]]).bool()
    metres = (kind == good).double() * torch.tensor([1, 0.9, 1, 0.9, 0])
    return metres[..., None] + 0.05 * torch.randn(200, N_GAITS, 4, generator=generator).double()


def test_gaits_are_judged_by_the_mean_of_two_walks_that_nobody_saw(walks):
    choices = torch.full((8, 1), 3)
    assert trials.judged(choices, walks)[:, 0].tolist() == pytest.approx(
        [10 * body + 3.25 for body in range(8)]
    )


@pytest.mark.parametrize("name", ["in order", "by bound", "oracle"])
def test_nothing_depends_on_the_walks_that_judge(name, family):
    prior = trials.learned_prior(family)
    ways = {
        "in order": lambda walks: trials.in_order(walks, order=torch.arange(N_GAITS), n_trials=4),
        "by bound": lambda walks: trials.by_bound(
            walks, prior=prior, chosen=trials.Chosen(1.0, 1.0), n_trials=4
        ),
        "oracle": trials.oracle,
    }
    changed = family[:20].clone()
    changed[..., trials.N_SEEN :] = 99.0
    assert torch.equal(ways[name](changed), ways[name](family[:20]))


def test_in_order_the_best_gait_seen_so_far_is_kept():
    walks = torch.tensor([0.5, 0.2, 0.9, 0.1])[None, :, None].expand(1, 4, 4)
    choices = trials.in_order(walks, order=torch.tensor([1, 0, 3, 2]), n_trials=4)
    assert choices.tolist() == [[1, 1, 0, 0, 2]]


def test_a_prior_tells_the_kind_of_body_from_a_walk(family):
    """After one walk with gait 0 or 2 the better pair is known, without having been tried."""
    known, new = family[:150], family[150:]
    prior = trials.learned_prior(known)
    choices = trials.by_bound(new, prior=prior, chosen=trials.Chosen(1.0, 1.0), n_trials=1)
    metres = trials.judged(choices, new).mean(0)
    assert metres[1] > 0.95 > 0.7 > metres[0]


def test_alone_a_walk_says_nothing_of_other_gaits(family):
    prior = trials.alone(trials.learned_prior(family))
    belief = believed(prior, [0], torch.tensor([3.0]))
    torch.testing.assert_close(belief.mean[1:], prior.mean[1:])
    assert belief.mean[0] > 2.5


def test_the_noise_of_a_learned_prior_is_that_of_a_walk(family):
    prior = trials.learned_prior(family)
    assert prior.noise.sqrt().item() == pytest.approx(0.05, rel=0.1)


def test_a_second_trial_of_a_gait_sees_the_second_walk():
    """One gait is far ahead: it is tried at every trial, and what it shows is remembered."""
    walks = torch.tensor([[[5.0, 1.0, 0, 0], [2.0, 2.0, 0, 0]]]).double()
    prior = performance_prior(
        torch.tensor([[3.0, 2.0], [5.0, 2.1], [1.0, 1.9]]).double(), torch.tensor(0.01).double()
    )
    chosen = trials.Chosen(0.0, 1.0)
    choices = trials.by_bound(walks, prior=trials.alone(prior), chosen=chosen, n_trials=4)
    assert choices.tolist() == [[0, 0, 0, 0, 0]]  # 5, then 3 in the mean, and so on


def test_complements_come_before_gaits_that_are_better_but_fail_on_the_same_bodies():
    table = torch.tensor([[1.0, 0.9, 0.0], [1.0, 0.9, 0.2], [0.0, 0.1, 0.9]])
    assert table.mean(0).argsort(descending=True).tolist() == [0, 1, 2]
    assert trials.complementary(table).tolist() == [0, 2, 1]


def test_settings_are_chosen_where_they_do_best(family, monkeypatch):
    told = {0.0: 0.1, 0.5: 0.4, 1.0: 0.9, 2.0: 0.3, 4.0: 0.2}
    seen = []

    def by_bound(walks, *, prior, chosen, n_trials):
        seen.append(chosen)
        return chosen

    monkeypatch.setattr(trials, "by_bound", by_bound)
    monkeypatch.setattr(
        trials, "judged", lambda chosen, walks: torch.full((2, 3), told[chosen.kappa])
    )
    assert trials.choose(family, None).kappa == 1.0
    assert len(seen) == len(trials.KAPPAS) * len(trials.NOISES)


def test_all_ways_begin_with_a_gait_and_give_one_for_each_number_of_trials(family):
    known = Repertoire(torch.zeros(N_GAITS, 16), {"prior": family[:150], "test": family[150:]})
    chosen = trials.Chosen(1.0, 1.0)
    for way in trials.strategies(known, chosen, chosen).values():
        choices = way(family[150:])
        assert choices.shape[0] == 50
        assert 0 <= choices.min() <= choices.max() < N_GAITS


def test_fine_tuning_is_told_after_each_budget(monkeypatch):
    monkeypatch.setattr(trials, "BUDGETS", (4, 8))
    monkeypatch.setattr(trials, "simulate", lambda gaits, on: gaits[..., 0] + 0 * on.friction)
    on = sample_bodies(3, torch.Generator().manual_seed(0))
    found = trials.fine_tuned(torch.zeros(16), on, seed=0, n_pairs=2, sigma=0.1, lr=0.5)
    assert found.shape == (3, 3)
    assert (found[:, 0] == 0).all()
    assert found[:, 2].mean() > found[:, 1].mean() > 0
