"""What was measured of two processes is read as it was kept."""

import pytest

from metacourse import seeds
from metacourse.communication import all_reduce_time
from metacourse.experiments import two_processes


def test_every_recipe_has_a_step_whose_gain_is_that_of_its_parts():
    for name in two_processes.RECIPES:
        step = two_processes.step(name)
        sent = 1e3 * all_reduce_time(4 * step.n_weights, 2, **two_processes.ring())
        assert step.messages == pytest.approx(sent)
        one, two = step.computing + step.fixed, step.computing / 2 + sent + step.fixed
        assert step.gain == pytest.approx(one / two)


def test_messages_and_gains_have_the_same_rounds():
    lengths = {len(times) for times in two_processes.messages()}
    for found in two_processes.gains().values():
        assert list(found) == list(two_processes.RECIPES)
        lengths |= {len(times) for times in found.values()}
    assert len(lengths) == 1


def test_half_of_the_tasks_is_a_share():
    assert all(0 < two_processes.half(name) < 1 for name in two_processes.RECIPES)


def test_every_batch_was_trained_as_often():
    taken = two_processes.steps_taken()
    assert list(taken) == sorted(taken)
    assert {len(counts) for counts in taken.values()} == {3}
    rates = seeds.values("distributed", "rate that was best")
    assert [int(name.split()[0]) for name in rates] == list(taken)
