"""The made-up letters of the tests of `trained`; and one thread: networks this small gain nothing
from a second core, and crawl beside another program."""

import pytest
import torch

from tests.trained.conftest import characters, clouds

__all__ = ["characters", "clouds"]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
