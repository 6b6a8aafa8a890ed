"""The kernels of chapter 07c against brute force, autograd and what theory says, in float64."""

import math
from functools import partial

import pytest
import torch
from torch.func import grad, vmap

from metacourse import linear_regression as lr
from metacourse.bayes import Prior, empirical_bayes, posterior
from metacourse.episodes import Episode
from metacourse.online import (
    all_points,
    follow_the_meta_leader,
    online_maml,
    priors_so_far,
    regret,
    reservoir,
)

EXACT = {"rtol": 1e-9, "atol": 1e-9}
N_ROUNDS, CHANGED = 12, 7
STEPS = {"lr_inner": 0.1, "n_steps": 2}
FIRST = Prior(*(part.double() for part in (torch.zeros(2), torch.eye(2), torch.tensor(0.5))))
LEARNERS = {
    "meta-leader": partial(follow_the_meta_leader, **STEPS),
    "meta-leader, window": partial(follow_the_meta_leader, **STEPS, window=3),
    "leader": partial(follow_the_meta_leader, lr_inner=0.0, n_steps=0),
    "online MAML": partial(online_maml, **STEPS, lr_outer=0.2),
    "prior": lambda stream: torch.cat([p.flatten(1) for p in learned(stream)[:2]], dim=1),
    "prior, window": lambda stream: learned(stream, window=4).mean,
}


def learned(stream, **how):
    return priors_so_far(stream, FIRST, n_steps=5, **how)


def draw(n_rounds=N_ROUNDS, seed=0, n_query=6):
    options = {"generator": torch.Generator().manual_seed(seed), "dtype": torch.float64}
    x, x_query = (torch.randn(n_rounds, size, 2, **options) for size in (3, n_query))
    theta = torch.tensor([1.0, 0.5]).double() + torch.randn(n_rounds, 2, **options)
    clean = lr.predict(theta, x), lr.predict(theta, x_query)
    y, y_query = (part + 0.1 * torch.randn(part.shape, **options) for part in clean)
    return Episode(x, y, x_query, y_query)


def cut(stream, first, last):
    return Episode(*(part[first:last] for part in stream))


def with_others_from(stream, t):
    """The same stream until round t; from there on, other tasks."""
    return Episode(*map(torch.cat, zip(cut(stream, 0, t), cut(draw(seed=9), t, None), strict=True)))


# ---- what every learner keeps to -----------------------------------------------------------------


@pytest.mark.parametrize("name", LEARNERS)
def test_what_a_round_brings_is_not_changed_by_its_own_task_or_a_later_one(name):
    stream = draw()
    before, after = (LEARNERS[name](s) for s in (stream, with_others_from(stream, CHANGED)))
    assert torch.equal(before[: CHANGED + 1], after[: CHANGED + 1])


@pytest.mark.parametrize("name", LEARNERS)
def test_but_the_round_after_a_changed_task_brings_something_else(name):
    stream = draw()
    before, after = (LEARNERS[name](s) for s in (stream, with_others_from(stream, CHANGED)))
    assert not torch.allclose(before[CHANGED + 1], after[CHANGED + 1])


@pytest.mark.parametrize("name", LEARNERS)
def test_many_streams_at_once_are_vmap_of_one(name):
    one, another = draw(), draw(seed=1)
    both = vmap(LEARNERS[name])(Episode(*map(torch.stack, zip(one, another, strict=True))))
    torch.testing.assert_close(both[1], LEARNERS[name](another), **EXACT)


@pytest.mark.parametrize("name", ["meta-leader", "leader", "online MAML"])
def test_the_first_round_starts_from_0(name):
    assert torch.equal(LEARNERS[name](draw())[0], torch.zeros(2).double())


@pytest.mark.parametrize("name", ["meta-leader", "leader"])
def test_a_window_as_long_as_the_stream_changes_nothing(name):
    whole, windowed = LEARNERS[name](draw()), LEARNERS[name](draw(), window=N_ROUNDS)
    assert torch.equal(whole, windowed)


def test_a_window_as_long_as_the_stream_leaves_the_priors_alone():
    for whole, windowed in zip(learned(draw()), learned(draw(), window=N_ROUNDS), strict=True):
        assert torch.equal(whole, windowed)


# ---- the meta-leader -----------------------------------------------------------------------------


@pytest.mark.parametrize("window", [None, 1, 4])
@pytest.mark.parametrize("n_steps", [0, 1, 3])
def test_the_start_of_a_round_is_the_maml_optimum_of_the_tasks_before_it(window, n_steps):
    stream, steps = draw(), {"lr_inner": 0.1, "n_steps": n_steps}
    starts = follow_the_meta_leader(stream, **steps, window=window)
    for t in range(1, N_ROUNDS):
        past = cut(stream, max(0, t - (window or t)), t)
        torch.testing.assert_close(starts[t], lr.maml_optimum(past, **steps), **EXACT)


