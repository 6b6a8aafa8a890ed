"""experiments.schedules: rates and penalties for a small network on digits."""

import pytest
import torch

from metacourse.experiments import schedules
from metacourse.hyperparameters import exponential_decay, train_unrolled


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def two_settings():
    """Two settings at once: another rate, another decay, other penalties, another momentum."""
    penalties = [torch.tensor([0.0, 0.1]), torch.tensor([0.01, 0.0])]
    rates, momentum = torch.tensor([0.05, 0.2]), torch.tensor([0.9, 0.3])
    return schedules.setting(rates, torch.tensor([1.0, 0.1]), penalties, momentum)


def one_of(settings, place):
    penalties = {name: weights[place] for name, weights in settings.penalties.items()}
    return schedules.Setting(settings.rates[place], penalties, settings.momentum[place])


def as_one_of_many(setting):
    penalties = {name: weight[None] for name, weight in setting.penalties.items()}
    return schedules.Setting(setting.rates[None], penalties, setting.momentum[None])


def test_a_setting_has_a_rate_for_every_step_and_no_penalty_unless_it_is_told():
    plain = schedules.setting(torch.tensor(0.05))
    assert plain.rates.tolist() == pytest.approx([0.05] * schedules.N_STEPS)
    assert {weight.item() for weight in plain.penalties.values()} == {0.0}
    assert plain.momentum.item() == pytest.approx(schedules.MOMENTUM)


def test_rates_fall_to_a_share_of_the_first(two_settings):
    expected = exponential_decay(0.2, 0.02, schedules.N_STEPS)
    torch.testing.assert_close(two_settings.rates[1], expected)


def test_training_digits_are_twenty_of_each_and_none_of_the_judges():
    x, y = schedules.labelled("train")
    assert y.bincount().tolist() == [schedules.N_EACH] * 10
    assert torch.allclose(x.mean(0), torch.zeros(64), atol=1e-6)
    for split in ("validation", "test"):
        others, _ = schedules.labelled(split)
        assert (x[:, None] != others[None]).any(-1).all()


def test_a_seed_stands_for_a_start_and_an_order():
    start, x, y = schedules.drawn(3)
    again, other = schedules.drawn(3), schedules.drawn(4)
    assert torch.equal(start["layer0.weight"], again[0]["layer0.weight"])
    assert torch.equal(y, again[2])
    assert not torch.equal(start["layer0.weight"], other[0]["layer0.weight"])
    assert not torch.equal(y, other[2])
    assert x.shape == (schedules.N_STEPS, schedules.BATCH, 64)


def test_many_settings_are_judged_as_each_alone(two_settings):
    both = schedules.losses(two_settings, (0, 1))
    x, y = schedules.labelled("validation")
    for place in (0, 1):
        ends = [
            schedules.trained(*schedules.drawn(seed), *one_of(two_settings, place))
            for seed in (0, 1)
        ]
        alone = torch.stack([schedules.digit_loss(params, x, y) for params in ends]).mean()
        torch.testing.assert_close(both[place], alone, rtol=1e-4, atol=1e-5)


def test_the_slopes_are_those_along_the_logarithms(two_settings):
    chosen = one_of(two_settings, 1)
    chosen = chosen._replace(penalties=dict.fromkeys(schedules.WEIGHTS, torch.tensor(0.01)))
    logs = [chosen.rates.log(), *(weight.log() for weight in chosen.penalties.values())]
    logs = [log.requires_grad_() for log in logs]
    rates, *penalties = (log.exp() for log in logs)
    start, x, y = schedules.drawn(0)
    setting = rates, dict(zip(schedules.WEIGHTS, penalties, strict=True))
    ends, _ = train_unrolled(schedules.digit_loss, start, *setting, x, y, momentum=0.3)
    loss = schedules.digit_loss(ends, *schedules.labelled("validation"))
    expected = torch.autograd.grad(loss, logs, retain_graph=True)
    found, found_loss = schedules.slopes(chosen, 0)
    torch.testing.assert_close(found, [*expected], rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(found_loss, loss)


def test_learned_rates_are_better_on_validation_digits_than_where_they_began():
    watched = []
    chosen, n_trainings = schedules.learned(n_outer=4, n_each=1, seed=0, watch=watched.append)
    assert len(watched) == len(watched[-1]) == 4
    assert n_trainings == 8  # of which each takes the time of two
    begun = schedules.setting(torch.tensor(0.03), penalties=[torch.tensor(0.0025)] * 2)
    new = (500, 501)
    two = schedules.Setting(
        torch.stack([begun.rates, chosen.rates]),
        {n: torch.stack([w, chosen.penalties[n]]) for n, w in begun.penalties.items()},
        torch.stack([begun.momentum, chosen.momentum]),
    )
    before, after = schedules.losses(two, new)
    assert after < before


def test_one_learned_rate_is_the_same_at_every_step():
    chosen, _ = schedules.learned(n_outer=2, n_each=1, seed=0, one_rate=True)
    assert len(chosen.rates.unique()) == 1
    assert chosen.rates[0] != pytest.approx(0.03)


def test_it_begins_where_one_gradient_moves_as_far_whatever_the_momentum():
    for momentum, first in ((0.9, 0.03), (0.5, 0.15), (0.0, 0.3)):
        chosen, _ = schedules.learned(n_outer=0, seed=0, momentum=momentum)
        assert chosen.rates.tolist() == pytest.approx([first] * schedules.N_STEPS)
        assert chosen.momentum.item() == pytest.approx(momentum)


def test_a_search_returns_the_best_of_what_it_tried():
    how = {"seeds": (0,), "n_trials": 5}
    names = ["reach", "fall", "brake"]
    best, n_trainings = schedules.searched(names, generator=seeded(1), **how)
    assert n_trainings == 5
    found = schedules.losses(as_one_of_many(best), (0,))
    u = torch.rand(3, 5, generator=seeded(1))  # as `random_search` draws
    reach, fall, brake = (
        low * (high / low) ** row
        for (low, high), row in zip((schedules.RANGES[n] for n in names), u, strict=True)
    )
    setting = schedules.setting(reach * brake, fall, momentum=1 - brake)
    tried = schedules.losses(setting, (0,))
    torch.testing.assert_close(found[0], tried.min(), rtol=1e-4, atol=1e-5)


def test_a_setting_that_runs_away_is_judged_infinite_and_never_chosen():
    rates = torch.tensor([0.05, 1e4])
    losses = schedules.losses(schedules.setting(rates), (0,))
    assert losses[1] == torch.inf
    assert losses.argmin() == 0


def test_the_grid_has_eighty_settings():
    best, n_trainings = schedules.grid((0,))
    assert n_trainings == 80
    assert best.rates.shape == (schedules.N_STEPS,)
    assert best.penalties["layer0.weight"] == best.penalties["layer1.weight"] > 0


def test_a_setting_is_judged_on_test_digits_once_a_seed():
    loss, right = schedules.on_test(schedules.setting(torch.tensor(0.05)), seeds=(7, 8))
    assert loss.shape == right.shape == (2,)
    x, y = schedules.labelled("test")
    network = schedules.trained(*schedules.drawn(8), *schedules.setting(torch.tensor(0.05)))
    torch.testing.assert_close(loss[1], schedules.digit_loss(network, x, y))
    assert 0.5 < right.min() <= 1
