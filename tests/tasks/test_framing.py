import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from metacourse.tasks import glyphs
from metacourse.tasks.framing import PEN, frame_bitmaps, frame_strokes
from metacourse.tasks.glyphs import CANVAS, LETTER, SIZE

WIDTH = PEN * SIZE / CANVAS  # of a stroke in a framed image
LENGTH = LETTER * SIZE / CANVAS  # of the longer side of the ink

LETTER_A = [[(0, 10), (4, 0), (8, 10)], [(2, 6), (6, 6)]]
SPIRAL = [[(t * math.cos(3 * t), t * math.sin(3 * t)) for t in torch.linspace(1, 3, 60).tolist()]]
BARS = [[(0, 0), (9, 0)], [(1, 4), (8, 5)], [(0, 9), (10, 9)]]


def ink(image):
    """The amount of ink, in pixels."""
    return image.sum().item() / 255


def sides(image):
    """Height and width of the ink; a pixel at its edge counts by how full it is."""
    return [image.amax(dim=axis).sum().item() / 255 for axis in (1, 0)]


def pen_drawing(strokes, *, size, pen):
    """A bitmap as a drawing program makes it: what is within pen / 2 of a segment. bool."""
    ends = torch.tensor([pair for line in strokes for pair in pairwise(line)])
    ends = ends.double() - ends.amin(dim=(0, 1))
    ends = ends / ends.max() * (size - pen) + 52 - size / 2
    start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    axis = torch.arange(105.0).double()
    pixels = torch.cartesian_prod(axis, axis).flip(1)[:, None]  # (105², 1, 2): x, y
    place = ((pixels - start) * along).sum(dim=2) / (along**2).sum(dim=1)
    feet = start + place.clamp(0, 1)[:, :, None] * along
    return ((pixels - feet).norm(dim=2).amin(dim=1) <= pen / 2).view(105, 105)


def upright_bar(height, width, shape=(105, 105)):
    bitmap = torch.zeros(shape, dtype=torch.bool)
    bitmap[2 : 2 + height, 9 : 9 + width] = True
    return bitmap


@pytest.mark.parametrize("strokes", [LETTER_A, SPIRAL, BARS])
def test_the_longer_side_of_strokes_takes_19_pixels(strokes):
    image = frame_strokes(strokes)
    assert image.shape == (SIZE, SIZE)
    assert image.dtype == torch.uint8
    assert max(sides(image)) == pytest.approx(LENGTH, abs=0.5)


def test_a_straight_stroke_is_as_thick_as_the_pen_and_has_round_ends():
    image = frame_strokes([[(0, 0), (7, 0)]])
    middle = image[:, 8:20].sum(dim=0) / 255
    torch.testing.assert_close(middle, torch.full((12,), WIDTH), atol=0.02, rtol=0)
    stadium = (LENGTH - WIDTH) * WIDTH + math.pi * WIDTH**2 / 4
    assert ink(image) == pytest.approx(stadium, rel=0.01)


@pytest.mark.parametrize("degrees", [0, 20, 45, 70])
def test_a_stroke_is_as_thick_in_every_direction(degrees):
    x, y = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    length = (LENGTH - WIDTH) / max(x, y)
    stadium = length * WIDTH + math.pi * WIDTH**2 / 4
    assert ink(frame_strokes([[(0, 0), (x, y)]])) == pytest.approx(stadium, rel=0.02)


def test_strokes_stand_in_the_middle():
    image = frame_strokes([[(3, 3), (3, 9)]])
    assert torch.equal(image, image.flip(0))
    assert torch.equal(image, image.flip(1))


def test_units_and_place_of_strokes_do_not_matter():
    image = frame_strokes(LETTER_A)
    elsewhere = [[(300 + 64 * x, 64 * y - 80) for x, y in line] for line in LETTER_A]
    torch.testing.assert_close(frame_strokes(elsewhere), image, atol=1, rtol=0)


def test_order_and_direction_of_strokes_do_not_matter():
    backwards = [line[::-1] for line in reversed(LETTER_A)]
    torch.testing.assert_close(frame_strokes(backwards), frame_strokes(LETTER_A), atol=1, rtol=0)


def test_a_stroke_may_have_few_points_or_many():
    many = [[(0.001 * step, 0.002 * step) for step in range(2000)]]
    torch.testing.assert_close(
        frame_strokes(many), frame_strokes([[(0, 0), (1, 2)]]), atol=1, rtol=0
    )


@pytest.mark.parametrize("dot", [[(5, 5)], [(5, 5), (5, 5)]])
def test_a_dot_is_as_large_as_the_pen(dot):
    image = frame_strokes([dot])
    assert ink(image) == pytest.approx(math.pi * WIDTH**2 / 4, rel=0.05)
    assert torch.equal(image, image.T)


def test_strokes_without_points_are_left_out():
    assert torch.equal(frame_strokes([[], *LETTER_A, []]), frame_strokes(LETTER_A))


@pytest.mark.parametrize("strokes", [[], [[]]])
def test_a_drawing_without_points_is_refused(strokes):
    with pytest.raises(ValueError, match="strokes needs at least one point"):
        frame_strokes(strokes)


@pytest.mark.parametrize("stroke", [[(0, 1, 2)], [1, 2], [(0, math.nan)], [(0, 0), (math.inf, 1)]])
def test_points_that_are_not_two_finite_numbers_are_refused(stroke):
    with pytest.raises(ValueError, match="strokes needs points of two finite numbers"):
        frame_strokes([stroke])


@given(arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=st.floats(-1e4, 1e4)))
def test_any_stroke_stays_inside_the_frame(points):
    image = frame_strokes([points])
    margin = int((SIZE - LENGTH) / 2)
    inside = image[margin:-margin, margin:-margin]
    assert ink(image) == ink(inside) > 0


