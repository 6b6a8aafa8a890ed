"""The made-up letters of the tests of `trained`."""

from tests.trained.conftest import characters, clouds

__all__ = ["characters", "clouds"]
