"""The starts for sinusoids that chapter 03 trains where it needs them."""

import pytest
import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim.lr_scheduler import CosineAnnealingLR

from metacourse.experiments import sinusoids
from metacourse.experiments.sinusoids import (
    SIZES,
    best_rate,
    first_weights,
    joint_objective,
    losses_by_step,
    maml_objective,
    mse,
    sample_tasks,
    start_on_sinusoids,
    table_by_step,
    train_start,
    watch_program,
)
from metacourse.tasks.sinusoids import sample_sinusoids


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_training_is_the_plain_outer_loop():
    theta = {name: value.clone().requires_grad_() for name, value in first_weights().items()}
    optimizer = torch.optim.Adam(theta.values(), lr=0.03)
    schedule, generator = CosineAnnealingLR(optimizer, 5), seeded(7)
    for _ in range(5):
        optimizer.zero_grad()
        maml_objective(theta, sample_tasks(generator)).backward()
        clip_grad_norm_(theta.values(), max_norm=1.0)
        optimizer.step()
        schedule.step()
    norms = []
    settings = {"lr_outer": 0.03, "seed": 7, "n_outer": 5, "norms": norms}
    trained = train_start(maml_objective, first_weights(), **settings).params
    for name, value in theta.items():
        torch.testing.assert_close(trained[name], value.detach())
    assert len(norms) == 5
    assert max(norms) > 1  # as they were before the clipping


def test_a_training_leaves_its_start_alone_and_draws_from_the_sampler_given():
    start, drawn = first_weights(), []

    def sample(generator):
        drawn.append(sample_sinusoids(2, n_shot=3, generator=generator))
        return drawn[-1]

    train_start(joint_objective, start, lr_outer=0.01, n_outer=4, sample=sample)
    assert len(drawn) == 4
    assert all(torch.equal(start[name], value) for name, value in first_weights().items())


def test_starts_are_trained_once_and_handed_out_as_copies(monkeypatch):
    small = SIZES["quick"]._replace(n_outer=3)
    monkeypatch.setitem(sinusoids.SIZES, "quick", small)
    sinusoids._trained.cache_clear()
    once = start_on_sinusoids(seed=11)
    once["MAML"]["layer0.bias"].fill_(7)
    again = start_on_sinusoids(seed=11)
    sinusoids._trained.cache_clear()
    assert list(once) == ["random", "pretrained", "MAML"]
    assert not (again["MAML"]["layer0.bias"] == 7).any()
    assert torch.equal(once["pretrained"]["layer0.bias"], again["pretrained"]["layer0.bias"])


def test_losses_by_step_are_those_of_each_task():
    tasks, start = sample_sinusoids(3, n_shot=4, generator=seeded()), first_weights()
    losses = losses_by_step(start, tasks, n_steps=2)
    assert losses.shape == (3, 3)
    for n, (_, _, x, y) in enumerate(zip(*tasks, strict=True)):
        torch.testing.assert_close(losses[n, 0], mse(start, x, y))


@pytest.mark.parametrize(("rates", "best"), [((0.001, 0.01), 0.01), ((0.01, 10.0), 0.01)])
def test_the_best_rate_neither_crawls_nor_runs_away(rates, best):
    ramp = {name: 0 * value for name, value in first_weights().items()}
    tasks = sample_sinusoids(
        20, n_shot=10, amplitudes=(5, 5), phases=(1.5, 1.6), generator=seeded()
    )
    tasks = tasks._replace(y_support=0 * tasks.y_support + 3, y_query=0 * tasks.y_query + 3)
    assert best_rate(ramp, tasks, rates=rates) == best


def test_a_program_is_judged_before_and_while_it_trains():
    calls = []

    def program(theta, optimizer, episodes):
        calls.append(episodes.x_support.shape)
        with torch.no_grad():
            theta["layer2.bias"] += 10

    seen = watch_program(program, first_weights(), n_shot=2, n_outer=40)
    assert list(seen) == [0, 40]
    assert seen[40].mean > seen[0].mean + 1
    assert set(calls) == {(5, 2, 1)}


def test_the_table_has_a_line_for_each_label_and_a_column_for_each_step():
    values = torch.tensor([[1.0, 0.25], [3.0, 0.25], [2.0, 0.25]])
    header, line = table_by_step({"MAML": (values, "maml")}, steps=(0, 1)).splitlines()
    assert header.split() == ["query", "loss", "after", "step", "0", "1"]
    assert line.split() == ["MAML", "2.00", "±", "2.48", "0.25", "±", "0.00"]
    assert header.rindex("1") == line.index("0.25")
