"""Fixtures that all tests share."""

import pytest
import torch


@pytest.fixture
def generator() -> torch.Generator:
    """A seeded source of random numbers, new for each test."""
    return torch.Generator().manual_seed(0)


@pytest.fixture(params=["cuda"])
def cuda(request) -> torch.device:
    """The CUDA device, where there is one."""
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return torch.device(request.param, 0)


@pytest.fixture(params=["cpu", "cuda"])
def device(request) -> torch.device:
    """The CPU, and the CUDA device where there is one."""
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return torch.device(request.param)


@pytest.fixture
def one_thread():
    """Networks this small gain nothing from a second core, and crawl beside another program."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
