"""The exercises of notebook 11a: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import torch

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find

# Right answers, written differently --------------------------------------------------------------


def mean_by_product(gradients, n_tasks):
    return (n_tasks / n_tasks.sum()).to(gradients) @ gradients.nan_to_num()


def mean_of_those_with_tasks(gradients, n_tasks):
    there = n_tasks > 0
    weights = n_tasks[there] / n_tasks[there].sum()
    return (weights[:, None] * gradients[there]).sum(0)


def ring_without_a_loop(parts, turn):
    n = len(parts)
    ranks = torch.arange(n)
    right, part = (ranks + 1) % n, (ranks - turn) % n
    after = parts.clone()
    after[right, part] = parts[ranks, part] + (parts[right, part] if turn < n - 1 else 0)
    return after


def ring_from_the_receiver(parts, turn):
    n, rows = len(parts), [list(row) for row in parts]
    for me in range(n):
        left = (me - 1) % n
        part = (left - turn) % n
        rows[me][part] = parts[left][part] + parts[me][part] * (turn < n - 1)
    return torch.stack([torch.stack(row) for row in rows])


def noise_by_pairs(gradients):
    n, products = len(gradients), gradients @ gradients.mT
    own = products.diagonal().sum()
    signal = (products.sum() - own) / (n * (n - 1))
    noise = own / n - signal
    return noise / signal if signal > 0 else torch.tensor(torch.inf, dtype=gradients.dtype)


def noise_from_centred(gradients):
    n, mean = len(gradients), gradients.mean(0)
    noise = ((gradients - mean) ** 2).sum() / (n - 1)
    return noise / torch.relu(mean @ mean - noise / n)


ALTERNATIVES = {
    "mean_gradient": [mean_by_product, mean_of_those_with_tasks],
    "ring_turn": [ring_without_a_loop, ring_from_the_receiver],
    "noise_scale": [noise_by_pairs, noise_from_centred],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"distributed.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_plain_mean_is_told():
    def wrong(gradients, n_tasks):
        return gradients[n_tasks > 0].mean(0)

    assert "plain mean" in told("mean_gradient", wrong)


def test_nan_of_a_process_without_tasks_is_told():
    def wrong(gradients, n_tasks):
        return (n_tasks[:, None] * gradients).sum(0) / n_tasks.sum()

    assert "0 · nan is nan" in told("mean_gradient", wrong)


def test_a_ring_that_adds_until_the_end_is_told():
    def wrong(parts, turn):
        n, after = len(parts), parts.clone()
        for rank in range(n):
            after[(rank + 1) % n, (rank - turn) % n] += parts[rank, (rank - turn) % n]
        return after

    assert "adds in every turn" in told("ring_turn", wrong)


def test_a_ring_to_the_left_is_told():
    def wrong(parts, turn):
        n, after = len(parts), parts.clone()
        for rank in range(n):
            part = (rank - turn) % n
            own = parts[rank - 1, part] if turn < n - 1 else 0
            after[rank - 1, part] = own + parts[rank, part]
        return after

    assert "to the left" in told("ring_turn", wrong)


def test_noise_that_is_left_in_the_signal_is_told():
    def wrong(gradients):
        return gradients.var(0).sum() / gradients.mean(0).square().sum()

    assert "taking that off" in told("noise_scale", wrong)


def test_a_ring_that_is_not_closed_is_told():
    def wrong(parts, turn):
        n, after = len(parts), parts.clone()
        for rank in range(n - 1):
            part = (rank - turn) % n
            own = parts[rank + 1, part] if turn < n - 1 else 0
            after[rank + 1, part] = own + parts[rank, part]
        return after

    assert "sends to nobody" in told("ring_turn", wrong)
