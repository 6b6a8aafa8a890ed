"""Live figures: what is drawn, when, and what a learner sees when a value makes no sense."""

import io

import numpy as np
import pytest
from PIL import Image

from metacourse.figures.style import COLOURS, render, style
from metacourse.widgets.live import (
    LiveFigure,
    choice,
    float_slider,
    int_slider,
    log_slider,
    toggle,
)
from tests.widgets.sweep import sweep

CALLS = []


def draw_descent(axes, lr_inner, n_steps, scale, colour, title):
    CALLS.append((lr_inner, n_steps))
    if lr_inner > 0.9:
        raise ValueError("The inner loop diverges: choose a learning rate below 0.9.")
    theta = scale * (1 - 2 * lr_inner) ** np.arange(n_steps + 1)
    axes.plot(theta, color=COLOURS[colour])
    axes.set(xlim=(0, 20), ylim=(-1, 1), xlabel="inner step", title="Descent" if title else "")
    return f"θ after {n_steps} steps: {theta[-1]:.4f}"


@pytest.fixture
def live():
    CALLS.clear()
    controls = {
        "lr_inner": float_slider("Learning rate", 0.1, 0.0, 1.0, 0.01),
        "n_steps": int_slider("Inner steps", 5, 1, 20),
        "scale": log_slider("Scale", 0.1, 1e-3, 1.0),
        "colour": choice("Colour", ["blue", "green"]),
        "title": toggle("Title", True),
    }
    return LiveFigure(draw_descent, controls, alt="Gradient descent on a parabola.", size=(4, 2))


def open_png(png):
    return Image.open(io.BytesIO(png))


def test_every_control_changes_the_picture_and_survives_hostile_values(live):
    sweep(live)


def test_sweep_reports_an_exception_in_draw():
    def draw(axes, n):
        axes.plot([n])
        return f"1/n = {1 / n}"

    live = LiveFigure(draw, {"n": int_slider("n", 1, 0, 2)}, alt="Broken at 0.")
    with pytest.raises(AssertionError, match="n = 0: ZeroDivisionError"):
        sweep(live)


def test_sweep_reports_a_control_that_does_nothing():
    live = LiveFigure(lambda axes, n: "same", {"n": int_slider("n", 1, 0, 2)}, alt="Nothing.")
    with pytest.raises(AssertionError, match="n does not change the picture"):
        sweep(live)


def test_moving_a_control_changes_picture_readout_and_alt_text(live):
    before = live.png, live.readout, live.alt_text
    live.controls["n_steps"].value = 9
    assert live.png != before[0]
    assert live.readout == "θ after 9 steps: 0.0134"
    assert live.alt_text == "Gradient descent on a parabola. θ after 9 steps: 0.0134"
    assert before[2].startswith("Gradient descent on a parabola.")


def test_one_change_draws_once_and_setting_the_same_value_not_at_all(live):
    CALLS.clear()
    live.controls["n_steps"].value = 9
    live.controls["n_steps"].value = 9
    assert len(CALLS) == 1


def test_reset_of_several_controls_draws_once_and_restores_the_picture(live):
    first = live.png
    live.controls["n_steps"].value = 9
    live.controls["lr_inner"].value = 0.4
    CALLS.clear()
    live.reset()
    assert CALLS == [(0.1, 5)]
    assert live.png == first


def test_the_last_of_many_values_is_the_one_drawn(live):
    for n in range(1, 21):
        live.controls["n_steps"].value = n
    assert live.readout.startswith("θ after 20 steps")


def test_the_same_values_give_the_same_bytes_whatever_came_before(live):
    fresh = LiveFigure(draw_descent, live.controls, alt="", size=(4, 2))
    live.controls["lr_inner"].value = 0.95
    live.controls["n_steps"].value = 12
    live.controls["lr_inner"].value = 0.3
    assert live.png == fresh.png


def test_png_bytes_hold_no_metadata(live):
    assert open_png(live.png).info == {}


