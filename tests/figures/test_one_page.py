"""The page of all methods."""

import pytest

from metacourse.evaluation import Interval
from metacourse.figures.one_page import LEAST, draw_page
from metacourse.figures.style import figure_html, new_figure

ROWS = [
    ("pixels", "compares", {"print": Interval(0.5, 0.01), "digits": Interval(0.8, 0.02)}),
    ("prototypes", "compares", {"print": Interval(0.98, 0.005), "digits": Interval(1.0, 0.0)}),
    ("MAML", "adapts", {"print": Interval(0.96, 0.01), "digits": Interval(0.83, 0.01)}),
]


@pytest.fixture
def ax():
    ax = new_figure(size=(9, 4))[1]
    draw_page(ax, ROWS, 0.2)
    return ax


def marks(ax):
    """Where the marks stand: {(tick, error)}."""
    lines = [line for line in ax.lines if line.get_marker() not in ("", "None", None)]
    return {(round(float(line.get_ydata()[0])), float(line.get_xdata()[0])) for line in lines}


def test_each_method_has_a_mark_for_each_data_set_at_its_error(ax):
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["compares", "pixels", "prototypes", "adapts", "MAML"]
    found = sorted(marks(ax))
    expected = sorted([(1, 50.0), (1, 20.0), (2, 2.0), (2, LEAST), (4, 4.0), (4, 17.0)])
    assert [place for place, _ in found] == [place for place, _ in expected]
    assert [error for _, error in found] == pytest.approx([error for _, error in expected])


def test_the_axis_is_logarithmic_and_guessing_is_marked(ax):
    assert ax.get_xscale() == "log"
    (guess,) = [line for line in ax.lines if line.get_label() == "guessing"]
    assert list(guess.get_xdata()) == [80.0, 80.0]


def test_each_data_set_is_named_once_in_the_legend(ax):
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["print", "digits", "guessing"]
    figure_html(ax.figure, "no warning while drawing")
