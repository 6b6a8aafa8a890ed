"""The robot of chapter 09 against mechanics, evolution and trials against brute force."""

import numpy as np
import pytest
import torch
from torch.func import grad

from metacourse import walker
from metacourse.bayes import Prior
from metacourse.trained.walker import repertoire
from metacourse.walker import Body, Search, State, new_body, simulate, standing, step

EXACT = {"rtol": 1e-9, "atol": 1e-9}
STILL = torch.zeros(16).double()
MASS = len(walker.MASSES.T)  # kg, of 1 kg each


pytestmark = pytest.mark.usefixtures("one_thread")


def double(body):
    return Body(*(part.double() for part in body))


def gaits(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, 16, generator=generator, dtype=torch.float64)


def after(seconds, gait, body, state=None):
    """The state after some time; (…) is put down where no state is given."""
    state = state or standing(gait, body)
    for n in range(round(seconds / walker.DT)):
        state = step(state, gait, body, n * walker.DT)
    return state


def lifted(metres, gait, body, speed=0.0):
    """A robot in the air, its masses thrown at random."""
    position, _ = standing(gait, body)
    generator = torch.Generator().manual_seed(1)
    velocity = speed * torch.randn(position.shape, generator=generator).double()
    return State(position + torch.tensor([[0.0], [metres]]).double(), velocity)


def energy(state, body):
    """Of motion, springs, height and the pressed ground, in J: every spring at full strength."""
    x, y = state.position.unbind(-2)
    stretched = (state.position @ walker.ENDS.double()).norm(dim=-2) - walker.LENGTHS.double()
    springs = walker.STIFFNESS * stretched.square().sum() / 2
    ground = walker.GROUND * (-y).relu().square().sum() / 2
    up = torch.cos(body.slope) * y + torch.sin(body.slope) * x
    return state.velocity.square().sum() / 2 + springs + ground + walker.GRAVITY * up.sum()


# ---- mechanics -----------------------------------------------------------------------------------


def test_the_robot_has_ten_masses_four_feet_and_two_muscles_a_leg():
    assert walker.MASSES.shape == (2, 14)
    assert walker.LENGTHS.shape == (29,)
    for leg, foot in enumerate(walker.FEET):
        muscles = walker.SPRINGS[-8:][2 * leg : 2 * leg + 2]
        assert muscles == [(foot, leg), (foot, leg + 1)]


def test_a_robot_that_does_nothing_stands_where_it_is():
    state = after(2.4, STILL, double(new_body()))
    assert state.velocity.abs().max() < 1e-3
    assert (state.position[0] - walker.MASSES[0]).abs().max() < 0.01
    assert -0.02 < state.position[1].min() < 0


def test_friction_holds_its_feet_on_a_slope():
    body = double(new_body(slope=0.12, friction=0.3))
    middle = after(1.2, STILL, body)
    moved = after(1.2, STILL, body, middle).position - middle.position
    assert moved[0, list(walker.FEET)].abs().max() < 1e-3


def test_it_slides_down_a_slope_that_is_too_steep_as_a_block_would():
    body = double(new_body(slope=0.3, friction=0.1))
    speeds = [after(seconds, STILL, body).velocity[0].mean() for seconds in (1.2, 2.4)]
    slope = torch.tensor(0.3).double()
    expected = -9.8 * (torch.sin(slope) - 0.1 * torch.cos(slope))
    assert ((speeds[1] - speeds[0]) / 1.2).item() == pytest.approx(expected.item(), rel=0.01)


def test_in_the_air_no_muscle_moves_the_centre_of_mass_nor_turns_the_robot():
    gait, body = 3 * gaits(), double(new_body())
    first = lifted(50.0, gait, body, speed=1.0)
    last = after(1.0, gait, body, first)
    gained = (last.velocity - first.velocity).sum(-1)
    torch.testing.assert_close(
        gained, torch.tensor([0.0, -9.8 * MASS], dtype=torch.float64), **EXACT
    )

    def spin(state):
        (x, y), (u, v) = ((part - part.mean(-1, keepdim=True)) for part in state)
        return (x * v - y * u).sum()

    torch.testing.assert_close(spin(last), spin(first), **EXACT)


