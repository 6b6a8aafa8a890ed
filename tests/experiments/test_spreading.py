"""Notebook 11a's trainings: interrupted, and wrong."""

import pytest
import torch

from metacourse.distributed import by_tasks
from metacourse.experiments import spreading
from metacourse.nets import flatten


def test_all_processes_begin_alike_and_draw_alike():
    (one, _, first), (two, _, second) = spreading.begin(), spreading.begin()
    assert torch.equal(flatten(one), flatten(two))
    assert flatten(one).dtype == torch.float64
    assert all(map(torch.equal, spreading.sample(first), spreading.sample(second)))


def test_a_training_goes_on_bit_for_bit_only_with_all_that_the_next_step_reads():
    never = spreading.begin()
    for _ in range(2):
        spreading.steps(*never)
    goal = flatten(never[0])
    everything = "weights", "optimiser", "generator"
    assert torch.equal(spreading.interrupted(*everything), goal)
    for missing in everything:
        kept = [each for each in everything if each != missing]
        assert not torch.equal(spreading.interrupted(*kept), goal)


def test_the_right_program_that_is_played_has_the_gradient_of_all_tasks():
    """One step: with Adam's first step the weights move by the sign of the gradient."""
    params = {n: t.requires_grad_() for n, t in spreading.first_weights().items()}
    generators = [spreading.seeded(rank) for rank in range(4)]
    found = [spreading.gradients(params, generator) for generator in generators]
    spreading.share(found)
    tasks = [
        spreading.sample_sinusoids(7, n_shot=10, generator=spreading.seeded(rank))
        for rank in range(4)
    ]
    batch = type(tasks[0])(*(torch.cat(parts) for parts in zip(*tasks, strict=True)))
    expected = torch.autograd.grad(spreading.maml_objective(params, batch), [*params.values()])
    for ours, right in zip(found[3], expected, strict=True):
        torch.testing.assert_close(ours, right, rtol=1e-4, atol=1e-6)
    assert by_tasks(batch, 0, 4)[1] == 0.25


@pytest.mark.parametrize("wrong", spreading.WRONG)
def test_a_wrong_program_is_another_program(wrong):
    right, other = spreading.played(n_steps=3), spreading.played(wrong, n_steps=3)
    assert right.shape == other.shape == (600,)
    assert not torch.allclose(right, other)


def test_a_process_is_killed_when_it_draws_its_last_batch(monkeypatch):
    killed = []
    monkeypatch.setattr(spreading.os, "kill", lambda *how: killed.append(how))
    mortal, immortal = spreading.sample_until(2), spreading.sample_until(None)
    for _ in range(3):
        immortal(spreading.seeded(0))
    mortal(spreading.seeded(0))
    assert killed == []
    mortal(spreading.seeded(0))
    assert killed == [(spreading.os.getpid(), 9)]