def test_without_inner_steps_it_is_joint_training_on_the_past():
    starts = LEARNERS["leader"](draw())
    torch.testing.assert_close(starts[-1], lr.joint_optimum(cut(draw(), 0, -1)), **EXACT)


def past_objective(theta, penalty):
    """What the last round's start is to minimise."""
    return lr.adapted_loss(theta, cut(draw(), 0, -1), **STEPS).sum() + penalty * theta @ theta


@pytest.mark.parametrize("penalty", [0.0, 0.7])
def test_the_gradient_of_the_past_vanishes_at_the_start(penalty):
    start = follow_the_meta_leader(draw(), **STEPS, penalty=penalty)[-1]
    slope = grad(past_objective)(start, penalty)
    torch.testing.assert_close(slope, torch.zeros(2).double(), **EXACT)


@pytest.mark.parametrize("penalty", [0.0, 0.7])
def test_and_no_other_start_has_a_lower_loss_on_the_past(penalty):
    start = follow_the_meta_leader(draw(), **STEPS, penalty=penalty)[-1]
    least = past_objective(start, penalty)
    for direction in torch.eye(2).double():
        for size in (-1e-3, 1e-3):
            assert past_objective(start + size * direction, penalty) > least


def test_a_start_that_the_past_leaves_open_is_the_smallest():
    """One query point a task at x = (1, 0): nothing is said of the second weight."""
    x = torch.tensor([[[1.0, 0.0]]]).double().expand(4, 1, 2)
    y = torch.tensor([[2.0], [4.0], [6.0], [0.0]]).double()
    starts = follow_the_meta_leader(Episode(x, y, x, y), lr_inner=0.0, n_steps=0)
    means = torch.tensor([0.0, 2.0, 3.0, 4.0]).double()
    torch.testing.assert_close(starts, torch.stack([means, torch.zeros(4)], dim=1), **EXACT)


# ---- online MAML ---------------------------------------------------------------------------------


def test_online_maml_goes_down_the_gradient_of_each_task_once():
    stream, theta = draw(), torch.zeros(2).double()
    starts = online_maml(stream, **STEPS, lr_outer=0.2)
    for t in range(N_ROUNDS):
        torch.testing.assert_close(starts[t], theta, **EXACT)
        task = Episode(*(part[t] for part in stream))
        theta = theta - 0.2 * grad(lr.adapted_loss)(theta, task, **STEPS)


# ---- priors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [None, 5])
def test_the_prior_of_a_round_is_that_of_empirical_bayes_on_the_tasks_before_it(window):
    x, y = all_points(draw())
    priors = learned(draw(), window=window)
    for t in (3, 6, N_ROUNDS - 1):
        past = slice(max(0, t - (window or t)), t)
        for part, expected in zip(
            priors, empirical_bayes(x[past], y[past], n_steps=5), strict=True
        ):
            torch.testing.assert_close(part[t], expected, **EXACT)


def test_with_too_few_tasks_for_a_covariance_the_first_prior_holds():
    priors = learned(draw())
    for part, first in zip(priors, FIRST, strict=True):
        assert all(torch.equal(part[t], first) for t in range(3))
        assert not torch.equal(part[3], first)


def test_posterior_takes_each_task_with_its_prior():
    stream, priors = draw(), learned(draw())
    beliefs = vmap(posterior)(*stream[:2], priors)
    alone = posterior(stream.x_support[8], stream.y_support[8], Prior(*(p[8] for p in priors)))
    torch.testing.assert_close(beliefs.mean[8], alone.mean, **EXACT)


# ---- regret --------------------------------------------------------------------------------------


def losses_of(starts, stream):
    return lr.adapted_loss(starts, stream, **STEPS)


def hindsight(stream):
    return losses_of(lr.maml_optimum(stream, **STEPS), stream)


def test_regret_adds_up_what_was_lost_so_far():
    losses, best = torch.tensor([3.0, 1.0, 2.0]), torch.tensor([1.0, 2.0, 2.0])
    assert regret(losses, best).tolist() == [2.0, 1.0, 1.0]


def test_the_best_fixed_start_does_not_regret_anything():
    best = hindsight(draw())
    assert torch.equal(regret(best, best), torch.zeros(N_ROUNDS).double())


def test_at_the_end_every_other_fixed_start_does():
    stream = draw()
    others = lr.maml_optimum(stream, **STEPS) + torch.randn(20, 2, generator=seeded()).double()
    losses = torch.stack([losses_of(theta, stream) for theta in others])
    assert (regret(losses, hindsight(stream))[:, -1] > 0).all()


def test_who_follows_the_leader_regrets_at_most_what_each_task_would_have_taught_it():
    """Σ f_t(θ_t) − f_t(θ_{t+1}): be the leader (Kalai & Vempala 2005, Lemma 3.1)."""
    stream = draw(40)
    and_one_more = Episode(*(torch.cat([part, part[:1]]) for part in stream))
    starts = LEARNERS["meta-leader"](and_one_more)
    taught = losses_of(starts[:-1], stream) - losses_of(starts[1:], stream)
    assert regret(losses_of(starts[:-1], stream), hindsight(stream))[-1] <= taught.sum()