def test_springs_pull_down_their_energy():
    state = lifted(1.0, STILL, double(new_body()))
    bent = state.position + 0.02 * gaits(2)[:, :14]
    body = double(new_body())

    def of_springs(position):
        return energy(State(position, torch.zeros_like(position)), body) - 9.8 * position[1].sum()

    lengths = walker.spring_lengths(STILL, body, 0.0)
    force = walker.spring_forces(State(bent, torch.zeros_like(bent)), lengths, body)
    torch.testing.assert_close(force, -grad(of_springs)(bent), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_without_muscles_no_energy_comes_from_nothing(slope):
    """Fallen from 0.3 m with its masses thrown about: never 1 % more than at first."""
    body = double(new_body(slope=slope))
    state = lifted(0.3, STILL, body, speed=1.0)
    energies = [energy(state, body)]
    for n in range(480):
        state = step(state, STILL, body, n * walker.DT)
        energies.append(energy(state, body))
    gained = torch.stack(energies).cummax(0).values - energies[0]
    assert gained.max() < 0.01 * energies[0].abs()
    assert energies[-1] < 0.6 * energies[0]


def test_friction_slows_a_foot_and_never_turns_it_round():
    gait, rough = gaits(64, seed=2), double(new_body(friction=0.8))
    smooth = rough._replace(friction=torch.tensor(0.0).double())
    state = after(0.5, gait, rough)
    held, free = (step(state, gait, body, 0.5).velocity[:, 0] for body in (rough, smooth))
    assert (held * free >= 0).all()
    assert (held.abs() <= free.abs() + 1e-12).all()
    assert (held.abs() < free.abs() - 1e-3).any()


def test_a_mirrored_gait_walks_as_far_the_other_way():
    gait = gaits(4, seed=3)
    mirrored = gait.unflatten(-1, (2, 8)).flip(-1).flatten(-2)
    body = double(new_body())
    torch.testing.assert_close(
        simulate(mirrored, body), -simulate(gait, body), rtol=1e-6, atol=1e-6
    )


def test_robots_in_a_batch_walk_as_alone():
    gait = gaits(3, seed=4)
    found = double(walker.sample_bodies(2, torch.Generator().manual_seed(0)))
    batch = simulate(gait[:, None], found)
    assert batch.shape == (3, 2)
    for i in range(3):
        for j in range(2):
            alone = simulate(gait[i], Body(*(part[j] for part in found)))
            torch.testing.assert_close(batch[i, j], alone, rtol=1e-6, atol=1e-6)


def test_a_step_has_the_derivatives_of_finite_differences():
    gait, body = gaits(), double(new_body(friction=0.1))
    position, _ = standing(gait, body)
    moving = State(position - 0.01, 0.5 + 0.1 * gaits(2)[:, :14])

    def moved(position, velocity, gait):
        return step(State(position, velocity), gait, body, 0.5)

    leaves = [part.clone().requires_grad_() for part in (*moving, gait)]
    assert torch.autograd.gradcheck(moved, leaves, atol=1e-4)


def test_half_the_step_gives_nearly_the_same_walk():
    """The metres of the gaits that ship, on bodies that they were not evolved for."""
    gait = repertoire(1).gaits
    found = walker.sample_bodies(4, torch.Generator().manual_seed(5))
    apart = Body(*(part.unsqueeze(1) for part in found))
    coarse, fine = (simulate(gait, apart, dt=dt) for dt in (walker.DT, walker.DT / 2))
    both = torch.stack([coarse.flatten(), fine.flatten()])
    assert both.corrcoef()[0, 1] > 0.99
    assert (coarse - fine).square().mean().sqrt() < 0.15 * coarse.std()


def test_a_film_ends_where_the_walk_ends():
    gait, body = gaits(seed=5).float(), new_body(limp=(1,))
    frames = walker.film(gait, body)
    assert frames.shape == (97, 2, 14)
    assert torch.equal(frames[0], walker.MASSES)
    gone = (frames[-1] - frames[0])[0, : walker.N_TRUNK].mean()
    torch.testing.assert_close(gone, simulate(gait, body))


def test_a_limp_leg_has_soft_muscles_that_do_not_move():
    body = double(new_body(limp=(2,)))
    lengths = walker.spring_lengths(gaits(seed=6), body, 1.0)
    swings = (lengths / walker.LENGTHS.double() - 1)[-8:]
    assert (swings[4:6] == 0).all()
    assert (swings[[0, 1, 2, 3, 6, 7]].abs() > 1e-3).all()
    assert swings.abs().max() < walker.REACH


def test_a_gait_begins_gently():
    lengths = walker.spring_lengths(3 * gaits(), double(new_body()), 0.0)
    torch.testing.assert_close(lengths, walker.LENGTHS.double())


@pytest.mark.parametrize("limp", [(4,), (-1,), (0, 7)])
def test_a_leg_that_there_is_not_is_refused(limp):
    with pytest.raises(ValueError, match="limp must hold legs, 0 to 3"):
        new_body(limp=limp)


def test_the_cuda_device_agrees(cuda):
    gait, body = gaits(3).float(), new_body(limp=(0,))
    there = Body(*(part.to(cuda) for part in body))
    torch.testing.assert_close(
        simulate(gait.to(cuda), there).cpu(), simulate(gait, body), rtol=0.05, atol=0.02
    )


# ---- bodies --------------------------------------------------------------------------------------


def test_three_bodies_of_four_have_one_leg_limp():
    bodies = walker.sample_bodies(2000, torch.Generator().manual_seed(0))
    limp = (bodies.alive == 0).unflatten(1, (4, 2))
    assert torch.equal(limp[..., 0], limp[..., 1])
    broken = limp[..., 0].sum(1)
    assert set(broken.tolist()) == {0, 1}
    assert broken.double().mean().item() == pytest.approx(0.75, abs=0.04)
    for values, low, high in ((bodies.friction, 0.15, 1.0), (bodies.slope, -0.05, 0.12)):
        assert low <= values.min() < values.max() <= high


def test_nudged_bodies_lie_around_theirs():
    bodies = walker.sample_bodies(3, torch.Generator().manual_seed(0))
    near = walker.nudged(bodies, torch.Generator().manual_seed(1), 5, 400)
    assert [part.shape[:3] for part in near] == [(3, 5, 400)] * 3
    for part, around, share in zip(near, bodies, (0.02, 0.05, None), strict=True):
        centre = around[:, None, None].expand_as(part)
        wanted = share * centre if share else torch.full_like(centre, 0.005)
        away = (part - centre).square().mean((1, 2)).sqrt()
        torch.testing.assert_close(away, wanted[:, 0, 0], rtol=0.1, atol=1e-6)


# ---- evolution -----------------------------------------------------------------------------------


def test_ranks_go_from_minus_a_half_to_a_half():
    scores = torch.tensor([[3.0, -900.0, 5.0], [0.0, 1.0, 2.0]])
    assert walker.centred_ranks(scores).tolist() == [[0.0, -0.5, 0.5], [-0.5, 0.0, 0.5]]


def test_the_estimate_is_the_sum_over_all_walks_written_out():
    gait, noise = gaits()[:3], gaits(4, seed=1)[:, :3]

    def score(tried):
        return -(tried - 1).square().sum(-1)

    found = walker.es_gradient(score, gait, noise, sigma=0.3)
    walks = [(sign * each, score(gait + 0.3 * sign * each)) for sign in (1, -1) for each in noise]
    order = sorted(float(metres) for _, metres in walks)
    expected = sum((order.index(float(y)) / 7 - 0.5) * away for away, y in walks) / (8 * 0.3)
    torch.testing.assert_close(found, expected, **EXACT)


def test_with_many_pairs_it_points_uphill():
    slope = gaits(seed=2)
    found = walker.es_gradient(lambda tried: tried @ slope, gaits(), gaits(4000, seed=3), sigma=0.1)
    assert torch.cosine_similarity(found, slope, dim=0) > 0.99


def test_only_the_order_of_scores_counts():
    noise = gaits(8, seed=1)
    found = [
        walker.es_gradient(score, gaits(), noise, sigma=0.2)
        for score in (lambda tried: tried[..., 0], lambda tried: (5 * tried[..., 0]).exp())
    ]
    torch.testing.assert_close(*found, **EXACT)


def test_a_search_for_each_body_is_a_search_alone():
    noise, gait = gaits(3, 6, seed=1), gaits(3)
    slopes = gaits(3, seed=2)

    def score(tried):
        return (tried * slopes[:, None]).sum(-1)

    batch = walker.es_gradient(score, gait, noise, sigma=0.2)
    for i in range(3):
        alone = walker.es_gradient(
            lambda tried, i=i: tried @ slopes[i], gait[i], noise[i], sigma=0.2
        )
        torch.testing.assert_close(batch[i], alone, **EXACT)


def test_noise_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"noise must be \(…, P, D\) for gait \(16,\)"):
        walker.es_gradient(lambda tried: tried.sum(-1), gaits(), gaits(2, 3), sigma=0.1)


