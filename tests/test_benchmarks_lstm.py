"""The benchmark's own contestants compute the derivatives that they are timed for."""

import pytest
import torch
from torch.func import grad

from benchmarks.lstm import WORKS, Size, contestants, ours, problem, torchs, unrolled
from benchmarks.maml import flat, relative_error

SIZE = Size("tiny", 4, 3, 2, 5)


@pytest.mark.parametrize("work", WORKS)
def test_the_cell_and_torchs_lstm_agree(work):
    there = problem(SIZE, torch.float64)
    assert relative_error(flat(ours(work, *there)()), flat(torchs(work, *there)())) < 1e-12


def test_the_double_backward_is_the_derivative_of_the_squared_gradient():
    params, x = problem(SIZE, torch.float64)

    def gradient_square(params):
        first = grad(lambda params: unrolled(params, x).square().sum())(params)
        return sum(part.square().sum() for part in first.values())

    place = 1, 0
    shift = torch.zeros_like(params["weight_hh"])
    shift[place] = 1e-6
    up, down = (
        gradient_square(params | {"weight_hh": params["weight_hh"] + sign * shift})
        for sign in (1, -1)
    )
    found = ours("double backward", params, x)()[1][place]
    assert found.item() == pytest.approx(((up - down) / 2e-6).item(), rel=1e-6)


def test_a_longer_double_backward_is_not_compiled():
    assert "compiled" in contestants(SIZE, "double backward")
    assert "compiled" not in contestants(SIZE._replace(n_steps=50), "double backward")
    assert "compiled" in contestants(SIZE._replace(n_steps=50), "backward")
