"""The live picture of notebook 07c: features at a step of their training."""

import re

import pytest
import torch

from metacourse import kernel_methods as km
from metacourse.experiments import curves
from metacourse.widgets.kernel_methods import PLACES, features_widget, nearest_waves
from tests.widgets.sweep import sweep


@pytest.fixture(scope="module")
def live():
    one, other = (curves.feature_start(seed) for seed in (0, 1))
    return features_widget({0: one, 1200: other})


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_it_begins_with_the_last_step(live):
    live.reset()
    assert live.controls["step"].value == 1200
    assert live.readout.startswith("Step 1200:")


def test_it_reads_out_the_error_of_the_kernels_curve(live):
    live.reset()
    live.controls["n_shot"].value = 0
    mean, _ = km.feature_predict(
        curves.feature_start(1), torch.zeros(0, 1).double(), torch.zeros(0).double(), PLACES
    )
    error = (mean - 3 * torch.sin(PLACES[:, 0] + 1)).square().mean().item()
    told = float(re.search(r"curve ([\d.e+-]+)\.", live.readout)[1])
    assert told == pytest.approx(error, rel=0.05)


def test_a_mixture_of_sin_and_cos_is_its_own_nearest_wave():
    wave = 2 * PLACES.sin() - 0.5 * PLACES.cos() + 1
    torch.testing.assert_close(nearest_waves(wave), wave)