def test_a_value_error_is_a_message_in_the_figure_and_in_the_alt_text(live):
    live.controls["lr_inner"].value = 0.95
    assert live.error is None
    assert live.readout == "The inner loop diverges: choose a learning rate below 0.9."
    assert live.readout in live.alt_text
    ink = (np.asarray(open_png(live.png)) < 128).any(-1)
    middle = np.zeros_like(ink)
    middle[ink.shape[0] // 3 : 2 * ink.shape[0] // 3] = True
    assert ink[middle].any()
    assert not ink[~middle].any()


def test_axes_come_back_after_a_message(live):
    first = live.png
    live.controls["lr_inner"].value = 0.95
    live.controls["lr_inner"].value = 0.1
    assert live.png == first


def test_an_unexpected_exception_is_shown_and_kept():
    def draw(axes, n):
        return {}["missing"]

    live = LiveFigure(draw, {"n": int_slider("n", 1, 0, 2)}, alt="Broken.")
    assert isinstance(live.error, KeyError)
    assert "KeyError" in live.readout


def test_text_that_looks_like_mathematics_does_not_break_a_message():
    def draw(axes, n):
        raise ValueError("costs $5 and \\frac{ $")

    live = LiveFigure(draw, {"n": int_slider("n", 1, 0, 2)}, alt="Broken.")
    assert live.error is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_data_that_are_not_finite_are_drawn_without_failing(value):
    def draw(axes, n):
        axes[0].plot([0, value, 1], [value, 1, 2], "o-")
        axes[1].imshow([[value, 1.0]], vmin=0, vmax=1)
        return "drawn"

    live = LiveFigure(draw, {"n": int_slider("n", 1, 0, 2)}, alt="Holes.", columns=2)
    assert live.error is None


def test_a_control_without_a_number_is_a_message_that_names_it():
    slider = float_slider("Inner rate α", 0.1, 0.0, 1.0, 0.1)
    live = LiveFigure(lambda axes, rate: "drawn", {"rate": slider}, alt="Rate.")
    slider.value = np.nan
    assert live.readout.startswith("Inner rate α must be a number")


def test_limits_that_are_not_finite_are_a_message():
    def draw(axes, n):
        axes.set_xlim(0, np.nan)

    live = LiveFigure(draw, {"n": int_slider("n", 1, 0, 2)}, alt="No limits.")
    assert live.error is None
    assert "NaN" in live.readout


def test_what_is_drawn_fast_is_what_matplotlib_draws(live):
    live.picture.pixel_ratio = 1
    live.controls["n_steps"].value = 9
    with style():
        exact = render(live._sheet.figure, 1).astype(int)
    assert np.abs(np.asarray(open_png(live.png), int) - exact).mean() < 0.1


def test_labels_ticks_limits_and_scale_follow_the_controls():
    def draw(axes, n):
        axes.plot([1, n])
        axes.set(title=f"n = {n}", xlabel="x" * n, yscale="log" if n == 3 else "linear")
        axes.set_xticks([0, 1], ["left", str(n)])
        return f"{n}"

    live = LiveFigure(draw, {"n": int_slider("n", 1, 1, 3)}, alt="Labels.", size=(3, 2))
    live.picture.pixel_ratio = 1
    for n in (2, 3, 1):
        live.controls["n"].value = n
        with style():
            exact = render(live._sheet.figure, 1).astype(int)
        assert np.abs(np.asarray(open_png(live.png), int) - exact).mean() < 0.1


def test_insets_and_legends_of_a_frame_are_gone_in_the_next():
    def draw(axes, n):
        axes.inset_axes([0.1, 0.1, 0.2, 0.2]).plot([0, n])
        axes.legend(axes.plot([1, n]), ["line"], loc="upper right")
        return "drawn"

    live = LiveFigure(draw, {"n": int_slider("n", 1, 0, 3)}, alt="An inset.")
    first = live.png
    for n in (2, 3, 1):
        live.controls["n"].value = n
    assert live.error is None
    assert live.png == first


@pytest.mark.parametrize(("screen", "width"), [(1, 400), (1.5, 600), (2, 800), (3, 800), (0, 400)])
def test_the_picture_is_as_sharp_as_the_screen_up_to_twice(live, screen, width):
    live.picture.pixel_ratio = screen
    live.controls["n_steps"].value = 9
    assert open_png(live.png).size == (width, width // 2)


def test_without_a_kernel_a_picture_with_alt_text_and_readout_stands_there(live):
    bundle, _ = live._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert 'src="data:image/png;base64,' in bundle["text/html"]
    assert f'alt="{live.alt_text}"' in bundle["text/html"]
    assert f"<p>{live.readout}</p>" in bundle["text/html"]
    assert bundle["text/plain"] == live.alt_text


def test_the_static_picture_is_the_same_whatever_the_screen(live):
    static = live.stand_in()["text/html"]
    live.picture.pixel_ratio = 1
    live.controls["n_steps"].value = 9
    live.reset()
    assert live.stand_in()["text/html"] == static


def test_controls_say_their_unit():
    assert float_slider("Time", 1.0, 0.0, 2.0, 0.1, "s").description == "Time (s)"


def test_choice_takes_names_with_values():
    assert choice("Task", {"first": 10, "second": 20}).value == 10
    assert choice("Task", {"first": 10, "second": 20}, 20).label == "second"