def test_with_one_curvature_round_t_costs_its_own_loss_over_t():
    """f_t(θ) = ‖θ − z_t‖², so that a leader is a mean: R_T = Σ f_t(θ_t)/t ≤ max f (1 + ln T)."""
    n_rounds = 200
    z = torch.rand(n_rounds, 2, generator=seeded(), dtype=torch.float64)
    x = math.sqrt(2) * torch.eye(2).double().expand(n_rounds, 2, 2)
    stream = Episode(x, math.sqrt(2) * z, x, math.sqrt(2) * z)
    losses = lr.loss(LEARNERS["leader"](stream), *stream[2:])
    best = lr.loss(lr.joint_optimum(stream), *stream[2:])
    t = torch.arange(1, n_rounds + 1)
    last = regret(losses, best)[-1]
    torch.testing.assert_close(last, (losses / t).sum(), **EXACT)
    assert last <= losses.max() * (1 + math.log(n_rounds))


def leverages(x):
    """Σ_{s ≤ t} XᵀX =: G_t, and the hat matrix of each task among those so far: X_t G_t⁻¹ X_tᵀ."""
    gram = (x.mT @ x).cumsum(0)
    return gram, x @ torch.linalg.solve(gram, x.mT)


def test_the_regret_of_the_meta_leader_is_its_errors_weighed_by_the_leverage_of_the_task():
    stream = draw(60)
    x, y = lr.maml_regression(stream, **STEPS)
    x, y = x.view(60, 6, 2), y.view(60, 6)
    starts = LEARNERS["meta-leader"](stream)
    errors = lr.predict(starts, x) - y
    _, hat = leverages(x)
    expected = (errors * lr.matvec(hat, errors)).sum() / 6
    found = regret(losses_of(starts, stream), hindsight(stream))[-1]
    torch.testing.assert_close(found, expected, **EXACT)


@pytest.mark.parametrize("n_rounds", [50, 200, 800])
def test_so_it_grows_no_faster_than_the_logarithm_of_the_rounds(n_rounds):
    """R_T ≤ max_t 1/Q ‖e_t‖² (D + ln det G_T − ln det G_1), and det G_T grows like T^D: O(D log T),
    as Finn et al. (2019, Cor. 1) say of losses that are strongly convex."""
    stream = draw(n_rounds)
    x, _ = lr.maml_regression(stream, **STEPS)
    gram, hat = leverages(x.view(n_rounds, 6, 2))
    total = hat.diagonal(dim1=1, dim2=2).sum()
    assert total <= 2 + gram[-1].logdet() - gram[0].logdet()
    losses = losses_of(LEARNERS["meta-leader"](stream), stream)
    assert 0 < regret(losses, hindsight(stream))[-1] <= losses.max() * total


# ---- a buffer ------------------------------------------------------------------------------------


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_reservoir_holds_different_tasks_of_the_past_as_many_as_there_is_room_for():
    for t, kept in enumerate(reservoir(40, 10, generator=seeded())):
        held = kept[kept >= 0].tolist()
        assert len(held) == len(set(held)) == min(t, 10)
        assert all(task < t for task in held)


def test_a_reservoir_with_room_for_all_holds_all():
    assert reservoir(6, 6, generator=seeded())[5].tolist() == [0, 1, 2, 3, 4, -1]


def test_every_task_of_the_past_is_as_likely_to_be_held():
    generator, n_draws, counts = seeded(), 2000, torch.zeros(20)
    for _ in range(n_draws):
        counts[reservoir(21, 5, generator=generator)[20]] += 1
    share = 5 / 20
    deviation = math.sqrt(n_draws * share * (1 - share))
    assert (counts - n_draws * share).abs().max() < 5 * deviation


# ---- what cannot be right ------------------------------------------------------------------------


def one_task():
    return Episode(*(part[0] for part in draw()))


WRONG = one_task(), cut(draw(), 0, 0), draw()._replace(y_query=draw(5).y_query)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ["meta-leader", "online MAML", "prior"])
def test_a_stream_has_one_axis_of_rounds(name, wrong):
    with pytest.raises(ValueError, match="episodes need one axis of rounds"):
        LEARNERS[name](wrong)


@pytest.mark.parametrize("name", ["meta-leader", "prior"])
def test_a_window_has_room_for_a_task(name):
    how = {"meta-leader": LEARNERS["meta-leader"], "prior": learned}[name]
    with pytest.raises(ValueError, match="window must be 1 or more tasks, or None for all, got 0"):
        how(draw(), window=0)


def test_regret_needs_as_many_losses_of_both():
    with pytest.raises(ValueError, match=r"agree in T: got \(3,\) and \(4,\)"):
        regret(torch.zeros(3), torch.zeros(4))


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0)])
def test_a_reservoir_needs_a_round_and_a_place(sizes):
    with pytest.raises(ValueError, match="n_rounds and size must be 1 or more"):
        reservoir(*sizes, generator=seeded())
