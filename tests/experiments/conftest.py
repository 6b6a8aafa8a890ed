"""The made-up letters of the tests of `trained`; and one thread."""

import pytest

from tests.trained.conftest import characters, clouds

__all__ = ["characters", "clouds"]


@pytest.fixture(autouse=True)
def calm(one_thread):
    pass
