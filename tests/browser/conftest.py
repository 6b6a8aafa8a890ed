"""One JupyterLab and one Chromium for all browser tests."""

import os
from pathlib import Path

import pytest

from metacourse.course.web.site import build
from tests.browser.lab import (
    HOW_TO_GET_CHROMIUM,
    REPOSITORY,
    find_chromium,
    running_chromium,
    running_lab,
)


def pytest_collection_modifyitems(items):
    """Skip the tests that need a browser where there is none; in CI they run, and fail."""
    required = os.environ.get("CI") == "true" or "METACOURSE_REQUIRE_BROWSER" in os.environ
    if required or find_chromium() is not None:
        return
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_CHROMIUM))


@pytest.fixture(scope="session")
def browser():
    """A Chromium."""
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    """A JupyterLab on a copy of the course's notebooks."""
    with running_lab(REPOSITORY / "notebooks", tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def web_site(tmp_path_factory):
    """The folder of the web edition, with the figures that have been recorded so far: those of all
    notebooks after `make test-notebooks`."""
    folder = tmp_path_factory.mktemp("web") / "site"
    usual = REPOSITORY / "build" / "recordings"
    recorded = Path(os.environ.get("METACOURSE_RECORDINGS", usual)).resolve()
    list(build(folder, recorded=recorded, run=False))
    return folder
