"""For the tests of every chapter: move all that can be moved, and see that the picture follows."""

import ipywidgets
import traitlets

HOSTILE = (float("nan"), float("inf"), -float("inf"), -1e30, 1e30, 0, -1, "nonsense")


def sweep(live, *, hostile=HOSTILE):
    """Move each control of a LiveFigure to its ends and to hostile values, the rest unmoved.

    The picture must change for some value of each control, nothing may fail in `draw`, the alt text
    must say something, and Reset must bring the first picture back.
    """
    live.reset()
    first = live.png
    for name, control in live.controls.items():
        seen = set()
        for value in ends(control):
            control.value = value
            _see(live, f"{name} = {value!r}")
            seen.add(live.png)
        assert len(seen | {first}) > 1, f"{name} does not change the picture"
        for value in hostile:
            try:
                control.value = value
            except (traitlets.TraitError, ValueError, TypeError, OverflowError):
                continue  # refused by the control: never reaches the figure
            _see(live, f"{name} = {value!r}")
        live.reset()
        assert live.png == first, f"Reset after {name} does not bring the first picture back"
    return live


def ends(control):
    """The smallest and largest value of a control, all its options, or something to type."""
    if isinstance(control, ipywidgets.FloatLogSlider):
        return control.base**control.min, control.base**control.max
    if hasattr(control, "min"):
        return control.min, control.max
    if hasattr(control, "options"):
        return [value for _, value in control._options_full]
    if isinstance(control, ipywidgets.Text):
        return "", "ABBA", "9" * 1000
    return False, True


def _see(live, setting):
    assert live.error is None, f"{setting}: {live.error!r}"
    assert live.png.startswith(b"\x89PNG"), setting
    assert live.readout.strip(), f"{setting}: no read-out"
    assert live.alt_text.strip() != live.readout.strip(), f"{setting}: no alt text"