def test_generations_climb():
    top, search = gaits(seed=1).float(), Search(torch.zeros(16), torch.zeros(16))
    generator = torch.Generator().manual_seed(0)

    def score(tried):
        return -(tried - top).norm(dim=-1)

    for _ in range(80):
        search = walker.es_step(score, search, generator)
    assert score(search.gait) > 0.4 * score(torch.zeros(16))


# ---- three trials --------------------------------------------------------------------------------


@pytest.fixture
def prior():
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(40, 3, generator=generator, dtype=torch.float64) @ gaits(3)[:, :3]
    return walker.performance_prior(table, torch.tensor(0.1).double())


def test_the_prior_is_the_mean_and_covariance_of_the_table():
    table = gaits(30)[:, :4]
    prior = walker.performance_prior(table, torch.tensor(0.1).double())
    assert prior.mean.numpy() == pytest.approx(np.mean(table.numpy(), 0))
    assert prior.cov.numpy() == pytest.approx(np.cov(table.numpy(), rowvar=False))
    assert prior.noise.item() == pytest.approx(0.1)


@pytest.mark.parametrize("shape", [(5,), (1, 5)])
def test_a_table_of_one_body_is_refused(shape):
    with pytest.raises(ValueError, match="table must be"):
        walker.performance_prior(torch.zeros(shape), torch.tensor(0.1))


def test_a_walk_with_one_gait_says_something_of_the_others(prior):
    belief = walker.believed(prior, [1], torch.tensor([2.0]).double())
    gain = prior.cov[:, 1] / (prior.cov[1, 1] + prior.noise)
    torch.testing.assert_close(belief.mean, prior.mean + gain * (2.0 - prior.mean[1]))
    torch.testing.assert_close(belief.cov, prior.cov - gain[:, None] * prior.cov[1])


def test_a_gait_may_be_tried_again(prior):
    once, again = (
        walker.believed(prior, [0] * n, torch.ones(n).double()).cov[0, 0] for n in (1, 2)
    )
    assert 0 < again < once
    expected = 1 / (1 / prior.cov[0, 0] + 2 / prior.noise)
    torch.testing.assert_close(again, expected)


def test_the_next_trial_has_the_highest_bound_and_the_last_word_the_highest_mean():
    prior = Prior(torch.tensor([1.0, 0.8]), torch.diag(torch.tensor([0.01, 0.25])), torch.tensor(1))
    nothing = torch.zeros(0)
    assert walker.next_trial(prior, [], nothing) == 1
    assert walker.next_trial(prior, [], nothing, kappa=0.0) == 0
