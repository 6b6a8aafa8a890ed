"""experiments.streams: what comes in a stream, and what is compared on it."""

import pytest
import torch

from metacourse import linear_regression as lr
from metacourse.episodes import Episode
from metacourse.experiments import streams
from metacourse.experiments.stream_settings import BELIEVERS, HINDSIGHT, WALKERS
from metacourse.experiments.streams import KINDS

HYPERPARAMETERS = {"lr_inner": 0.2, "penalty": 0.1, "lr_outer": 0.3, "noise": 0.1}
LEARNERS = WALKERS | BELIEVERS


def setting(name, **changed):
    """Some setting of a learner."""
    chosen = {key: HYPERPARAMETERS[key] for key in LEARNERS[name].ranges}
    steps = {"n_steps": 2} if name in WALKERS else {}
    return chosen | steps | changed


def short(kind="stationary", n_rounds=12):
    return Episode(*(part[:n_rounds] for part in streams.stream(kind, 0)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_has_100_tasks_of_3_points_and_10_queries(kind):
    shapes = [tuple(part.shape) for part in streams.stream(kind, 0)]
    assert shapes == [(100, 3, 2), (100, 3), (100, 10, 2), (100, 10)]


def test_streams_are_drawn_one_by_one():
    many = streams.streams("drifting", [3, 4])
    for part, alone in zip(many, streams.stream("drifting", 4), strict=True):
        assert torch.equal(part[1], alone)


def mean_slope_and_intercept(kind, first, last, n_streams=40):
    """Least squares on all query points of some rounds."""
    many = streams.streams(kind, range(n_streams))
    of_rounds = Episode(*(part[:, first:last].flatten(0, 1) for part in many))
    return lr.joint_optimum(of_rounds)


@pytest.mark.parametrize(
    ("kind", "rounds", "mean"),
    [
        ("stationary", (0, 100), (1.0, 0.5)),
        ("drifting", (24, 27), (0.0, 1.5)),
        ("drifting", (49, 52), (-1.5, 0.0)),
        ("a jump", (0, 50), (1.0, 0.5)),
        ("a jump", (50, 100), (-1.0, 0.5)),
        ("coming back", (20, 40), (-1.0, 0.5)),
        ("coming back", (40, 60), (1.0, 0.5)),
    ],
)
def test_tasks_lie_about_the_mean_of_their_rounds(kind, rounds, mean):
    found = mean_slope_and_intercept(kind, *rounds)
    torch.testing.assert_close(found, torch.tensor(mean).double(), atol=0.25, rtol=0)


def test_of_two_widths_the_wide_inputs_come_with_falling_slopes():
    x = streams.stream("two widths", 0).x_query[..., 0].abs()
    assert x[0::2].max() <= 0.5 < 2 < x[1::2].max() <= 3


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_largest_rate_no_inner_step_runs_away(kind):
    steepest = torch.linalg.eigvalsh(lr.hessian(streams.streams(kind, range(5)).x_support)).max()
    assert streams.largest_rate(kind) < 2 / steepest


@pytest.mark.parametrize("name", [name for name in LEARNERS if name != HINDSIGHT])
def test_a_learner_is_judged_before_it_learns_from_a_task(name):
    stream = short()
    later = Episode(*(torch.cat([part[:8], part[:4]]) for part in stream))
    losses, others = (LEARNERS[name].losses(s, **setting(name)) for s in (stream, later))
    torch.testing.assert_close(losses[:8], others[:8])
    assert losses.shape == (12,)


@pytest.mark.parametrize("name", [name for name in LEARNERS if "window" in name])
def test_with_a_window_as_long_as_the_stream_a_learner_remembers_all(name):
    windowed = LEARNERS[name].losses(short(), **setting(name, window=12))
    whole = LEARNERS[name].losses(short(), **setting(name))
    torch.testing.assert_close(windowed, whole)


def test_no_start_that_is_held_fixed_is_better_than_that_of_hindsight():
    stream, steps = short(), {"lr_inner": 0.2, "n_steps": 2}
    least = streams.in_hindsight(stream, **steps).sum()
    for start in torch.randn(20, 2, generator=torch.Generator().manual_seed(0)).double():
        assert lr.adapted_loss(start, stream, **steps).sum() > least


def test_ridge_from_0_is_the_map_estimate_of_chapter_02():
    """Of precision 2σ²/S, with the prior N(0, I)."""
    stream = short()
    x, y, *queries = stream
    ends = lr.map_estimate(torch.zeros(2).double(), x, y, precision=2 * 0.1 / 3)
    expected = lr.loss(ends, *queries)
    torch.testing.assert_close(streams.one_prior(stream, noise=0.1), expected)


def test_a_learner_that_is_played_sees_the_past_and_the_support_set_of_its_round():
    episodes, seen = short(n_rounds=4), []

    def note(past, x, y):
        seen.append((past, x, y))
        return torch.zeros(2).double()

    losses = streams.play(note, episodes)
    assert torch.equal(losses, lr.loss(torch.zeros(2).double(), *episodes[2:]))
    for t, (past, x, y) in enumerate(seen):
        assert torch.equal(x, episodes.x_support[t])
        assert torch.equal(y, episodes.y_support[t])
        assert all(torch.equal(got, all_[:t]) for got, all_ in zip(past, episodes, strict=True))


def test_ridge_that_is_played_is_ridge_on_the_stream():
    expected = streams.one_prior(short(), noise=0.01)
    assert torch.allclose(streams.play(streams.ridge, short()), expected)


def test_with_two_regimes_three_points_say_which_of_them_it_is():
    """Where means take turns, and with them the sign of the slope."""
    past = Episode(*(part[:40] for part in streams.stream("coming back", 0)))
    x = torch.tensor([[-0.1, 1.0], [0.0, 1.0], [0.1, 1.0]]).double()
    for slope in (1.0, -1.0):
        theta = torch.tensor([slope, 0.5]).double()
        found = streams.two_regimes(past, x, x @ theta)
        assert (found - theta).norm() < 0.6 * (streams.ridge(past, x, x @ theta) - theta).norm()


def test_without_a_past_of_both_regimes_there_is_one_prior_or_none():
    some = streams.stream("stationary", 0)
    first = Episode(*(part[:3] for part in some))
    task = some.x_support[50], some.y_support[50]
    assert torch.equal(streams.two_regimes(first, *task), streams.ridge(first, *task))
    long = Episode(*(part[:6] for part in some))
    assert streams.two_regimes(long, *task).isfinite().all()


@pytest.mark.parametrize("times", [0.0, 0.5, 2.0])
def test_means_go_so_many_times_round(times):
    means = streams.around(times)
    assert torch.allclose(means.norm(dim=1), torch.tensor(1.5).double())
    turned = torch.atan2(means[1, 1], means[1, 0]).item() * 100 / (2 * torch.pi)
    assert turned == pytest.approx(times)


def test_what_is_played_on_several_streams_is_their_mean_loss():
    def at_zero(past, x, y):
        return torch.zeros(2).double()

    first, second = streams.played(at_zero, "a jump", (3, 4))
    alone = streams.play(at_zero, streams.stream("a jump", 4))
    assert second == alone.mean()
    assert first != second
