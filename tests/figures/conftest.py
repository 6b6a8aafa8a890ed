"""What the tests of pictures draw on."""

import pytest

from metacourse.figures.style import new_figure


@pytest.fixture
def ax():
    return new_figure()[1]


@pytest.fixture
def axes():
    """Two beside each other."""
    return new_figure(columns=2)[1]
