"""Fixtures that all tests share."""

import os

import pytest
import torch

if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)  # the workers share the cores


@pytest.fixture
def generator() -> torch.Generator:
    """A seeded source of random numbers, new for each test."""
    return torch.Generator().manual_seed(0)


@pytest.fixture(params=["cpu", "cuda"])
def device(request) -> torch.device:
    """The CPU, and the CUDA device where there is one."""
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return torch.device(request.param)
