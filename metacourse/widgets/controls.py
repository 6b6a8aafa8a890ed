"""Controls with a label, a unit and a range; every one is reached with the keyboard."""

import math

import ipywidgets


def float_slider(label, value, low, high, step, unit=""):
    """A slider from `low` to `high` in steps of `step`."""
    return ipywidgets.FloatSlider(
        value, min=low, max=high, step=step, readout_format=".3g", **_look(label, unit)
    )


def log_slider(label, value, low, high, unit=""):
    """A slider from `low` to `high` (both > 0) whose steps are factors, 20 to a factor of ten."""
    exponents = {"min": math.log10(low), "max": math.log10(high), "step": 0.05}
    return ipywidgets.FloatLogSlider(value, **exponents, readout_format=".3g", **_look(label, unit))


def int_slider(label, value, low, high, unit=""):
    """A slider over the whole numbers from `low` to `high`."""
    return ipywidgets.IntSlider(value, min=low, max=high, **_look(label, unit))


def choice(label, options, value=None):
    """One of `options`: a list, or a dict from what is shown to the value; the first by default."""
    first = next(iter(options.values() if isinstance(options, dict) else options))
    return ipywidgets.Dropdown(
        options=options, value=first if value is None else value, **_look(label)
    )


def toggle(label, value=False):
    """A box to tick."""
    return ipywidgets.Checkbox(value, indent=False, **_look(label))


def text_field(label):
    """A line to type in, empty at first."""
    return ipywidgets.Text("", **_look(label))


def _look(label, unit=""):
    return {
        "description": f"{label} ({unit})" if unit else label,
        "style": {"description_width": "initial"},
        "layout": ipywidgets.Layout(width="376px", margin="2px 24px 2px 0"),
    }
