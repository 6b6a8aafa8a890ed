"""What the web edition keeps of a widget that draws in the browser: a dict that JSON can hold.

There the widget's own program runs with this state, and `course/web/static/widget.js` is its host;
what Python does in a notebook when a trait changes, a "brain" in JavaScript does there.
"""

import base64

import anywidget
import ipywidgets
import torch
from torch import Tensor


def recorded(widget, *, brain: str, data: dict, static: str, controls: dict | None = None) -> dict:
    """The recording of an anywidget, and of the ipywidgets {name: control} that steer it, if any.

    brain: the name of the JavaScript that thinks for it; data: what that needs to know, in which
    bytes may stand as `bytes_json` makes them; static: the HTML that stands there without scripts.
    """
    return {
        "kind": "widget",
        "static": static,
        "program": program_of(widget),
        "state": state_of(widget),
        "brain": brain,
        "data": data,
        "controls": [control_json(name, each) for name, each in (controls or {}).items()],
    }


def program_of(widget) -> str:
    """The path of a widget's class, under which the page finds its program."""
    return f"{type(widget).__module__}.{type(widget).__qualname__}"


def state_of(widget) -> dict:
    """The traits of an anywidget that its program sees, as JSON."""
    names = set(widget.keys) - set(anywidget.AnyWidget.class_traits(sync=True))
    state = widget.get_state([name for name in sorted(names) if not name.startswith("_")])
    return {
        name: bytes_json(value) if isinstance(value, bytes | memoryview) else value
        for name, value in state.items()
    }


def bytes_json(data: bytes) -> dict:
    """Bytes as JSON; a page sees a DataView."""
    return {"$bytes": base64.b64encode(data).decode()}


def numbers_json(values: Tensor) -> dict:
    """Numbers as JSON, each to 1/65,534 of the largest: whole numbers of 16 bits in base64, and
    their scale; `metacourse.numbers` of tell.js reads them, row after row."""
    scale = values.abs().max().item() / 32767 or 1.0
    whole = (values / scale).round().flatten().to(torch.int16).numpy().astype("<i2")
    return {"scale": scale, "whole": base64.b64encode(whole.tobytes()).decode()}


def params_json(params: dict[str, Tensor]) -> dict:
    """The weights of a network as JSON: the shape and the numbers of each matrix."""
    return {
        name: {"shape": list(tensor.shape)} | numbers_json(tensor.detach())
        for name, tensor in params.items()
    }


def control_json(name: str, control) -> dict:
    """A control as `course/web/static/controls.js` draws it: all values that it can take, how they
    are written, and the place of the present one."""
    look = {"name": name, "label": control.description}
    if isinstance(control, ipywidgets.Dropdown):
        labels, values = zip(*control._options_full, strict=True)
        kind = "select"
    elif isinstance(control, ipywidgets.Checkbox):
        kind, values, labels = "checkbox", [False, True], ["off", "on"]
    else:
        kind, values = "range", slider_values(control)
        labels = [format(value, getattr(control, "readout_format", "d")) for value in values]
    home = place_of(values, control.value)
    return look | {"type": kind, "values": list(values), "labels": list(labels), "home": home}


def slider_values(slider) -> list:
    """All values of a slider, from its lowest to its highest; its present one is among them."""
    n = round((slider.max - slider.min) / slider.step) + 1
    grid = [slider.min + i * slider.step for i in range(n)]
    if isinstance(slider, ipywidgets.FloatLogSlider):
        grid = [slider.base**exponent for exponent in grid]
    if isinstance(slider, ipywidgets.IntSlider):
        return grid
    grid = [float(f"{value:.10g}") for value in grid]
    nearest = place_of(grid, slider.value)
    return [*grid[:nearest], slider.value, *grid[nearest + 1 :]]


def place_of(values, wanted) -> int:
    """The place of a value among others, or of the number that is next to it."""
    return min(range(len(values)), key=lambda place: _apart(values[place], wanted))


def _apart(value, other) -> float:
    """0 where two values are the same; how far apart numbers are, 1 for what is no number."""
    numbers = isinstance(value, float | int) and isinstance(other, float | int)
    return abs(value - other) if numbers else float(value != other)
