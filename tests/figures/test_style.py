"""How figures look and how they are shown."""

import base64
import io
import re
import threading

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from metacourse.figures import style as style_module
from metacourse.figures.style import (
    COLOURS,
    MARKERS,
    ROLES,
    fast_png,
    figure_html,
    new_figure,
    render,
    show,
    small_png,
    style,
)


def decoded(html):
    source = re.search(r'src="data:image/png;base64,([^"]+)"', html)[1]
    return Image.open(io.BytesIO(base64.b64decode(source)))


@pytest.fixture
def figure():
    figure, ax = new_figure(size=(4, 2))
    ax.plot([0, 1], color=COLOURS["maml"], marker=MARKERS["maml"])
    return figure


def test_every_role_has_a_colour_and_a_shape():
    assert set(MARKERS) == set(ROLES)
    assert set(MARKERS) <= set(COLOURS)


@pytest.mark.parametrize(
    "roles",
    [
        ("support", "query"),
        ("maml", "first_order", "joint", "params", "adapted", "optimum"),
        ("meta_trained", "pretrained", "scratch", "pixels", "learner"),
    ],
)
def test_roles_seen_together_differ_in_shape(roles):
    assert len({MARKERS[role] for role in roles}) == len(roles)


def test_every_colour_is_told_from_white():
    for name, colour in COLOURS.items():
        assert name == "yellow" or min(to_rgb(colour)) < 0.65


def test_nothing_global_changes():
    before = dict(matplotlib.rcParams)
    figure, _ = new_figure(2, 2)
    figure_html(figure, "Four empty charts.")
    assert dict(matplotlib.rcParams) == before


def test_axes_are_one_or_an_array():
    assert new_figure()[1].get_figure() is not None
    assert new_figure(2, 3)[1].shape == (2, 3)


def test_text_is_at_least_ten_pixels_on_screen():
    figure, ax = new_figure(size=(4, 3))
    ax.set(xlabel="x", title="title")
    with style():
        render(figure, 1)
    sizes = [text.get_size() for text in figure.findobj(matplotlib.text.Text)]
    assert min(sizes) * 100 / 72 >= 10


def test_a_picture_has_two_pixels_for_each_screen_pixel(figure):
    assert render(figure).shape == (400, 800, 3)
    assert 'width="400"' in figure_html(figure, "A line.")
    assert decoded(figure_html(figure, "A line.")).size == (800, 400)


def test_fast_png_is_lossless_and_without_metadata():
    pixels = np.random.default_rng(0).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    image = Image.open(io.BytesIO(fast_png(pixels)))
    assert np.array_equal(np.asarray(image), pixels)
    assert image.info == {}


def test_small_png_keeps_white_white_and_is_smaller(figure):
    pixels = render(figure)
    image = np.asarray(Image.open(io.BytesIO(small_png(pixels))).convert("RGB"))
    assert (image[0, 0] == 255).all()
    assert np.abs(image.astype(int) - pixels).mean() < 0.5
    assert len(small_png(pixels)) < len(fast_png(pixels))


def test_the_same_figure_gives_the_same_bytes(figure):
    assert figure_html(figure, "A line.") == figure_html(figure, "A line.")


def test_alt_text_is_escaped(figure):
    assert 'alt="a &quot;line&quot; &lt; b &amp; c"' in figure_html(figure, 'a "line" < b & c')


def test_show_displays_html_with_alt_text_and_plain_text(figure, monkeypatch):
    shown = []
    monkeypatch.setattr(style_module, "display", lambda data, raw: shown.append(data))
    show(figure, alt="A rising line.")
    assert 'alt="A rising line."' in shown[0]["text/html"]
    assert shown[0]["text/plain"] == "A rising line."


def test_threads_that_draw_together_leave_the_global_settings_alone():
    before = dict(matplotlib.rcParams)
    inside = threading.Barrier(2)

    def draw():
        inside.wait()
        for _ in range(20):
            with style():
                assert matplotlib.rcParams["lines.linewidth"] == 2

    threads = [threading.Thread(target=draw) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(matplotlib.rcParams) == before
