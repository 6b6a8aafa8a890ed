"""What one test could not keep is nothing to the next."""

import pytest

from metacourse.tasks import cache


@pytest.fixture(autouse=True)
def fresh_kernel(monkeypatch):
    monkeypatch.setattr(cache, "unkept", {})
