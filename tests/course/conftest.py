"""Fixtures for the tests of the command `metacourse`."""

import pytest

from tests.course.editions import FIRST, updated


@pytest.fixture
def folder(tmp_path):
    """A folder to which the first edition was handed out."""
    assert updated(tmp_path, FIRST) == []
    return tmp_path
