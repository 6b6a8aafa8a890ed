"""What processes say to each other: means, a ring, noise, and what it costs."""

import pytest
import torch

from metacourse.communication import (
    all_reduce_time,
    mean_gradient,
    noise_scale,
    ring_turn,
    step_time,
)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def normal(*shape):
    return torch.randn(shape, generator=seeded(0), dtype=torch.float64)


# ---- means of parts ------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(3, 3, 2, 2), (7,), (1, 5)])
def test_the_parts_have_the_mean_of_the_whole(sizes):
    of_tasks = normal(sum(sizes), 4)
    means = torch.stack([part.mean(0) for part in of_tasks.split(sizes)])
    found = mean_gradient(means, torch.tensor(sizes))
    torch.testing.assert_close(found, of_tasks.mean(0), rtol=1e-13, atol=1e-13)


def test_a_part_without_tasks_does_not_count():
    gradients, n_tasks = normal(3, 4), torch.tensor([2, 1, 0])
    expected = mean_gradient(gradients[:2], n_tasks[:2])
    gradients[2] = torch.nan
    assert torch.equal(mean_gradient(gradients, n_tasks), expected)


def test_a_gradient_that_is_not_finite_is_not_hidden():
    gradients = torch.tensor([[1.0], [torch.nan]])
    assert mean_gradient(gradients, torch.tensor([1, 1])).isnan()


# ---- the ring ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_after_all_turns_everybody_has_the_sum(n):
    begun = parts = normal(n, n, 3)
    for turn in range(2 * (n - 1)):
        parts = ring_turn(parts, turn)
    torch.testing.assert_close(parts, begun.sum(0).expand(n, n, 3), rtol=1e-12, atol=1e-12)


def test_half_way_each_part_is_complete_at_one_process():
    begun = parts = normal(4, 4, 1)
    for turn in range(3):
        parts = ring_turn(parts, turn)
    complete = (parts - begun.sum(0)).abs().amax(-1) < 1e-12
    assert complete.sum(0).tolist() == complete.sum(1).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("turn", [0, 2, 3, 5])
def test_in_a_turn_each_process_gets_one_part(turn):
    parts = normal(4, 4, 2)
    changed = (ring_turn(parts, turn) != parts).any(-1)
    assert changed.sum(1).tolist() == [1, 1, 1, 1]


# ---- noise ---------------------------------------------------------------------------------------


def test_the_noise_scale_is_that_from_which_gradients_were_drawn():
    gradients = torch.tensor([3.0, 4.0]) + 10 * torch.randn(400_000, 2, generator=seeded(1))
    assert noise_scale(gradients) == pytest.approx(200 / 25, rel=0.03)


def test_signal_and_noise_are_unbiased_however_few_the_tasks():
    """Over all samples of two tasks out of a hundred, their means are those of the population."""
    population = normal(100, 3) + 0.5
    pairs = torch.combinations(torch.arange(100))
    scales = torch.stack([noise_scale(population[pair]) for pair in pairs])
    noise = torch.stack([population[pair].var(0).sum() for pair in pairs])
    positive = scales.isfinite()
    signal = torch.stack([population[pair].mean(0).square().sum() for pair in pairs]) - noise / 2
    torch.testing.assert_close(noise.mean(), population.var(0).sum())
    # drawn without replacement: the product of two different tasks, on average
    products = population @ population.mT
    expected = (products.sum() - products.diagonal().sum()) / (100 * 99)
    torch.testing.assert_close(signal.mean(), expected)
    torch.testing.assert_close(scales[positive], (noise / signal)[positive])
    assert (signal[~positive] <= 0).all()


def test_where_gradients_cancel_no_number_of_tasks_is_known_to_be_enough():
    assert noise_scale(torch.tensor([[1.0], [-1.0]])) == torch.inf


def test_gradients_that_are_alike_are_all_signal():
    assert noise_scale(torch.ones(5, 3)) == 0


# ---- what it costs -------------------------------------------------------------------------------


def test_one_process_sends_nothing():
    assert all_reduce_time(1e6, 1, latency=1e-3, bandwidth=1e9) == 0
    assert step_time(0.3, 0.1, 0.0, 1) == pytest.approx(0.4)


@pytest.mark.parametrize("n_processes", [2, 3, 8])
def test_the_time_of_adding_up_is_that_of_a_ring_played_out(n_processes):
    """Part p of each vector goes round the ring once to be added up, once to be told."""
    n, latency, bandwidth, seconds = n_processes, 2e-3, 5e6, 0.0
    vectors = torch.randn(n, n, dtype=torch.float64)  # of each process, cut into n parts
    expected = vectors.sum(0)
    for turn in range(2 * (n - 1)):
        sent = [(rank, (rank - turn) % n) for rank in range(n)]
        values = [vectors[rank, part].item() for rank, part in sent]
        for (rank, part), value in zip(sent, values, strict=True):
            receiver = (rank + 1) % n
            told = turn >= n - 1
            vectors[receiver, part] = value if told else vectors[receiver, part] + value
        seconds += latency + 8 / bandwidth  # all send one part of 8 bytes at the same time
    torch.testing.assert_close(vectors, expected.expand(n, n))
    found = all_reduce_time(8 * n, n, latency=latency, bandwidth=bandwidth)
    assert found == pytest.approx(seconds)


def test_what_is_fixed_limits_the_gain_of_any_number_of_processes():
    alone = step_time(0.9, 0.1, 0.0, 1)
    assert alone / step_time(0.9, 0.1, 0.0, 2) == pytest.approx(1 / 0.55)
    assert alone / step_time(0.9, 0.1, 0.0, 10**9) == pytest.approx(10)
