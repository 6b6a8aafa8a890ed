"""The live picture of notebook 06c: sums of a Neumann series."""

import re

import pytest
import torch

from metacourse.hyperparameters import neumann_inverse
from metacourse.widgets import neumann
from tests.widgets.sweep import sweep


@pytest.fixture
def live():
    return neumann.neumann_widget()


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_it_reads_out_the_error_of_the_kernels_sum(live):
    live.controls["lr_inner"].value = 0.8
    live.controls["n_terms"].value = 12
    steep = torch.outer(neumann.STEEP, neumann.STEEP)
    hessian = steep + (torch.eye(2).double() - steep) / 10  # κ = 10
    v = hessian @ neumann.SOLUTION
    summed = neumann_inverse(hessian.mv, v, lr_inner=0.8, n_terms=12)
    error = (summed - neumann.SOLUTION).norm() / neumann.SOLUTION.norm()
    assert float(re.search(r"Error ([\d.]+) %", live.readout)[1]) == pytest.approx(
        100 * error.item(), rel=1e-2
    )


def test_it_says_so_when_the_sums_run_away(live):
    live.controls["lr_inner"].value = 2.2
    assert "run away" in live.readout
    assert live.error is None


def test_without_a_term_there_is_no_direction(live):
    live.controls["n_terms"].value = 0
    assert "no direction" in live.readout
