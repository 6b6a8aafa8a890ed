"""What a widget publishes, and what stands in its place where no kernel answers."""

import importlib
import inspect
import pkgutil

import ipywidgets
import pytest
from IPython.core.formatters import DisplayFormatter

import metacourse.checks
import metacourse.widgets
from metacourse.figures import stand_in
from metacourse.figures.stand_in import MARK, VIEW, StandIn

PARTS = {"Handles", "Board", "Picture"}  # shown inside other widgets only


class Slider(StandIn, ipywidgets.IntSlider):
    how_to_revive = "Run this cell to move it."

    def stand_in(self):
        return {"text/html": f"<p>at {self.value}</p>", "text/plain": "a slider"}


class Button(StandIn, ipywidgets.Button):
    how_to_revive = "Run this cell to press it."


class OldWidget:
    """As ipywidgets 7 makes them."""

    model_id = "0123"

    def _ipython_display_(self, **_):
        raise AssertionError("the static form is lost")


class OldSlider(StandIn, OldWidget):
    stand_in = Slider.stand_in
    value = 2


@pytest.fixture
def shown(monkeypatch):
    """What a cell that ends with a widget displays, and then its result, as a function of it."""
    displayed = []
    monkeypatch.setattr(stand_in, "display", lambda data, **_: displayed.append(data))
    return lambda widget: (displayed, DisplayFormatter().format(widget)[0])


def classes(package):
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        module = importlib.import_module(found.name)
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__:
                yield kind


def test_the_static_form_stands_hidden_ahead_of_the_widget(shown):
    (hidden,), widget = shown(Slider(value=2))
    assert f'<div class="{MARK}" hidden="hidden"><p>at 2</p>' in hidden["text/html"]
    assert widget["text/html"] == "<p>at 2</p>"
    assert widget["text/plain"] == "a slider"
    assert VIEW in widget
    assert VIEW not in hidden


def test_only_the_hidden_one_says_how_the_widget_comes_back(shown):
    (hidden,), widget = shown(Slider())
    assert "<em>Run this cell to move it.</em>" in hidden["text/html"]
    assert "Run this cell" not in widget["text/html"]


def test_a_widget_without_a_static_form_has_that_sentence_alone(shown):
    (hidden,), widget = shown(Button())
    assert "<p><em>Run this cell to press it.</em></p></div>" in hidden["text/html"]
    assert widget["text/plain"] == "Run this cell to press it."
    assert "text/html" not in widget


def test_with_ipywidgets_7_both_are_displayed(shown):
    (hidden, widget), result = shown(OldSlider())
    assert not result
    assert "<p>at 2</p>" in hidden["text/html"]
    assert widget["text/html"] == "<p>at 2</p>"
    assert widget[VIEW]["model_id"] == "0123"


@pytest.mark.parametrize("package", [metacourse.widgets, metacourse.checks])
def test_all_widgets_of_the_course_have_a_stand_in(package):
    widgets = [kind for kind in classes(package) if issubclass(kind, ipywidgets.DOMWidget)]
    assert widgets
    without = {kind.__name__ for kind in widgets if not issubclass(kind, StandIn)}
    assert without <= PARTS
