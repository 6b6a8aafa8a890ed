"""Checks run in a world of their own, and leave the learner's as it was."""

import contextlib
import gc
import os
import random
import sys

import numpy as np
import pytest
import torch

from metacourse.checks import check, diagnose, find
from metacourse.checks.catalogue import all_names
from metacourse.checks.world import own_world
from tests.checks.toy import PRODUCT, product


def state():
    """All that is put back."""
    return {
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "threads": torch.get_num_threads(),
        "recursion": sys.getrecursionlimit(),
        "folder": os.getcwd(),
        "torch": torch.get_rng_state().tolist(),
        "numpy": np.random.get_state()[1].tolist(),  # noqa: NPY002
        "python": random.getstate(),
    }


def upset(folder):
    """Change all of it."""
    torch.set_default_dtype(torch.float16)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch.set_num_threads(torch.get_num_threads() + 1)
    sys.setrecursionlimit(sys.getrecursionlimit() + 1)
    os.chdir(folder)
    torch.default_generator.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    random.seed(99)


def test_everything_is_put_back(tmp_path):
    before = state()
    with own_world():
        upset(tmp_path)
    assert state() == before


def test_everything_is_put_back_after_an_exception(tmp_path):
    before = state()
    with contextlib.suppress(ZeroDivisionError), own_world():
        upset(tmp_path)
        raise ZeroDivisionError
    assert state() == before


def test_a_learner_that_upsets_everything_is_still_judged_rightly(tmp_path):
    before = state()

    def upsetting(theta, x, *, scale=1.0):
        result = product(theta, x, scale=scale)
        upset(tmp_path)
        return result

    assert diagnose(PRODUCT, upsetting).state == "passed"
    assert state() == before


def changed_dtype():
    torch.set_default_dtype(torch.float16)


def changed_device():
    torch.set_default_device("meta")


def no_gradients():
    torch.set_grad_enabled(False)


@pytest.fixture
def restored():
    with own_world():
        yield


@pytest.mark.parametrize("change", [changed_dtype, changed_device, no_gradients])
@pytest.mark.parametrize("name", all_names("EXERCISES"))
def test_the_reference_passes_in_a_kernel_with_other_settings(restored, name, change):
    exercise = find("EXERCISES", name)
    change()
    report = diagnose(exercise, exercise.reference)
    assert report.state == "passed", report


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("name", all_names("EXERCISES"))
def test_the_reference_passes_inside_a_context(name, context):
    exercise = find("EXERCISES", name)
    with context():
        report = diagnose(exercise, exercise.reference)
    assert report.state == "passed", report


@pytest.mark.parametrize("name", all_names("EXERCISES"))
def test_an_answer_on_another_device_is_compared(name, cuda):
    exercise = find("EXERCISES", name)

    def on_the_device(**case):
        result = exercise.reference(**case)
        return result.to(cuda) if isinstance(result, torch.Tensor) else result

    report = diagnose(exercise, on_the_device)
    assert report.state == "passed", report


def test_chance_is_seen_although_every_call_has_its_own_seeds():
    def by_numpy(theta, x, *, scale=1.0):
        return product(theta, x, scale=scale) + np.random.rand()  # noqa: NPY002

    def by_torch(theta, x, *, scale=1.0):
        return product(theta, x, scale=scale) + torch.rand(())

    def by_python(theta, x, *, scale=1.0):
        return product(theta, x, scale=scale) + random.random()

    for by_chance in (by_numpy, by_torch, by_python):
        assert "depends on chance" in diagnose(PRODUCT, by_chance, patience=0).sentence


@pytest.mark.parametrize("change", [changed_dtype, changed_device, no_gradients])
def test_a_check_that_passes_ends_well_in_a_kernel_with_other_settings(restored, shown, change):
    right = find("EXERCISES", "linear_regression.gradient").reference
    change()
    check("linear_regression.gradient", right)
    assert [report.state for report in shown] == ["passed"]


def spin(theta, x, scale=1.0):
    while True:
        pass


def swallow(theta, x, scale=1.0):
    while True:
        try:
            sum(i * i for i in range(1000))
        except:  # noqa: E722
            continue


@pytest.mark.parametrize("endless", [spin, swallow])
def test_a_check_that_is_stopped_leaves_the_settings_as_they_were(restored, endless):
    torch.set_default_dtype(torch.float16)
    report = diagnose(PRODUCT, endless, seconds=0.1)
    gc.collect()
    assert "stopped" in report.sentence
    assert torch.get_default_dtype() == torch.float16
    assert torch.is_grad_enabled()