@pytest.mark.parametrize("size", [36, 60, 100])
@pytest.mark.parametrize("strokes", [LETTER_A, SPIRAL, BARS])
def test_a_bitmap_looks_like_its_strokes_whatever_its_size(strokes, size):
    bitmap = pen_drawing(strokes, size=size, pen=5)
    (image,) = frame_bitmaps(bitmap[None], thickness=5)
    expected = frame_strokes(strokes)
    pair = torch.stack([image, expected]).flatten(1).float()
    assert pair.corrcoef()[0, 1] > 0.95
    assert ink(image) == pytest.approx(ink(expected), rel=0.1)
    assert sides(image) == pytest.approx(sides(expected), abs=1.5)


@pytest.mark.parametrize("height", [40, 70, 100])
@pytest.mark.parametrize("thickness", [1, 3, 5])
def test_a_bar_is_as_thick_as_the_pen_whatever_its_size(height, thickness):
    (image,) = frame_bitmaps(upright_bar(height, thickness)[None], thickness=thickness)
    middle = image[8:20].sum(dim=1) / 255
    torch.testing.assert_close(middle, torch.full((12,), WIDTH), atol=0.15, rtol=0)
    assert ink(image) / middle.mean().item() == pytest.approx(LENGTH, abs=1)


def thickness_of_strokes(images):
    """2 · area / perimeter, which for a long stroke is its thickness; median of the images."""
    images = images.float() / 255
    right, down = images[:, :-1].diff(dim=2), images[:, :, :-1].diff(dim=1)
    perimeter = (right**2 + down**2).sqrt().sum(dim=(1, 2))
    return (2 * images.sum(dim=(1, 2)) / perimeter).median().item()


def test_the_pen_is_about_as_thick_as_the_strokes_of_the_regular_faces_and_not_of_the_bold():
    def thickness_of_face(name):
        faces = [glyphs._open_face(name)]
        letters = glyphs._characters(faces)[::5]
        drawn = [torch.from_numpy(next(glyphs._draw(c, faces)).copy()) for _, c in letters]
        return thickness_of_strokes(glyphs.halve(torch.stack(drawn)))

    pen = thickness_of_strokes(torch.stack([frame_strokes(s) for s in (LETTER_A, SPIRAL, BARS)]))
    for regular in ("DejaVuSans", "DejaVuSansMono", "DejaVuSerif", "STIXGeneral"):
        assert thickness_of_face(regular) == pytest.approx(pen, rel=0.25)
    for bold in ("DejaVuSans-Bold", "DejaVuSerif-Bold", "STIXGeneralBol"):
        assert thickness_of_face(bold) > 1.4 * pen


def test_a_dot_in_a_bitmap_stays_a_dot():
    (image,) = frame_bitmaps(upright_bar(5, 5)[None], thickness=5)
    assert ink(image) <= WIDTH**2


def test_where_the_ink_stands_in_the_bitmap_does_not_matter():
    bitmap = pen_drawing(SPIRAL, size=50, pen=5)
    moved = torch.stack([bitmap, bitmap.roll((9, -13), (0, 1))])
    first, second = frame_bitmaps(moved, thickness=5)
    torch.testing.assert_close(first, second, atol=1, rtol=0)


def test_bitmaps_may_be_of_any_shape():
    (image,) = frame_bitmaps(upright_bar(30, 5, shape=(40, 20))[None], thickness=5)
    assert torch.equal(image, frame_bitmaps(upright_bar(30, 5)[None], thickness=5)[0])


def test_bitmaps_do_not_depend_on_their_neighbours():
    bitmaps = torch.stack([pen_drawing(BARS, size=40 + n % 50, pen=5) for n in range(50)])
    bitmaps = bitmaps.repeat(3, 1, 1)  # more than are drawn at once
    framed = frame_bitmaps(bitmaps, thickness=5)
    assert framed.shape == (150, SIZE, SIZE)
    for n in (0, 49, 107, 149):
        assert torch.equal(framed[n], frame_bitmaps(bitmaps[n : n + 1], thickness=5)[0])


def test_no_bitmaps_give_no_images():
    none = torch.zeros(0, 105, 105, dtype=torch.bool)
    assert frame_bitmaps(none, thickness=5).shape == (0, SIZE, SIZE)


def test_the_bitmaps_are_not_changed():
    bitmaps = upright_bar(40, 5)[None]
    frame_bitmaps(bitmaps, thickness=5)
    assert torch.equal(bitmaps, upright_bar(40, 5)[None])


@pytest.mark.parametrize("width", [0, 2])
def test_a_bitmap_without_ink_of_the_thickness_is_refused_by_its_number(width):
    bitmaps = torch.stack([upright_bar(40, 5), upright_bar(40, width)])
    with pytest.raises(ValueError, match="number 1 has none"):
        frame_bitmaps(bitmaps, thickness=5)


@pytest.mark.parametrize(
    "bitmaps", [torch.ones(9, 9, dtype=torch.bool), torch.ones(1, 9, 9, dtype=torch.uint8)]
)
def test_bitmaps_of_another_shape_or_dtype_are_refused(bitmaps):
    with pytest.raises(ValueError, match=r"bitmaps needs shape \(n, H, W\) and dtype bool, got"):
        frame_bitmaps(bitmaps, thickness=5)


@pytest.mark.parametrize("thickness", [0, -1, math.nan, math.inf])
def test_a_thickness_that_no_stroke_has_is_refused(thickness):
    with pytest.raises(ValueError, match="thickness needs at least 1 pixel"):
        frame_bitmaps(upright_bar(40, 5)[None], thickness=thickness)
