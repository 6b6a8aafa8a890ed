"""What instructors print: each guide to a session is one sheet of paper."""

import re

import pytest

from metacourse.course.classroom.class_report import assignments
from metacourse.course.classroom.plan_page import made
from metacourse.course.classroom.printed import page as printed
from metacourse.course.classroom.report_page import page as report_page
from tests.course.classroom.graded import failed, hand_in, passed

ADAPT = "linear_regression.adapt"


@pytest.fixture
def opened(browser):
    """A page without a network, on which a text can be set."""
    context = browser.new_context(offline=True, viewport={"width": 700, "height": 900})
    yield context.new_page()
    context.close()


def n_sheets(page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


@pytest.mark.parametrize(
    ("weeks", "days", "minutes"), [(23, None, 60), (10, 2, 60), (17, None, 90)]
)
def test_a_guide_is_one_sheet(opened, weeks, days, minutes):
    text = made(weeks, days, minutes, None)
    opened.set_content(printed(text, "A plan"))
    assert n_sheets(opened) == 1 + text.count("\n## ")


def test_the_report_fits_the_window_and_its_bars_are_seen(opened, tmp_path):
    for learner in range(3):
        hand_in(tmp_path, str(learner), passed(ADAPT) if learner else failed(ADAPT, 0))
    opened.set_content(report_page(assignments(tmp_path)))
    bar = opened.get_by_role("img", name=f"{ADAPT}: 2 passed, 1 failed")
    assert bar.bounding_box()["width"] > 500
    assert opened.evaluate("document.documentElement.scrollWidth") <= 700
    assert n_sheets(opened) == 1
