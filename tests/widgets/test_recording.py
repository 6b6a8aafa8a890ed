"""Recorded figures: which settings are kept, and that each is what the figure shows there."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from metacourse.tasks.lines import sample_lines
from metacourse.widgets import overlays, recording
from metacourse.widgets.hyperparameters import schedule_widget
from metacourse.widgets.linear_regression import descent_widget
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider, toggle
from metacourse.widgets.lstm import unit_widget
from metacourse.widgets.neumann import neumann_widget
from tests.widgets.sweep import ends


def draw_wave(axes, rate, n, colour, dots):
    if rate > 0.9:
        raise ValueError("The rate is above 0.9: lower it.")
    x = np.linspace(0, n, 40)
    axes.plot(x, np.sin(rate * x), "o" if dots else "-", color=colour)
    axes.set(xlim=(0, 50), ylim=(-1, 1))
    return f"n = {n}, rate {rate:.2f}"


def wave(sweeps=()):
    controls = {
        "rate": float_slider("Rate", 0.3, 0.0, 1.0, 0.01),
        "n": int_slider("Length", 7, 1, 50),
        "colour": choice("Colour", {"blue": "#0072B2", "red": "#D55E00"}),
        "dots": toggle("Dots"),
    }
    return LiveFigure(draw_wave, controls, alt="A wave.", size=(4, 2), sweeps=sweeps)


def task_descent():
    task = sample_lines(1, generator=torch.Generator().manual_seed(0)).to(torch.float64)
    start = torch.tensor([-1.2, 1.4], dtype=torch.float64)
    return descent_widget(start, task.x_support[0], task.y_support[0])


FIGURES = {"toy": wave, "descent": task_descent, "unit": unit_widget, "sums": neumann_widget}


@pytest.fixture(scope="module", params=list(FIGURES))
def kept(request):
    """A figure and its recording, as it comes out of a file."""
    figure = FIGURES[request.param]()
    return figure, json.loads(json.dumps(figure.record()))


def values_at(recorded, name):
    places = map(int, name.split(","))
    return {c["name"]: c["values"][i] for c, i in zip(recorded["controls"], places, strict=True)}


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))


def base_of(recorded):
    return pixels(recorded["static"].split("base64,")[1].split('"')[0])


def seen(recorded, number):
    """What a page shows: the picture of the beginning, and one laid over it."""
    base = Image.fromarray(base_of(recorded))
    if number:
        base.alpha_composite(Image.fromarray(pixels(recorded["pictures"][number - 1])))
    return np.asarray(base)[..., :3]


# which settings ----------------------------------------------------------------------------------


def test_each_control_has_its_ends_and_the_value_it_begins_with(kept):
    figure, recorded = kept
    for control in recorded["controls"]:
        widget = figure.controls[control["name"]]
        assert control["values"][control["home"]] == widget.value
        if hasattr(widget, "min"):
            assert (control["values"][0], control["values"][-1]) == pytest.approx(ends(widget))


def test_without_a_sweep_a_control_has_at_most_twelve_values_and_moves_alone():
    recorded = wave().record()
    assert max(len(control["values"]) for control in recorded["controls"]) == 12
    home = [control["home"] for control in recorded["controls"]]
    for name in recorded["settings"]:
        places = [int(place) for place in name.split(",")]
        assert sum(place != begin for place, begin in zip(places, home, strict=True)) <= 1


def test_twelve_values_lie_evenly_on_both_sides_of_the_one_in_the_beginning():
    rates = wave().record()["controls"][0]["values"]
    steps = np.diff(rates)
    assert rates.index(0.3) == 3
    assert steps.max() - steps.min() < 0.03


@pytest.mark.parametrize("begin", [0, 1, 25, 48, 49, 50])
@pytest.mark.parametrize("most", [3, 8, 12])
def test_so_many_places_hold_both_ends_and_the_beginning_wherever_it_is(begin, most):
    control = {"values": list(range(51)), "home": begin}
    places = recording.chosen(control, most)
    assert {0, begin, 50} <= places
    assert len(places) <= most


def test_a_sweep_moves_its_controls_together_and_no_others():
    recorded = wave([{"rate": [0.1, 0.5], "n": 4}]).record()
    found = [values_at(recorded, name) for name in recorded["settings"]]
    assert {each["n"] for each in found if each["rate"] == 0.5} == {1, 7, 29, 50}
    assert all(not each["dots"] for each in found if each["rate"] == 0.5)
    assert recorded["together"] == [["Rate", "Length"]]


def test_a_sweep_of_one_control_says_which_values_are_recorded():
    recorded = wave([{"rate": [0.1, 0.5]}]).record()
    assert recorded["controls"][0]["values"] == [0.0, 0.1, 0.3, 0.5, 1.0]
    assert recorded["together"] == []


def test_recorded_values_are_those_that_the_control_can_take():
    recorded = wave([{"rate": [0.123456]}]).record()
    assert recorded["controls"][0]["values"] == [0.0, 0.12, 0.3, 1.0]


# what is shown there -----------------------------------------------------------------------------


def test_readout_and_alt_text_are_the_figures_own_at_every_setting(kept):
    figure, recorded = kept
    for name, (_, readout) in list(recorded["settings"].items())[::4]:
        for control, value in values_at(recorded, name).items():
            figure.controls[control].value = value
        assert readout == figure.readout
        assert f"{recorded['alt']} {readout}" == figure.alt_text
    figure.reset()


def test_each_picture_is_the_figures_own_in_few_colours(kept):
    figure, recorded = kept
    base = base_of(recorded)
    ratio = base.shape[1] / figure.picture.size[0]
    for name, (number, _) in list(recorded["settings"].items())[::4]:
        exact = figure.frame(values_at(recorded, name), ratio)[1].astype(int)
        found = seen(recorded, number)
        assert np.abs(found - exact).mean() < 1
        white = (exact == 255).all(-1)
        assert (found[white] == 255).all()
    figure.redraw()


def test_a_picture_laid_over_the_base_is_the_frame_to_the_last_pixel():
    figure = wave()
    frames = [
        figure.frame({"rate": 0.3, "n": n, "colour": "#0072B2", "dots": False}, 1.5)[1].copy()
        for n in (7, 20, 50)
    ]
    colours = overlays.palette(frames)
    base, *others = (overlays.places(frame, overlays.nearest(colours)) for frame in frames)
    for picture in others:
        over = Image.open(io.BytesIO(overlays.overlay(picture, base, colours))).convert("RGBA")
        under = Image.fromarray(colours[base]).convert("RGBA")
        under.alpha_composite(over)
        assert (np.asarray(under)[..., :3] == colours[picture]).all()


def test_an_overlay_reaches_two_pixels_beyond_what_differs():
    base = np.zeros((20, 20), np.uint8)
    picture = base.copy()
    picture[10, 10] = 1
    colours = np.array([[255, 255, 255], [0, 0, 0]], np.uint8)
    data = overlays.overlay(picture, base, colours)
    opaque = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3] == 255
    expected = np.zeros((20, 20), bool)
    expected[8:13, 8:13] = True
    assert (opaque == expected).all()


def test_pictures_with_the_same_pixels_are_stored_once():
    def draw(axes, n):
        axes.plot([0, 1], [n > 5, 1])
        return f"{n}"

    recorded = LiveFigure(draw, {"n": int_slider("n", 3, 0, 9)}, alt="Two.", size=(3, 2)).record()
    assert len(recorded["pictures"]) == 1
    assert [number for number, _ in recorded["settings"].values()] == [0] * 6 + [1] * 4


def test_a_message_is_recorded_as_it_is_shown():
    recorded = wave().record()
    told = {values_at(recorded, name)["rate"]: told for name, told in recorded["settings"].items()}
    assert told[1.0][1] == "The rate is above 0.9: lower it."
    shown = (seen(recorded, told[1.0][0]) < 128).any(-1)
    assert shown.any()
    assert not shown[: shown.shape[0] // 3].any()  # no axes


def test_another_exception_is_raised():
    def draw(axes, n):
        return f"{1 / (n - 2)}"

    with pytest.raises(ZeroDivisionError):
        LiveFigure(draw, {"n": int_slider("n", 0, 0, 9)}, alt="Broken at 2.").record()


def test_the_figure_is_left_as_it_was():
    figure = wave()
    figure.controls["n"].value = 20
    figure.picture.pixel_ratio = 1
    figure.redraw()
    before = figure.png, figure.readout, figure.alt_text
    values = {name: control.value for name, control in figure.controls.items()}
    figure.record()
    assert {name: control.value for name, control in figure.controls.items()} == values
    assert (figure.png, figure.readout, figure.alt_text) == before
    figure.redraw()
    assert figure.png == before[0]


def test_what_stands_there_without_scripts_has_alt_text_and_readout():
    recorded = wave().record()
    assert 'alt="A wave. n = 7, rate 0.30"' in recorded["static"]
    assert recorded["static"].endswith("<p>n = 7, rate 0.30</p>")


def test_text_in_the_static_form_is_escaped():
    figure = LiveFigure(lambda ax, n: "a < b", {"n": int_slider("n", 0, 0, 1)}, alt='"<"')
    assert "<p>a &lt; b</p>" in figure.record()["static"]
    assert 'alt="&quot;&lt;&quot; a &lt; b"' in figure.record()["static"]


def test_a_figure_that_takes_too_much_is_recorded_less_sharply(monkeypatch):
    sharp = base_of(wave().record())
    monkeypatch.setattr(recording, "LARGEST", 10)
    assert sharp.shape[1] == 600
    assert base_of(wave().record()).shape[1] == 400


# two columns and sixty rates ---------------------------------------------------------------------


def test_a_figure_in_two_columns_is_cut_where_every_picture_is_white():
    recorded = task_descent().record()
    place = round(recorded["cut"] * base_of(recorded).shape[1])
    for number, _ in recorded["settings"].values():
        assert (seen(recorded, number)[:, place] == 255).all()


def test_a_figure_in_one_column_is_not_cut():
    assert wave().record()["cut"] is None


def test_a_schedule_steps_along_its_arrows_as_the_button_does():
    live = schedule_widget(0.05, aims={})
    recorded = live.record()
    told = {
        (values["n"], values["gradient"]): readout
        for name, (_, readout) in recorded["settings"].items()
        if (values := values_at(recorded, name))["seed"] == 0 and values["momentum"] == 0.9
    }
    assert live.readout == told[0, False]
    for n in range(1, 4):
        live.controls["gradient"].value = True
        live.step()
        assert live.readout == told[n, True]
